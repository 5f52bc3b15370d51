"""Whose pages the embedded S3 server answers."""

import pytest

from deploy.embedded.s3 import bucket_origin


@pytest.mark.parametrize(
    ("setting", "origin"),
    [
        (None, None),
        ("", None),
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example, https://press.example", "*"),
        ("*", "*"),
    ],
)
def test_it_answers_the_one_origin_or_all(setting: str | None, origin: str | None) -> None:
    assert bucket_origin(setting) == origin
