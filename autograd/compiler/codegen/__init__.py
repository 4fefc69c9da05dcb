"""From a program to text: memory, names, lines."""
