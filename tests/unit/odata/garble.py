"""Query strings as bytes: valid options, options with faults, and noise, however encoded."""

import re
from collections.abc import Callable
from random import Random
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from api.dam.odata.query import SYSTEM
from api.dam.schema import SCALARS
from api.skiptokens import Skiptokens
from shared.domain.order import with_tie_breaker
from tests.unit.odata.generate import filters

TOKENS = Skiptokens(bytes(32))
FILTERS = [
    "status eq 'Ok' and tags/any(t:t eq 'red') or not (fileType eq null)",
    "contains(tolower(reference),'it''s') and createdOn ge 2024-04-05T08:44:33+02:00",
    "id in (1,2,3) and width mul 2 gt -height add 1e3 and year(modifiedOn) eq 2024",
    "tags/all(t:startswith(t,'r') or t eq reference) and tags/$count ge 1 and $it/id gt 0",
    "uid eq 018f3c2a-9b1d-7c3e-8a4b-5c6d7e8f9a0b or createdOn add duration'P1DT2H' lt now()",
    "substring(reference,1,2) eq 'a' and round(width div 3) ne 7 and date(createdOn) ne 2024-02-29",
]
VALUES = {
    "$filter": FILTERS,
    "$orderby": ["createdOn desc,id", "numLinks asc, title desc", "reference", "$it/width desc"],
    "$select": ["*", "id,reference", "*,sha256,uid", "tags"],
    "$search": ["red shoe", '"a b" OR NOT (c AND d)', "cr\u00e8me NOT 100%"],
    "$skiptoken": ["W10", "eyJhIjoxfQ", TOKENS.encode(with_tie_breaker([]), [7])],
    "$top": ["0", "1", "100"],
    "$skip": ["0", "5", "99900"],
    "$count": ["true", "false", "TRUE"],
    "$format": ["json", "application/json;odata.metadata=minimal"],
    "deleted": ["true", "false"],
}
NAMES = list(VALUES)
FAULTS = [
    "", "'", "''", "(", ")", ",", ":", "/", "-", "$", "%", "%%", "%zz", "%e", "%00", "%ff",
    "%C0%80", "%ED%A0%80", "%F4%90%80%80", "&", "=", "==", "&&", "+", "#", ";", "?", "*", "\\",
    '"', "`", "{}", "\0", "\t", "\x7f", "\x85", "\u2028", "\ufeff", "\u202e", "\ud800", "\udcff",
    "\U0001f600", "e\u0301", "\u0130", "\u0663", "null", "any", "all", "in", "not ", "eq", " or ",
    "9" * 30, "1e999", "-" + "9" * 19, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60",
    "2024-02-30", "P1D'", "$it/",
]  # fmt: skip
RUNS = [
    "(", "not ", "not(", "-", "'", "''", "a", "\u00e9", "9", "tags/any(t:", "id eq 1 or ", "1 add ",
    "tolower(", "(a OR ", "NOT ", '"', "id desc,", "%2", "%25", "%", "&", "&$top=1", ",", " ", "=",
]  # fmt: skip
HEXADECIMAL = b"%([0-9A-F]{2})"


@st.composite
def query_strings(draw: st.DrawFn) -> bytes:
    """Return what stands behind the `?` of a request's first line."""
    random = Random(draw(st.integers(0, 2**32)))
    if random.random() < 0.1:
        return draw(st.binary(max_size=200))
    others = random.sample(NAMES, random.choice([0, 1, 1, 2, 3, 5]))
    names = list(dict.fromkeys(["$filter", *others] if random.random() < 0.7 else others))
    if random.random() < 0.03:
        names += names
    return b"&".join(_pair(draw, name, random) for name in names)


def _pair(draw: st.DrawFn, name: str, random: Random) -> bytes:
    value = random.choice(VALUES[name])
    if name == "$filter" and random.random() < 0.3:
        value = draw(filters(SCALARS))
    for _ in range(random.choice([0, 0, 0, 1, 1, 2, 3])):
        value = _with_fault(value, random)
    sign = random.choice([b"="] * 30 + [b"", b"=="])
    return _sent(_name(name, random), random) + sign + _sent(value, random)


def _with_fault(text: str, random: Random) -> str:
    """Cut a piece out, and put something else there."""
    start = random.randint(0, len(text))
    end = start + random.choice([0, 0, 1, 2, 8])
    kind = random.random()
    if kind < 0.7:
        put = random.choice(FAULTS)
    elif kind < 0.85:
        put = random.choice(RUNS) * random.choice([2, 20, 60, 400, 2_000])
    else:
        put = text[random.randint(0, len(text)) :]
    return text[:start] + put + text[end:]


def _name(name: str, random: Random) -> str:
    """Write an option's name as it may be, or seldom with a fault."""
    if random.random() < 0.03:
        return _with_fault(name, random)
    if name not in SYSTEM:
        return name
    return random.choice([name, name, name, name.lstrip("$"), name.upper(), name.title()])


def _sent(text: str, random: Random) -> bytes:
    """Encode as clients do, and now and then as none should."""
    data = text.encode("utf-8", "surrogatepass")
    kind = random.random()
    if kind < 0.1:
        return quote_from_bytes(data, safe="$,:'()").replace("%20", "+").encode()
    if kind < 0.13:
        return data.replace(b" ", b"%20")
    if kind < 0.16:
        return quote_from_bytes(quote_from_bytes(data).encode()).encode()
    if kind < 0.2:
        return re.sub(HEXADECIMAL, _some_decoded(random), quote_from_bytes(data).encode())
    return quote_from_bytes(data, safe="").encode()


def _some_decoded(random: Random) -> Callable[[re.Match[bytes]], bytes]:
    def decoded(found: re.Match[bytes]) -> bytes:
        return found[0] if random.random() < 0.98 else bytes([int(found[1], 16)])

    return decoded
