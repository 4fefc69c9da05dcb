"""Where the nodes of a drawing lie."""
