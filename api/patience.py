"""Patience with a client for which an answer waits in memory: where it ends, for every answer."""

import asyncio

import structlog

log = structlog.get_logger(__name__)

WINDOW_S = 30.0
LEAST_BYTES = 64 * 1024
"""Whoever takes less in a window is given up: so much is little even for a bad mobile line."""


class Patience:
    """Watches one connection while more waits to be sent than is to be kept for long."""

    __slots__ = ("_timer", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Watch from now on."""
        waiting = self._transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(WINDOW_S, self._look, waiting)

    def end(self) -> None:
        """Watch no more: little is left, or the connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, waited: int) -> None:
        """Hang up, or watch on. Nothing is added meanwhile: who writes waits for room."""
        waiting = self._transport.get_write_buffer_size()
        if waited - waiting < LEAST_BYTES:
            log.warning("answer_not_taken", unsent_bytes=waiting)
            self._transport.abort()
        else:
            self.begin()
