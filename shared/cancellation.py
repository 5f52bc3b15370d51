"""Cancellation that a lost connection has swallowed: the one place that brings it back."""

import asyncio


def keep_cancellation() -> None:
    """Raise CancelledError if this task was cancelled while the current error was raised.

    When asyncpg or redis is cancelled it cleans its connection up first. If that is lost just then,
    they raise its error in place of the cancellation, and a loop that goes on after errors would
    never end: call this before anything else is done about an error in a loop.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
