"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes depends on what else the machine does, and says nothing of the code.
settings.register_profile("glassgrad", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("glassgrad")
