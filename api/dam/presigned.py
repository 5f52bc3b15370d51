"""Presigned uploads on the wire: what clients announce and complete, and what they are told."""

import re
from typing import Any

from api.dam.edits import parse_tags
from api.dam.schema import time_of
from shared.domain.errors import InvalidInputError
from shared.domain.reference import Reference, parse_reference
from shared.usecases.uploads.incoming import MAX_PARTS, Announcement, Ticket
from shared.usecases.uploads.incoming_ports import SignedRequest

MEMBERS = ("reference", "sizeInBytes", "tags", "sha256", "multipart")

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def parse_announcement(body: Any) -> Announcement:
    """Read `{reference, sizeInBytes, tags?, sha256?, multipart?}`, or say which member is wrong."""
    if not isinstance(body, dict):
        raise InvalidInputError(f"Send a JSON object with {', '.join(MEMBERS)}.")
    unknown = sorted(body.keys() - set(MEMBERS))
    if unknown:
        raise InvalidInputError(
            f"{unknown[0]!r} is not known here; {', '.join(MEMBERS)} are.", field=unknown[0]
        )
    in_parts = body.get("multipart", False)
    if not isinstance(in_parts, bool):
        raise InvalidInputError("multipart is true or false.", field="multipart")
    return Announcement(
        parse_name(body),
        _size(body.get("sizeInBytes")),
        parse_tags("tags", body["tags"]) if "tags" in body else None,
        _sha256(body.get("sha256")),
        in_parts,
    )


def parse_name(body: dict[str, Any]) -> Reference:
    """Return the member `reference`, which has to be there."""
    name = body.get("reference")
    if not isinstance(name, str):
        raise InvalidInputError("reference, a string, is needed.", field="reference")
    return parse_reference(name)


def parse_completion(body: Any) -> list[str] | None:
    """Return the ETags in `{parts: [{partNumber, etag}, …]}`, in the order of the numbers."""
    parts = body.get("parts") if isinstance(body, dict) else None
    if isinstance(body, dict) and not body:
        return None
    if not isinstance(parts, list) or len(parts) > MAX_PARTS:
        raise InvalidInputError(
            "Send nothing, or {parts: [{partNumber, etag}, …]} with all the parts.", field="parts"
        )
    etags = dict(map(_part, parts))
    if sorted(etags) != list(range(1, len(parts) + 1)):
        raise InvalidInputError("The parts have the numbers 1, 2, 3, …, each once.", field="parts")
    return [etags[number] for number in sorted(etags)]


def upload_member(ticket: Ticket, *, zoned: bool) -> dict[str, Any]:
    """Return where to send the bytes, as it stands in the answer."""
    expires = time_of(ticket.expires_at) + ("Z" if zoned else "")
    if ticket.whole is not None:
        return {**_request(ticket.whole), "expiresAt": expires}
    parts = [
        {"partNumber": number, **_request(part), "sizeInBytes": part.size_in_bytes}
        for number, part in enumerate(ticket.parts, start=1)
    ]
    return {"method": parts[0]["method"], "parts": parts, "expiresAt": expires}


def _request(signed: SignedRequest) -> dict[str, Any]:
    return {"method": signed.method, "url": signed.url, "headers": dict(signed.headers)}


def _size(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidInputError(
            "sizeInBytes, the exact length of what will be sent, is a number from 1 on.",
            field="sizeInBytes",
        )
    return value


def _sha256(value: Any) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise InvalidInputError("sha256 is 64 hexadecimal digits.", field="sha256")
    return bytes.fromhex(value)


def _part(part: Any) -> tuple[int, str]:
    number = part.get("partNumber") if isinstance(part, dict) else None
    etag = part.get("etag") if isinstance(part, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(etag, str):
        raise InvalidInputError("A part is {partNumber, etag}: number and string.", field="parts")
    return number, etag
