"""A model compiled: for its outputs, for its loss, and whether it still is what was compiled."""
