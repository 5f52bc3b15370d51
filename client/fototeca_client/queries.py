"""Paths and OData queries as they go over the wire."""

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

MAX_NAMES = 90
"""So that the answer is one page."""
FOR_FILTERS = frozenset({"categories"})
"""Properties that no answer shows."""
MAX_ENCODED = 12_000
MAX_CHARACTERS = 7_000
"""Of a filter; the service takes 16,384 of a query and 8,192 of a filter."""


def path_to(reference: str) -> str:
    """Return the path of an image, in the quoted form, which reaches any reference."""
    return f"/images({quote(_literal(reference), safe='')})"


def path_to_link(reference: str, provider: str, name: str) -> str:
    """Return the path of one of an image's links."""
    return f"{path_to(reference)}/links/{quote(f'{provider}:{name}', safe='')}"


def query_of(options: Mapping[str, str | None]) -> str:
    """Return a query with its `?`, of the options that are not None; empty where all are."""
    given = [f"{name}={quote(text, safe='')}" for name, text in options.items() if text is not None]
    return "?" + "&".join(given) if given else ""


def filter_of_names(references: Iterable[str]) -> str:
    """Return the filter that leaves the images of these names."""
    return f"reference in ({','.join(_literal(reference) for reference in references)})"


def batches(references: Iterable[str]) -> Iterator[list[str]]:
    """Cut references into as many as one filter may name."""
    batch: list[str] = []
    encoded = characters = 0
    for reference in references:
        literal = _literal(reference)
        more_encoded, more = len(quote(literal, safe="")) + 3, len(literal) + 1
        full = encoded + more_encoded > MAX_ENCODED or characters + more > MAX_CHARACTERS
        if batch and (full or len(batch) == MAX_NAMES):
            yield batch
            batch, encoded, characters = [], 0, 0
        batch.append(reference)
        encoded, characters = encoded + more_encoded, characters + more
    if batch:
        yield batch


def _literal(reference: str) -> str:
    return "'" + reference.replace("'", "''") + "'"


def members_in(schema: str) -> tuple[str, ...]:
    """Return the properties that an image can be asked for, of all that a CSDL document has."""
    image = re.search(r'<EntityType\b[^>]*\bName="Image".*?</EntityType>', schema, re.DOTALL)
    names = re.findall(r'<Property\b[^>]*?\bName="([^"]+)"', image[0]) if image else []
    return tuple(name for name in names if name not in FOR_FILTERS)
