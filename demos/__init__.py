"""Short programs that show glassgrad at work: ``python -m demos``."""

import os

# Matrix products of this size gain nothing from a second thread, and where others use the machine
# as well the threads wait for each other. NumPy's library reads this once, when it is loaded.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
