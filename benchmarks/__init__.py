"""Benchmarks: ``python -m benchmarks`` prints a table of ratios against the peers installed.

Each module that measures has a function ``measure(effort, report)`` that returns a list of
``Row``; ``SUITES`` in ``__main__.py`` names them. Only ``__main__.py`` prints.
"""
