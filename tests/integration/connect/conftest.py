"""What tests of the Connect contract have in common."""

import pytest

from shared.domain.credential import CredentialKind
from shared.domain.image import Role
from shared.usecases.access.credentials import create_credential
from tests.client import Client
from tests.desk import SAID, Desk, desk_of
from tests.digest import Reader
from tests.unit.imaging.embedding import photograph
from worker.settings import Parts


@pytest.fixture
async def desk(client: Client, parts: Parts) -> Desk:
    """A photograph that says a lot, and who may read that."""
    row = await client.put_ok(parts, "a.jpg", photograph(xmp=SAID))
    return await desk_of(client, row.id)


@pytest.fixture
async def reader(client: Client) -> Reader:
    """A Digest user of the tenant `demo`."""
    library = client.service.library
    made = await create_credential(
        library.database, library.seal, client.tenant, CredentialKind.DIGEST, Role.READER, "desk"
    )
    return Reader(client, *made)
