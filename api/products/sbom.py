"""The SBOM of one image: a CycloneDX document with a single component, and its hashes."""

from shared.domain.ulid import ulid_of
from shared.usecases.products.ports import ProductImage
from shared.usecases.products.products import hashes_of

CONTENT_TYPE = "application/vnd.cyclonedx+json; version=1.6"


def sbom_of(image: ProductImage) -> str:
    """Return the document as JSON, always the same; the first call loads a library."""
    from cyclonedx.model import HashAlgorithm, HashType  # noqa: PLC0415 -- a tenth of a second
    from cyclonedx.model.bom import Bom  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415

    hashes = hashes_of(image)
    component = Component(
        name=image.name,
        version=image.version,
        type=ComponentType.FIRMWARE,
        bom_ref=ulid_of(image.id),
        hashes=[
            HashType(alg=HashAlgorithm.SHA_256, content=hashes.sha256.hex()),
            HashType(alg=HashAlgorithm.MD5, content=hashes.md5.hex()),
        ],
    )
    bom = Bom(components=[component], serial_number=image.id, version=image.revision)
    bom.metadata.timestamp = image.created_on
    return JsonV1Dot6(bom).output_as_string()
