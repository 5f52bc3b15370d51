"""What is said of addresses that presigned uploads cannot reach."""

import pytest

from shared.reach import unreachable_uploads

LOCAL, PUBLIC = "http://127.0.0.1:8080", "https://images.example"


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        (None, PUBLIC),
        ("https://s3.example", PUBLIC),
        ("http://127.0.0.1:9000", LOCAL),
        ("http://localhost:9000", LOCAL),
        ("http://[::1]:9000", "http://localhost:8080"),
        ("http://10.0.0.7:9000", "http://10.0.0.8:8080"),
    ],
)
def test_an_address_that_clients_may_know_is_not_complained_about(
    endpoint: str | None, origin: str
) -> None:
    assert unreachable_uploads(endpoint, origin) is None


@pytest.mark.parametrize(
    ("endpoint", "origin", "reason"),
    [
        ("http://minio:9000", PUBLIC, "only this network knows"),
        ("http://minio:9000", LOCAL, "only this network knows"),
        ("http://minio.storage.svc:9000", PUBLIC, "only this network knows"),
        ("http://s3.eu.internal", PUBLIC, "only this network knows"),
        ("http://127.0.0.1:9000", PUBLIC, "only this machine"),
        ("http://localhost:9000", "http://10.0.0.8:8080", "only this machine"),
    ],
)
def test_an_internal_address_is_said_to_be_one(endpoint: str, origin: str, reason: str) -> None:
    sentence = unreachable_uploads(endpoint, origin)
    assert sentence is not None
    assert reason in sentence
    assert "FOTOTECA_S3_PUBLIC_ENDPOINT_URL" in sentence
