"""A Digest user who computes answers by hand, apart from the service's own code."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.client import Answer, Client

PATH = "/token"


@dataclass(frozen=True)
class Reader:
    """A user name with its password."""

    client: Client
    name: str
    password: str

    @property
    def url(self) -> str:
        """Where a token is to be had."""
        return self.client.service.origin + PATH

    async def nonce(self) -> str:
        """Return the nonce of a new challenge."""
        return nonce_in(await self.client.call("POST", PATH))

    async def answer(self, nonce: str, count: int, **changes: str) -> Answer:
        """Answer a challenge by hand."""
        return await self.client.call(
            "POST", PATH, headers={"Authorization": self.header(nonce, count, **changes)}
        )

    def header(self, nonce: str, count: int, **changes: str) -> str:
        """Return an answer to a challenge; `password` and all parameters can be other ones."""
        algorithm = changes.get("algorithm", "SHA-256")
        told = {
            "username": self.name,
            "realm": "fototeca",
            "nonce": nonce,
            "uri": PATH,
            "algorithm": algorithm,
            "qop": "auth",
            "nc": f"{count:08x}",
            "cnonce": "c",
        }
        secret = changes.pop("password", self.password)
        told["response"] = respond(told | changes, secret)
        told |= changes
        return "Digest " + ", ".join(f'{name}="{value}"' for name, value in told.items())


def respond(told: Mapping[str, str], password: str) -> str:
    """Compute section 3.4.1 once more, apart from the service's own code."""

    def digest(text: str) -> str:
        name = {"SHA-256": "sha256", "MD5": "md5"}.get(told["algorithm"], "sha256")
        return hashlib.new(name, text.encode()).hexdigest()

    ha1 = digest(f"{told['username']}:{told['realm']}:{password}")
    ha2 = digest(f"POST:{told['uri']}")
    return digest(f"{ha1}:{told['nonce']}:{told['nc']}:{told['cnonce']}:{told['qop']}:{ha2}")


def nonce_in(answer: Answer) -> str:
    """Return the nonce of a challenge."""
    match = re.search(r'nonce="([^"]+)"', answer.headers["WWW-Authenticate"])
    assert match
    return match[1]
