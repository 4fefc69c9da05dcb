"""The compiler: from a scalar function to a NumPy program. See ``api.py``."""
