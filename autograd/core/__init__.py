"""The engine: the table of operations, the node, and the two ways to differentiate."""
