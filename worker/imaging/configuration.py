"""The pipeline's recipe and the decoders' limits, made from the settings."""

import os
from dataclasses import replace

from shared.settings import Settings
from worker.imaging.decoder import Limits
from worker.imaging.model import Recipe

BULK_NICENESS = 15


def recipe_of(settings: Settings) -> Recipe:
    """Sizes, quality and the bounds of the source."""
    return Recipe(settings.sizes_px, settings.thumbnail_quality, settings.max_pixels)


def limits_of(settings: Settings) -> Limits:
    """Memory and time of one decoder; a decoder has one thread, so processor time is wall time."""
    seconds = settings.decode_timeout_s
    return Limits(settings.decode_memory_bytes, timeout_s=seconds, cpu_s=seconds)


def bulk_limits_of(settings: Settings) -> Limits:
    """The same for the decoders of operations, which stand back for uploads."""
    return replace(limits_of(settings), niceness=BULK_NICENESS)


def slots_of(settings: Settings) -> int:
    """Pictures at once: as set, or one for each processor that the process may use."""
    return settings.worker_slots or _processors()


def bulk_slots_of(settings: Settings) -> int:
    """Pictures of operations at once, besides: one fewer than processors, but at least one."""
    most = max(1, _processors() - 1)
    return min(settings.bulk_slots or most, most)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
