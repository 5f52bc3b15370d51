"""What the settings mean to the pipeline and to its decoders."""

import os

from shared.settings import Settings
from worker.imaging.decoder import Limits
from worker.imaging.model import Recipe


def recipe_of(settings: Settings) -> Recipe:
    """Sizes, quality and the bounds of the source."""
    return Recipe(settings.sizes_px, settings.thumbnail_quality, settings.max_pixels)


def limits_of(settings: Settings) -> Limits:
    """Memory and time of one decoder; a decoder has one thread, so processor time is wall time."""
    seconds = settings.decode_timeout_s
    return Limits(settings.decode_memory_bytes, timeout_s=seconds, cpu_s=seconds)


def slots_of(settings: Settings) -> int:
    """Pictures at once: as set, or one for each processor that the process may use."""
    if settings.worker_slots is not None:
        return settings.worker_slots
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
