"""What holds for all tests: how many random examples are tried, and whether always the same ones.

``ci``, which is what runs if nothing else is asked for, tries the same examples each time, so that
a red run stays red until it is mended. ``long`` looks for new ones, thousands for each property:

    pytest tests/properties --hypothesis-profile=long
"""

from hypothesis import HealthCheck, settings

# How long an example takes depends on what else the machine does, and says nothing of the code.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, database=None, print_blob=False, **_UNTIMED)
settings.register_profile("long", max_examples=3000, print_blob=True, **_UNTIMED)
settings.load_profile("ci")
