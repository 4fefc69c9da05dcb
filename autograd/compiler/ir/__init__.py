"""The two intermediate forms: the tape of scalars, and the program on arrays."""
