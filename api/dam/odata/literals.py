"""Literals but times to constants (OData 4.01 ABNF, section 7)."""

from decimal import Decimal
from uuid import UUID

from api.dam.odata.limits import MAX_DIGITS, MAX_EXPONENT
from api.dam.odata.times import LiteralError, parse_duration, parse_time
from api.dam.odata.tokens import shown
from shared.domain.expression import Constant, Type

NULL = Constant(None, Type.NULL)
WORDS = {"true": Constant(True, Type.BOOLEAN), "false": Constant(False, Type.BOOLEAN), "null": NULL}
"""Literals that look like names, in any case."""

_SAFE_DIGITS = 19
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def parse_string(word: str) -> Constant:
    """Return the text between the quotes, where two quotes are one."""
    text = word[1:-1]
    return Constant(text.replace("''", "'") if "'" in text else text, Type.STRING)


def parse_number(word: str) -> Constant:
    """Return an INTEGER where 64 bits hold it and there is no point or exponent, else a DECIMAL."""
    if len(word) < _SAFE_DIGITS and word.isdigit():
        return Constant(int(word), Type.INTEGER)
    mantissa, _, exponent = word.lower().partition("e")
    if len(mantissa) > MAX_DIGITS and sum(map(str.isdigit, mantissa)) > MAX_DIGITS:
        raise LiteralError(f"{shown(word)} has more than {MAX_DIGITS} digits")
    if exponent:
        if len(exponent) > MAX_DIGITS or abs(int(exponent)) > MAX_EXPONENT:
            raise LiteralError(f"exponents run from -{MAX_EXPONENT} to {MAX_EXPONENT}")
        return of_decimal(Decimal(word))
    return of_decimal(Decimal(word)) if "." in mantissa else of_integer(int(word))


def of_integer(number: int) -> Constant:
    """Return the constant of a whole number of any size."""
    if _SMALLEST <= number <= _LARGEST:
        return Constant(number, Type.INTEGER)
    return Constant(Decimal(number), Type.DECIMAL)


def of_decimal(number: Decimal) -> Constant:
    """Return the constant of a decimal, which has no negative zero."""
    return Constant(number or number.copy_abs(), Type.DECIMAL)


def parse_guid(word: str) -> Constant:
    """Return the GUID of `8-4-4-4-12` hexadecimal digits."""
    return Constant(UUID(word), Type.GUID)


def parse_prefixed(word: str) -> Constant:
    """Return the duration of `duration'…'`; other prefixes are of other types or versions."""
    prefix, _, text = word.partition("'")
    if prefix.lower() == "duration":
        return duration_of(text[:-1])
    if prefix.lower() in {"guid", "datetime", "datetimeoffset"}:
        raise LiteralError(f"since OData 4.0, what stands in {prefix}'…' is written without it")
    raise LiteralError(f"no property has the type of {prefix}'…'")


def duration_of(text: str) -> Constant:
    """Return the DURATION that a text like `P1DT2H30M` says."""
    return Constant(parse_duration(text), Type.DURATION)


def time_of(word: str) -> Constant:
    """Return the DATE or the MOMENT that a literal says."""
    return Constant(*parse_time(word))


PARSERS = {
    "string": parse_string,
    "number": parse_number,
    "guid": parse_guid,
    "prefixed": parse_prefixed,
    "time": time_of,
}
"""By the kind of the token."""
