"""Compare the texts of the package with those that are kept, or rewrite those.

python -m tests.snapshots            # says which texts differ, and how
python -m tests.snapshots --write    # rewrites tests/snapshots/texts.json: read its diff
"""

from __future__ import annotations

import argparse

from tests.snapshots.texts import difference, kept, texts, write


def main() -> int:
    """0 if all texts are as they are kept, or were written; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.snapshots", description=__doc__)
    parser.add_argument("--write", action="store_true", help="rewrite the texts that are kept")
    parser.add_argument("--only", default="", help="names that begin with this")
    options = parser.parse_args()
    now = texts()
    if options.write:
        write(now)
        print(f"{len(now)} texts written")
        return 0
    lines = difference(kept(), now, options.only)
    print("\n".join(lines) or f"all {len(now)} texts are as they are kept")
    return int(bool(lines))


if __name__ == "__main__":
    raise SystemExit(main())
