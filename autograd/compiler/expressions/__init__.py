"""A row of the table as an expression, and how a language writes it."""
