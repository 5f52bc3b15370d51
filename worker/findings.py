"""What becomes of a decoded picture in the library: the one place that turns one into the other."""

from collections.abc import Sequence

from shared.domain.keys import SIZES, thumbnail_key
from shared.usecases.objects_ports import StoredObject
from shared.usecases.processing.claims import Claim
from shared.usecases.processing.processing import Finding
from worker.download import Hashes
from worker.imaging.decoders import Picture


def thumbnails_of(claim: Claim, picture: Picture) -> Sequence[StoredObject]:
    """Describe them under the keys that this attempt gives them."""
    by_size = {rendition.suffix: rendition for rendition in picture.renditions}
    return [
        StoredObject(
            key=thumbnail_key(claim.original.key, claim.job.attempt, size, by_size[size].extension),
            revision=claim.job.revision,
            attempt=claim.job.attempt,
            role=size,
            size_in_bytes=by_size[size].size_in_bytes,
            sha256=bytes.fromhex(by_size[size].sha256),
            content_type=by_size[size].content_type,
        )
        for size in SIZES
        if size in by_size
    ]


def binary_of(file_type: str | None, hashes: Hashes) -> Finding:
    """Describe what is kept and hashed, and need be no picture."""
    return Finding(file_type, None, 0, 0, hashes.sha256, hashes.md5)


def finding_of(picture: Picture, hashes: Hashes) -> Finding:
    """Describe what the image will show."""
    return Finding(
        picture.file_type,
        picture.content_type,
        picture.width,
        picture.height,
        hashes.sha256,
        hashes.md5,
        picture.look.dominant_color,
        picture.look.placeholder,
        picture.look.perceptual_hash,
        picture.metadata,
    )
