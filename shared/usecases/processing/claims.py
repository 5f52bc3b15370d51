"""What a worker holds by a lease: an image, whose bytes are there or still to be fetched."""

from dataclasses import dataclass

from shared.domain.image import Image, Wishes
from shared.domain.job import Job
from shared.usecases.objects_ports import Original
from shared.usecases.uploads.incoming_ports import Incoming


@dataclass(frozen=True, slots=True)
class Held:
    """A claimed image; `job` carries the new attempt, `tenant` is the tenant's name."""

    job: Job
    image: Image
    tenant: str


@dataclass(frozen=True, slots=True)
class Claim(Held):
    """An image whose bytes are where they are served from."""

    original: Original
    wishes: Wishes


@dataclass(frozen=True, slots=True)
class Errand(Held):
    """An image whose bytes have to be fetched from a URL that a user gave."""

    url: str


@dataclass(frozen=True, slots=True)
class Arrival(Held):
    """An image whose bytes came by a presigned upload, at a key that is never served."""

    incoming: Incoming
    key: str
