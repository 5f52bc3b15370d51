"""The pictures that a first start shows; they are drawn where Pillow may be used."""

from worker.imaging.samples.album import make_samples

__all__ = ["make_samples"]
