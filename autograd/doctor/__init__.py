"""``python -m autograd doctor``: what is installed, from where, and what of it is broken.

It reads the installation and imports nothing of it, so that it can tell of one that cannot be
imported. What has to be tried is tried by ``selfcheck``, in a process of its own. Where not even
``python -m`` gets here, its folder can be run: ``python .../autograd/doctor``. That also works on
Pythons that are too old for glassgrad, and says so.
"""

from autograd.doctor.examination import examine, report, run
from autograd.doctor.finding import Finding

__all__ = ["Finding", "examine", "report", "run"]
