"""Benchmarks: ``python -m benchmarks`` prints a table of ratios against the peers installed.

Each module that measures has a function ``measure(effort, report)`` that returns a list of
``Row``; ``SUITES`` in ``__main__.py`` names them. Only ``__main__.py`` prints.
"""

import os

# One thread for everybody: a library of matrix products reads this once, when it is loaded, so it
# is set here, which runs before any module below can import NumPy.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
