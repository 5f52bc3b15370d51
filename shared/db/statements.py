"""Named SQL: every statement stands in `sql/*.sql` with a name and a line of purpose."""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load_statements() -> dict[str, str]:
    """Read every named statement; a name that stands twice is a programming error."""
    statements: dict[str, str] = {}
    for source in sorted(files("shared.db").joinpath("sql").iterdir(), key=lambda path: path.name):
        parts = _NAME.split(source.read_text(encoding="utf-8"))[1:]
        for name, sql in zip(parts[::2], parts[1::2], strict=True):
            if name in statements:
                raise ValueError(f"{source.name}: the statement {name} exists already")
            statements[name] = sql.strip().rstrip(";")
    return statements


SQL = load_statements()
