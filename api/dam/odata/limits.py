"""How much an option may ask for: each bound is checked before the work that it bounds."""

MAX_CHARACTERS = 8_192
MAX_DEPTH = 50
"""Of brackets, calls, `not` and `-` within each other, and of operators on operators' results."""

MAX_TERMS = 300
"""Literals, names and calls, not counting the members of lists."""

MAX_MEMBERS = 1_000
"""Of all lists after `in` together."""

MAX_FILED = 10
"""How often categories may be asked for: each is a join, and planning grows faster than they."""

MAX_NAME_CHARACTERS = 128
MAX_DIGITS = 40
MAX_EXPONENT = 40
