"""Functions of Values: named ones, NumPy's ufuncs, and operations of a user's own."""
