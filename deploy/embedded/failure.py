"""What keeps the local stack from running, said in a sentence for the person who started it."""


class StackError(Exception):
    """The stack cannot start, run or stop; the message says why and what to do."""
