"""Which service a transfer is with, and with which key."""

from dataclasses import dataclass
from pathlib import Path

from deploy.transfer.failure import TransferError


@dataclass(frozen=True, slots=True)
class Target:
    """The address of a service and a key for it."""

    url: str
    key: str


def choose_target(url: str | None, key: str | None) -> Target:
    """Return the service and key given; without a URL, the data folder's running stack and its key.

    A key that begins with @ names the file that holds it.
    """
    if url is None:
        running = _of_running_stack()
        return running if key is None else Target(running.url, _given(key))
    if key is None:
        raise TransferError("--url needs --key, an API key of that service")
    if not url.startswith(("http://", "https://")):
        raise TransferError(f"--url begins with http:// or https://, unlike {url}")
    return Target(url, _given(key))


def _given(key: str) -> str:
    key = _read_key(Path(key[1:])) if key.startswith("@") else key
    if not key.isascii() or not key.isprintable() or not key:
        raise TransferError("--key is a line of ASCII characters")
    return key


def _read_key(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeError) as error:
        raise TransferError(f"the key cannot be read from {path}: {error}") from error


def _of_running_stack() -> Target:
    from deploy.embedded.address import address_of  # noqa: PLC0415 -- absent from the image
    from deploy.embedded.demo import read_key  # noqa: PLC0415
    from deploy.embedded.place import data_folder  # noqa: PLC0415
    from deploy.embedded.stackfile import load_environment  # noqa: PLC0415

    data = data_folder()
    environment = load_environment(data)
    if not environment:
        raise TransferError(
            "nothing is running here: start it with `fototeca up`, or give --url and --key"
        )
    return Target(address_of(environment).url, read_key(data))
