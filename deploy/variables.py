"""The environment variables named FOTOTECA_*: those that are misspelt would else go unnoticed."""

import difflib
from collections.abc import Iterable

from pydantic import ValidationError

from shared.settings import Settings

PREFIX = "FOTOTECA_"
KNOWN = frozenset(
    f"{PREFIX}{name.upper()}"
    for name, field in Settings.model_fields.items()
    if field.validation_alias is None
)


def miswritten(names: Iterable[str]) -> list[str]:
    """Say which of these mean a setting and do not write it in capitals."""
    return [
        f"{name}: write it in capitals, {name.upper()}"
        for name in sorted(names)
        if name.upper() in KNOWN and name not in KNOWN
    ]


def unknown(names: Iterable[str]) -> dict[str, str]:
    """Say of those that no setting has that they are ignored, and which may be meant."""
    return {
        name: f"{name} is no setting and is ignored{_meant(name)}"
        for name in sorted(names)
        if name.upper().startswith(PREFIX) and name.upper() not in KNOWN
    }


def mistakes(error: ValidationError) -> list[str]:
    """Say which variables have which values at fault, without the values."""
    return [f"{_variable(str(item['loc'][0]))}: {item['msg']}" for item in error.errors()]


def _meant(name: str) -> str:
    words = {known.removeprefix(PREFIX) for known in KNOWN}
    near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), words, n=1)
    return f"; did you mean {PREFIX}{near[0]}?" if near else ""


def _variable(location: str) -> str:
    name = location.upper().removeprefix(PREFIX)
    return name if name.startswith("AWS_") else f"{PREFIX}{name}"
