"""The layout of a drawing: layers, coordinates, and the folding of large graphs."""
