"""Questions put to a graph."""
