"""The only place that cuts an option's text into tokens, and that says where something is wrong."""

import re
import unicodedata

from api.dam.odata.limits import MAX_CHARACTERS, MAX_NAME_CHARACTERS
from shared.domain.errors import InvalidInputError

_TOKEN = re.compile(
    r"""[ \t]*+ (?:
      (?P<guid> [0-9A-Fa-f]{8} (?:-[0-9A-Fa-f]{4}){3} -[0-9A-Fa-f]{12} (?![\w-]) )
    | (?P<prefixed>
        (?i:duration|guid|datetimeoffset|datetime|time|binary|geography|geometry)
        '[^']*+ (?:''[^']*+)*+ ' )
    | (?P<name> \$? [A-Za-z_\x80-\U0010FFFF] [A-Za-z0-9_\x80-\U0010FFFF]*+ )
    | (?P<alias> @ [A-Za-z_] [A-Za-z0-9_]*+ )
    | (?P<string> '[^']*+ (?:''[^']*+)*+ ' )
    | (?P<number> [+-]? [0-9]++ (?:\.[0-9]++)?+ (?:[eE][+-]?[0-9]++)?+ (?![\w.:-]) )
    | (?P<time> [+-]? [0-9]++ [-:] [0-9A-Za-z:.+-]*+ (?:[ ][0-9]{2}:[0-9]{2} (?![\w:]))?+ )
    | (?P<symbol> [-(),:/] )
    | (?P<end> \Z )
    )""",
    re.VERBOSE,
)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_RUN = re.compile(r"[^\s(),'=<>!]{1,60}")
_BLANKS = re.compile(r"[ \t]*")
_INSIDE_NAMES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd", "Mn", "Mc", "Pc", "Cf"})
_SHOWN_CHARACTERS = 40
_HINTS = {
    "=": "equality is written eq",
    "!": "write ne, or not (...)",
    "<": "write lt or le",
    ">": "write gt or ge",
    "&": "write and",
    "|": "write or",
    "+": "write add",
    "*": "write mul",
    "%": "write mod",
    '"': "strings stand in single quotes",
    "[": "lists stand in parentheses",
    "@": "an alias has a name of letters and digits",
    "\n": "only blanks and tabs may stand between words",
    "\r": "only blanks and tabs may stand between words",
    "\u2018": "strings stand in straight single quotes",
    "\u2019": "strings stand in straight single quotes",
    "\u201c": "strings stand in straight single quotes",
    "\u201d": "strings stand in straight single quotes",
}


class Cursor:
    """Stands on one token of an option: its `kind`, its text `word`, and where it begins, `at`.

    A symbol is the only token whose word is that symbol, since strings keep their quotes.
    """

    __slots__ = ("at", "end", "kind", "option", "text", "word")

    def __init__(self, text: str, option: str) -> None:
        self.option = option
        self.text = text
        self.at = self.end = 0
        self.kind = self.word = ""
        if len(text) > MAX_CHARACTERS:
            raise self.error(
                f"it has {len(text)} characters, and at most {MAX_CHARACTERS} may be", 0
            )
        if bad := _NO_TEXT.search(text):
            raise self.error(f"U+{ord(bad[0]):04X} can stand in no text", bad.start())
        self.advance()

    def advance(self) -> None:
        """Go to the next token; past the last there is `end`, of no characters."""
        match = _TOKEN.match(self.text, self.end)
        if match is None or match.lastgroup is None:
            raise self._unreadable()
        self.kind = match.lastgroup
        self.word = match[self.kind]
        self.at = match.start(self.kind)
        self.end = match.end()
        if self.kind == "name" and not (
            self.word.isascii() and len(self.word) <= MAX_NAME_CHARACTERS
        ):
            self._check_name()

    def take(self, symbol: str, why: str) -> None:
        """Go past a symbol that has to stand here."""
        if self.word != symbol:
            raise self.expected(f"{symbol!r} {why}")
        self.advance()

    def expected(self, what: str) -> InvalidInputError:
        """Say what should stand here instead of what does."""
        found = "the end" if self.kind == "end" else shown(self.word)
        behind_string = self.kind == "name" and self.text[self.at - 1 : self.at] == "'"
        hint = "; inside a string, a quote is written twice" if behind_string else ""
        return self.error(f"expected {what}, found {found}{hint}")

    def error(self, message: str, at: int | None = None) -> InvalidInputError:
        """Return an error that names the option and the character, counted from 1."""
        position = (self.at if at is None else at) + 1
        ending = "" if message.endswith("?") else "."
        return InvalidInputError(
            f"{self.option}, character {position}: {message}{ending}", field=self.option
        )

    def _check_name(self) -> None:
        """Hold a name to `odataIdentifier`: its length and its letters of any script."""
        for offset, character in enumerate(self.word[: MAX_NAME_CHARACTERS + 1]):
            if not character.isascii() and unicodedata.category(character) not in _INSIDE_NAMES:
                raise self._stray(self.at + offset)
        if len(self.word) > MAX_NAME_CHARACTERS:
            raise self.error(f"names have at most {MAX_NAME_CHARACTERS} characters")

    def _unreadable(self) -> InvalidInputError:
        """Say why no token begins here."""
        blanks = _BLANKS.match(self.text, self.end)
        at = blanks.end() if blanks else self.end
        if self.text[at] == "'":
            return self.error("the string that begins here has no closing quote", at)
        if self.text[at].isdigit() and (run := _RUN.match(self.text, at)):
            return self.error(f"{shown(run[0])} is no number, and names begin with letters", at)
        return self._stray(at)

    def _stray(self, at: int) -> InvalidInputError:
        character = self.text[at]
        name = shown(character) if character.isprintable() else f"U+{ord(character):04X}"
        hint = _HINTS.get(character)
        return self.error(f"{name} has no meaning here" + (f"; {hint}" if hint else ""), at)


def shown(text: str) -> str:
    """Quote a piece of the option for a message, shortened, with nothing unprintable in it."""
    return repr(text) if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]!r}…"
