"""Signed addresses: right for their key and their time, and the same for a while."""

import hashlib
import hmac

import pytest

from shared.domain.errors import AddressExpiredError, AddressUnsignedError
from shared.domain.signature import AddressSigner

NOW = 1_800_000_000.0
LIFE_S = 3600
KEY = "demo/ä b/1/a.jpg"


@pytest.fixture
def signer() -> AddressSigner:
    """A signer with an hour."""
    return AddressSigner(bytes(range(32)), LIFE_S)


def parts_of(suffix: str) -> tuple[str, str]:
    """Return expiry and signature of an address's end."""
    expires, signature = (part.partition("=")[2] for part in suffix[1:].split("&"))
    return expires, signature


def test_a_signature_is_an_hmac_of_the_key(signer: AddressSigner) -> None:
    expires, signature = parts_of(signer.pads(NOW).suffix(KEY))
    secret = hmac.digest(bytes(range(32)), expires.encode(), "sha256")
    assert signature == hmac.new(secret, KEY.encode(), hashlib.sha256).hexdigest()


def test_an_address_lives_between_three_quarters_of_its_time_and_all(signer: AddressSigner) -> None:
    for now in range(int(NOW), int(NOW) + LIFE_S, 7):
        expires, signature = parts_of(signer.pads(now).suffix(KEY))
        assert LIFE_S * 3 / 4 <= signer.check(KEY, expires, signature, now) <= LIFE_S
    assert len({signer.pads(NOW + s).expires for s in range(LIFE_S)}) <= 5


def test_an_address_ends(signer: AddressSigner) -> None:
    expires, signature = parts_of(signer.pads(NOW).suffix(KEY))
    assert signer.check(KEY, expires, signature, int(expires) - 1) == 1
    with pytest.raises(AddressExpiredError):
        signer.check(KEY, expires, signature, int(expires))


@pytest.mark.parametrize("expires", [None, "", "0", "-1", "1e9", "١٢٣", "9" * 16, "09"])
def test_what_was_never_signed_is_no_address(signer: AddressSigner, expires: str | None) -> None:
    with pytest.raises(AddressUnsignedError):
        signer.check(KEY, expires, "0" * 64, NOW)
    with pytest.raises(AddressUnsignedError):
        signer.check(KEY, str(int(NOW) + 60), "ä" * 64, NOW)
