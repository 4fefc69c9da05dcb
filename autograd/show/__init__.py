"""Pictures of a graph: as text for a terminal, and through Graphviz."""
