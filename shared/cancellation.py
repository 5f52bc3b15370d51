"""Cancellation that a lost connection has swallowed: the one place that brings it back."""

import asyncio


def keep_cancellation() -> None:
    """Go on with being cancelled where an error has taken the cancellation's place.

    A driver that is cancelled tidies its connection up first. Where that is lost just then, what is
    raised is the connection's error (asyncpg and redis alike), and who lives on after errors would
    not end: to be called before anything else is done about an error in a loop.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
