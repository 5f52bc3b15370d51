"""The settings as a table: `python -m deploy.settings_table > deploy/settings.md`."""

from collections.abc import Iterator

from pydantic import AliasChoices, SecretStr

from shared.settings import Settings

HEAD = """\
# Settings

Environment variables, read at start. This table is made from `shared/settings.py`.

| variable | default | is |
| --- | --- | --- |
"""


def table() -> str:
    """Return the page."""
    return HEAD + "".join(f"{row}\n" for row in _rows())


def _rows() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias or f"FOTOTECA_{name.upper()}"
        names = alias.choices if isinstance(alias, AliasChoices) else [alias]
        variables = ", ".join(f"`{variable}`" for variable in names)
        yield f"| {variables} | {_shown(field.default)} | {field.description} |"


def _shown(default: object) -> str:
    if default is None:
        return ""
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    return f"`{value}`"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 this is what it is for
