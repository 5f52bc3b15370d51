"""Structured logs: one JSON object a line, with request id, tenant and image where there are.

Our own lines take the short way, from structlog straight to stdout; what libraries say through
`logging` gets the same form.
"""

import asyncio
import atexit
import contextlib
import json
import logging
import sys
from datetime import UTC, datetime
from select import PIPE_BUF

import orjson
import structlog
from structlog.typing import EventDict, Processor

from shared.settings import Settings

_TRACEBACKS = structlog.processors.ExceptionRenderer(
    # Local variables hold keys and customers' data.
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)

_filtering = structlog.make_filtering_bound_logger


def configure_logging(settings: Settings, *, service: str) -> None:
    """Send structlog's and the standard library's records to stdout in one form."""
    is_json = settings.log_format == "json"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _stamped,
        _TRACEBACKS if is_json else structlog.processors.ExceptionRenderer(),
    ]
    renderer: Processor = _json if is_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=lambda *_: _LINES,
        wrapper_class=_quick(settings.log_level) if is_json else _filtering(settings.log_level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("botocore", "aiobotocore", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("arq").setLevel(logging.ERROR)  # what becomes of a job, the worker says
    logging.captureWarnings(capture=True)
    structlog.contextvars.bind_contextvars(service=service)


def _stamped(_logger: object, _method: str, record: EventDict) -> EventDict:
    """Add the time; structlog's TimeStamper was measured to take three times as long."""
    record["timestamp"] = f"{datetime.now(UTC).replace(tzinfo=None).isoformat()}Z"
    return record


def _quick(level: str) -> type[structlog.typing.FilteringBoundLogger]:
    """Give `info` a short path past structlog's processors: each request logs one line with it."""
    filtering = _filtering(level)

    class Quick(filtering):  # type: ignore[misc, valid-type]
        def info(self, event: str, **values: object) -> None:
            record: EventDict = {**self._context, **values, "event": event, "level": "info"}
            structlog.contextvars.merge_contextvars(None, "info", record)
            record["timestamp"] = datetime.now(UTC)
            self._logger.info(_encoded(record))

    return Quick if logging.getLevelNamesMapping()[level.upper()] <= logging.INFO else filtering


def _json(_logger: object, _method: str, record: EventDict) -> str:
    return _encoded(record).decode("utf-8", "backslashreplace")


def _encoded(record: EventDict) -> bytes:
    """Encode a record; orjson refuses lone surrogates, which paths and errors may hold."""
    try:
        return orjson.dumps(record, default=repr, option=orjson.OPT_UTC_Z)
    except TypeError:
        return json.dumps(record, default=repr).encode("utf-8", "backslashreplace")


class _Lines:
    """Writes lines to stdout; a closed pipe is ignored, so that the service goes on without logs.

    Within an event loop those of one turn go out together, at its end: whole lines, and never more
    than a pipe takes at once, for other processes may write to the same one.
    """

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._flushing: asyncio.AbstractEventLoop | None = None

    def msg(self, text: bytes | str) -> None:
        """Write a line: at once where no event loop runs, as in threads beside it."""
        line = (text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text) + b"\n"
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            _write(line)
            return
        if self._held_bytes + len(line) > PIPE_BUF:
            self.flush()
        self._held.append(line)
        self._held_bytes += len(line)
        if self._flushing is not loop:  # a loop that ended before its turn did flushes no more
            self._flushing = loop
            loop.call_soon(self.flush)

    debug = info = warning = error = critical = msg

    def flush(self) -> None:
        """Write what is held back."""
        lines, self._held = self._held, []
        self._flushing, self._held_bytes = None, 0
        if lines:
            _write(b"".join(lines))


def _write(lines: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()


_LINES = _Lines()
atexit.register(_LINES.flush)


def flush_log() -> None:
    """Write what is held back: for a process that ends itself without further ado."""
    _LINES.flush()
