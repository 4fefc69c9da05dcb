"""Without cosmic-ray, or where processes do not fork, the tool is not looked at."""

from importlib.util import find_spec

_NEEDED = ("cosmic_ray", "resource")
_TOOL = ["mutants.py", "operators.py", "running.py", "server.py", "test_tool.py"]

collect_ignore = _TOOL if any(find_spec(name) is None for name in _NEEDED) else []
