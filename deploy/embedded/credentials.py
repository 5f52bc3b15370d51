"""The passwords, keys and ports that a data folder keeps from its first start on."""

import base64
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.embedded.ports import choose_embedded
from deploy.embedded.private import read_json, write_private_json

SERVER_NAMES = ("postgres", "valkey", "s3")
FILE_NAME = "credentials.json"


@dataclass(frozen=True, slots=True)
class Credentials:
    """All of them are random; `secret_key` is 256 bits as URL-safe base64."""

    postgres_password: str
    valkey_password: str
    s3_access_key_id: str
    s3_secret_access_key: str
    secret_key: str


def keep_credentials(data: Path) -> Credentials:
    """Read the data folder's credentials; make them, owner-readable, on the first start."""
    path = data / FILE_NAME
    known = read_json(path)
    credentials = Credentials(**(asdict(_generate()) | known))
    if asdict(credentials) != known:
        write_private_json(path, asdict(credentials))
    return credentials


def keep_ports(data: Path) -> dict[str, int]:
    """Give the three servers their ports: those of the last start where they are still free."""
    path = data / "ports.json"
    kept = read_json(path)
    ports = choose_embedded(SERVER_NAMES, kept)
    if ports != kept:
        write_private_json(path, ports)
    return ports


def _generate() -> Credentials:
    return Credentials(
        postgres_password=secrets.token_urlsafe(32),
        valkey_password=secrets.token_urlsafe(32),
        s3_access_key_id=f"FOTOTECA{secrets.token_hex(6).upper()}",
        s3_secret_access_key=secrets.token_urlsafe(32),
        secret_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )
