"""Sealed secrets: read with the same key and purpose, and by nobody else."""

import pytest

from shared.domain.errors import SealError
from shared.sealing import Seal, derived_key

KEY = "0123456789abcdef0123456789abcdef"


def test_what_is_sealed_can_be_read_again_and_looks_different_each_time() -> None:
    seal = Seal(KEY, "tests")
    first, second = seal.seal(b"secret"), seal.seal(b"secret")
    assert first != second
    assert b"secret" not in first
    assert Seal(KEY, "tests").unseal(first) == seal.unseal(second) == b"secret"


@pytest.mark.parametrize(
    "other", [Seal(KEY[::-1], "tests"), Seal(KEY, "webhooks")], ids=["key", "purpose"]
)
def test_another_key_or_purpose_reads_nothing(other: Seal) -> None:
    sealed = Seal(KEY, "tests").seal(b"secret")
    with pytest.raises(SealError, match="FOTOTECA_SECRET_KEY"):
        other.unseal(sealed)


@pytest.mark.parametrize("damaged", [b"", b"short", bytes(40)])
def test_damaged_secrets_are_told(damaged: bytes) -> None:
    with pytest.raises(SealError):
        Seal(KEY, "tests").unseal(damaged)


@pytest.mark.parametrize("key", [None, "", "short"])
def test_a_weak_key_is_refused_with_the_way_to_a_good_one(key: str | None) -> None:
    with pytest.raises(SealError, match="openssl rand"):
        derived_key(key, "tests")
