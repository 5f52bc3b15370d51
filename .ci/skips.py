# ruff: noqa: INP001 -- a script, in no package
"""Fails if a test was skipped that the committed list does not name.

Usage: skips.py JUNIT_XML LIST. A line of the list is a shell pattern for `test's name: reason`, the
name being `folder.module.test` as pytest writes it; lines that begin with # are remarks.
"""

import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree as ET


def main() -> int:
    """Say which skips are unlisted; nothing is said where there is none."""
    report, listed = (Path(argument) for argument in sys.argv[1:])
    lines = listed.read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    unlisted = [
        skip
        for skip in skips(report)
        if not any(fnmatchcase(skip, pattern) for pattern in patterns)
    ]
    for skip in unlisted:
        sys.stderr.write(f"skipped, and not in {listed}: {skip}\n")
    return 1 if unlisted else 0


def skips(report: Path) -> Iterator[str]:
    """Give each skipped test as `name: reason`."""
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 -- pytest wrote it just now
        for skipped in case.iter("skipped"):
            name = ".".join(filter(None, [case.get("classname"), case.get("name")]))
            yield f"{name}: {skipped.get('message', '')}"


if __name__ == "__main__":
    sys.exit(main())
