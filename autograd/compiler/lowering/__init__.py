"""From a tape to a program on arrays, and its backward pass."""
