"""How an answer is written: OData 4.01 without control information, or what the client asks for."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from shared.domain.errors import InvalidInputError

LATEST = "4.01"

_VERSION = re.compile(r"\s*(\d{1,3})\.(\d{1,3})\s*")
_QUOTED = "ieee754compatible=true"
_METADATA = re.compile(r"(?:odata\.)?metadata=(\w+)")
_LEVELS = frozenset({"none", "minimal", "full"})
_FORMAT = re.compile(r"(?:json|application/json)((?:\s*;\s*[\w.-]+=[\w.-]+)*)", re.IGNORECASE)


class Dialect(NamedTuple):
    """`is_minimal`: names carry `@odata.`, there is a context, and times carry Z.

    `is_quoted`: whole numbers, which have 64 bits, are strings (JSON Format 4.01, section 3.2).
    """

    version: str = LATEST
    is_minimal: bool = False
    is_quoted: bool = False

    def name(self, term: str) -> str:
        """Return the name of a control information, such as `nextLink`."""
        return f"@odata.{term}" if self.is_minimal else f"@{term}"

    @property
    def content_type(self) -> str:
        """What the answer declares itself to be."""
        metadata = "minimal" if self.is_minimal else "none"
        quoted = ";IEEE754Compatible=true" if self.is_quoted else ""
        return f"application/json;odata.metadata={metadata}{quoted}"


def entity_dialect_of(headers: Mapping[str, str], format_option: str | None) -> Dialect:
    """Read the dialect of what the schema knows: only there the numbers' types are known."""
    asked = headers.get("Accept", "") if format_option is None else format_option
    return dialect_of(headers, format_option)._replace(is_quoted=_QUOTED in asked.lower())


def dialect_of(headers: Mapping[str, str], format_option: str | None) -> Dialect:
    """Read `OData-MaxVersion`, and `$format` or else `Accept`."""
    version = version_of(headers)
    asked = _metadata(format_option, headers.get("Accept", ""))
    return Dialect(version, version == "4.0" or asked in {"minimal", "full"})


def version_of(headers: Mapping[str, str]) -> str:
    """Return the version that an answer has to have, by `OData-MaxVersion`."""
    text = headers.get("OData-MaxVersion")
    if text is None:
        return LATEST
    match = _VERSION.fullmatch(text)
    if match is None or (int(match[1]), match[2]) < (4, "0"):
        raise InvalidInputError(
            f"OData-MaxVersion is 4.0 or 4.01, not {text[:20]!r}.", field="OData-MaxVersion"
        )
    return "4.0" if (int(match[1]), match[2]) == (4, "0") else LATEST


def _metadata(format_option: str | None, accept: str) -> str | None:
    if format_option is not None:
        match = _FORMAT.fullmatch(format_option.strip())
        found = _METADATA.search(match[1].lower()) if match else None
        if match is None or (found and found[1] not in _LEVELS):
            raise InvalidInputError(
                "$format is json, or json;odata.metadata=none or minimal, not "
                f"{format_option[:40]!r}.",
                field="$format",
            )
    else:
        found = _METADATA.search(accept.lower())
    return found[1] if found else None
