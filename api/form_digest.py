"""What a form holds, as one hash: its files' names and bytes, whatever stands between them."""

import hashlib

from aiohttp import BodyPartReader, web

from api.bodies import Leftovers, parts_of
from api.context import LIBRARY


class FormDigest:
    """Fed part by part: `begin`, `update` with its bytes, `end`."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._part = hashlib.sha256()

    def begin(self, part: BodyPartReader) -> None:
        """Take a part's names."""
        for name in (part.name, part.filename):
            encoded = (name or "").encode(errors="surrogatepass")
            self._whole.update(len(encoded).to_bytes(4, "big") + encoded)
        self._part = hashlib.sha256()

    def update(self, chunk: bytes) -> None:
        """Take some of its bytes."""
        self._part.update(chunk)

    def end(self) -> None:
        """End the part."""
        self._whole.update(self.part)

    @property
    def part(self) -> bytes:
        """The SHA-256 of what came of this part so far."""
        return self._part.digest()

    @property
    def whole(self) -> bytes:
        """That of the form."""
        return self._whole.digest()


async def digest_of_form(request: web.Request) -> bytes | None:
    """Read a form only for its digest, as bounded as if it were stored; None if it is cut off."""
    settings, digest = request.app[LIBRARY].settings, FormDigest()
    async for part in parts_of(request):
        digest.begin(part)
        leftovers = Leftovers(settings.max_upload_bytes, settings.upload_timeout_s)
        if not await leftovers.skip(part, digest.update):
            return None
        digest.end()
    return digest.whole
