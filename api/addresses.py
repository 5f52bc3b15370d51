"""Where the CDN shows a tenant's files, as its callers are told; private originals are signed."""

import time
from typing import NamedTuple

from aiohttp import web

from api.context import LIBRARY
from api.urls import url_of
from shared.domain.image import Principal
from shared.domain.signature import Pads


class Addresses(NamedTuple):
    """Makes URLs of storage keys; `pads` sign those of originals, None where these are public."""

    base: str
    pads: Pads | None = None

    def of(self, key: str | None) -> str | None:
        """Return the address of a thumbnail."""
        return url_of(key, self.base)

    def of_original(self, key: str | None) -> str | None:
        """Return the address of an original."""
        if key is None or self.pads is None:
            return self.of(key)
        return f"{self.of(key)}{self.pads.suffix(key)}"


def addresses_for(request: web.Request, principal: Principal) -> Addresses:
    """Return what makes the URLs in answers to this principal."""
    library = request.app[LIBRARY]
    base = library.settings.cdn_base
    if not principal.tenant.has_private_originals:
        return Addresses(base)
    return Addresses(base, library.signer.pads(time.time()))
