"""The typical queries, read from `queries.txt`, as paths that can be sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

QUERIES = Path(__file__).with_name("queries.txt")
ORDERS = {"created": "createdOn desc", "links": "numLinks desc", "size": "sizeInBytes"}
FLAT_MS = 5.0
"""What is faster than this may grow."""
SELECTIVE_MS = 20.0
"""Contains, words and tags may take so long whatever they find."""
FLAT_RATIO = 1.3
SELECTIVE = ("contains(", "tags/", "$search=")


@dataclass(frozen=True, slots=True)
class Query:
    """A list to ask for; `options` with blanks and quotes as they are read by people."""

    name: str
    options: str
    is_deep: bool = False

    @property
    def limit_ms(self) -> float:
        """How long it may take at any size."""
        return SELECTIVE_MS if any(part in self.options for part in SELECTIVE) else FLAT_MS

    def path(self, sample: Mapping[str, object]) -> str:
        """Return the path with the sample's values, percent-encoded."""
        literals = {name: _literal(value) for name, value in sample.items()}
        options = (option.partition("=") for option in self.options.split("&"))
        return "/images?" + "&".join(
            f"{name}={quote(value.format_map(literals))}" for name, _, value in options
        )

    def misses(self, smallest_ms: float, largest_ms: float) -> bool:
        """Whether the time at the largest size is more than it may be."""
        return largest_ms > max(self.limit_ms, FLAT_RATIO * smallest_ms)


def read_queries(wanted: str = "") -> list[Query]:
    """Read those whose name contains `wanted`."""
    return [query for query in _all() if wanted in query.name]


def _all() -> Iterator[Query]:
    for line in QUERIES.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        how, name, options = line.split(maxsplit=2)
        match how:
            case "plain":
                yield Query(name, options)
            case "sorted":
                for order, keys in ORDERS.items():
                    yield Query(f"{name} by {order}", f"{options}&$orderby={keys}")
            case "deep":
                yield Query(f"{name}, page 1", options)
                yield Query(f"{name}, page 1000", options, is_deep=True)
            case _:
                raise ValueError(f"{QUERIES.name}: {how!r} is no way to measure: {line}")


def _literal(value: object) -> str:
    return str(value).replace("'", "''")
