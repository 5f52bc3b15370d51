"""The SQL of words that an image has: in `words`, or with locales in `locale_words`."""

import re
from collections.abc import Sequence
from typing import Protocol

ASCII_WORD = re.compile("[a-z0-9]+")


class Compiler(Protocol):
    """What is needed of whoever makes the SQL."""

    @property
    def for_any(self) -> bool: ...
    def parameter(self, value: object, sql_type: str) -> str: ...


def found(text: str, sql: Compiler, locale_words: str = "locale_words") -> str:
    """Return whether an image has these words in this order; without locales these are null."""
    wanted = _query(text, sql)
    if sql.for_any:
        wanted = f"(SELECT {wanted})"
    return f"(words @@ {wanted} OR {locale_words} @@ {wanted})"


def found_by_index(texts: Sequence[str], sql: Compiler) -> str:
    """Return whether it has all of these, in a way that indexes serve.

    Each word is asked for by itself: an index then ends a candidate at the first that is missing,
    where for a phrase it looks them all up. Two times all images of a word, put together without an
    index that has both, were measured to take twenty times as long. What is IS TRUE no index takes
    up: it is asked of what these found, for the order of words, and for those of which some stand
    in the one and some in the other.
    """
    each = list(dict.fromkeys(word for text in texts for word in _words(text)))
    if len(each) == len(texts) == 1:
        return found(texts[0], sql)
    wanted = [_query(word, sql) for word in each]
    within = " AND ".join(f"words @@ {one}" for one in wanted)
    partly = f"locale_words @@ ({' || '.join(wanted)})"
    exactly = " AND ".join(found(text, sql) for text in texts)
    return f"(({within} OR {partly}) AND ({exactly}) IS TRUE)"


def _words(text: str) -> list[str]:
    """Return the words of a text that Postgres cuts here and nowhere else, or else all as one."""
    return (ASCII_WORD.findall(text.lower()) if text.isascii() else []) or [text]


def _query(text: str, sql: Compiler) -> str:
    return f"phraseto_tsquery('simple', folded({sql.parameter(text, 'text')}))"
