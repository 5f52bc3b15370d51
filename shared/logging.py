"""Structured logs: one JSON object a line, with request id, tenant and image where there are.

Our own lines take the short way, from structlog straight to stdout; what libraries say through
`logging` gets the same form.
"""

import contextlib
import json
import logging
import sys
from typing import BinaryIO, cast

import orjson
import structlog
from structlog.typing import Processor

from shared.settings import Settings

_TRACEBACKS = structlog.processors.ExceptionRenderer(
    # Local variables hold keys and customers' data.
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def configure_logging(settings: Settings, *, service: str) -> None:
    """Send structlog's and the standard library's records to stdout in one form."""
    is_json = settings.log_format == "json"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _TRACEBACKS if is_json else structlog.processors.ExceptionRenderer(),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_line)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, renderer, cast("Processor", _encoded)],
        logger_factory=structlog.BytesLoggerFactory(cast("BinaryIO", _Stdout())),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
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


def _line(record: object, **_kw: object) -> str:
    """Encode a record; orjson refuses lone surrogates, which paths and errors may hold."""
    try:
        return orjson.dumps(record, default=repr).decode()
    except TypeError:
        return json.dumps(record, default=repr)


def _encoded(_logger: object, _method: str, line: object) -> bytes:
    return str(line).encode("utf-8", "backslashreplace")


class _Stdout:
    """Takes lines; when nobody reads them any more, work goes on without."""

    def __init__(self) -> None:
        self._file = sys.stdout.buffer

    def write(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._file.write(line)

    def flush(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._file.flush()
