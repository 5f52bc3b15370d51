"""A newsroom's desk: a Digest user of the Connect contract, and a photograph that says a lot."""

from dataclasses import dataclass

import httpx

from shared.domain.credential import CredentialKind
from shared.domain.image import Role
from shared.usecases.access.credentials import create_credential
from tests.client import Answer, Client
from tests.unit.imaging.embedding import alternatives, packet

CREATORS = (
    "<dc:creator><rdf:Seq><rdf:li>Zoë Müller</rdf:li><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator>"
)

WORDS = "<dc:subject><rdf:Bag><rdf:li>Harbour</rdf:li><rdf:li>boats</rdf:li></rdf:Bag></dc:subject>"

SAID = packet(
    alternatives("dc:title", x_default="Harbour", de="Hafen")
    + alternatives("dc:description", x_default="Boats at rest", de="Boote in Ruhe", pt_BR="Barcos")
    + alternatives("dc:rights", x_default="© Zoë Müller")
    + CREATORS
    + WORDS
    + "<photoshop:AuthorsPosition>Staff</photoshop:AuthorsPosition>"
    + "<photoshop:Credit>Müller Photo</photoshop:Credit>"
    + "<photoshop:Source>Agency</photoshop:Source>"
    + "<photoshop:City>Gdańsk</photoshop:City>"
    + "<photoshop:State>Pomerania</photoshop:State>"
    + "<photoshop:Country>Poland</photoshop:Country>"
    + "<photoshop:DateCreated>2024-04-05T08:44:33</photoshop:DateCreated>"
    + "<photoshop:Instructions>Not for sale</photoshop:Instructions>"
)


@dataclass(frozen=True)
class Desk:
    """A Digest user, and the number of a photograph."""

    client: Client
    name: str
    password: str
    image_id: int

    @property
    def auth(self) -> httpx.DigestAuth:
        """The login as a client has it."""
        return httpx.DigestAuth(self.name, self.password)

    async def token(self) -> str:
        """Log in for a token."""
        async with httpx.AsyncClient(auth=self.auth, timeout=60) as session:
            answer = await session.post(f"{self.client.service.origin}/token")
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
        return str(answer.json()["access_token"])

    async def show(self, query: str = "", image: object = None) -> Answer:
        """Fetch the photograph by token."""
        return await self.client.call(
            "GET",
            f"/api/images/{self.image_id if image is None else image}{query}",
            headers={"Authorization": f"Bearer {await self.token()}"},
        )


async def desk_of(client: Client, image_id: int) -> Desk:
    """Make a Digest user of a tenant."""
    library = client.service.library
    made = await create_credential(
        library.database, library.seal, client.tenant, CredentialKind.DIGEST, Role.READER, "desk"
    )
    return Desk(client, *made, image_id)
