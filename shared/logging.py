"""Structured logs: one JSON object a line, with request id, tenant and image where there are."""

import logging
import sys

import structlog
from structlog.typing import Processor

from shared.settings import Settings

_TRACEBACKS = structlog.processors.ExceptionRenderer(
    # Local variables hold keys and customers' data.
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def configure_logging(settings: Settings, *, service: str) -> None:
    """Send structlog's and the standard library's records to stdout in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _TRACEBACKS if settings.log_format == "json" else structlog.processors.ExceptionRenderer(),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
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
