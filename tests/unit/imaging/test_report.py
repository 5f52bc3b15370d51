"""What a decoder says is checked: it may have been taken over by the file it read."""

import json
from dataclasses import replace

import pytest

from shared.domain.metadata import Metadata
from worker.imaging.errors import BadPicture, DecoderEnded
from worker.imaging.model import Look, Recipe
from worker.imaging.report import (
    Report,
    Written,
    decode_recipe,
    encode_error,
    encode_recipe,
    encode_report,
    encode_too_large,
    encode_verdict,
    read_answer,
)

THUMBNAIL = Written(3, 2, 99, "a" * 64)
LOOK = Look("#0a0b0c", "1QcSHQRnh493V4dIh4eXh1h4kJUI", -5)
SAID: Metadata = {"creator": ["A"], "title": {"x-default": "B"}, "gps": {"latitude": 1.5}}
WRITTEN = (THUMBNAIL,) * 4
REPORT = Report("jpg", 30, 20, "jpg", WRITTEN, LOOK, SAID, {"decode": 0.5})


def test_recipes_and_reports_come_through() -> None:
    recipe = Recipe((1, 2, 3), 50, 1000, 7)
    assert decode_recipe(encode_recipe(recipe)) == recipe
    assert read_answer(encode_report(REPORT), len(WRITTEN)) == REPORT


def test_verdicts_come_through() -> None:
    with pytest.raises(BadPicture) as caught:
        read_answer(encode_verdict(BadPicture("corrupt", "It is broken.", "png")), len(WRITTEN))
    bad = caught.value
    assert (bad.reason, bad.detail, bad.file_type) == ("corrupt", "It is broken.", "png")


def test_failures_come_through() -> None:
    with pytest.raises(DecoderEnded):
        read_answer(encode_too_large(), len(WRITTEN))
    with pytest.raises(OSError, match="full") as caught:
        read_answer(encode_error(OSError(28, "No space"), "the disk is full"), len(WRITTEN))
    assert caught.value.errno == 28
    with pytest.raises(RuntimeError, match="a trace"):
        read_answer(encode_error(KeyError("x"), "a trace"), len(WRITTEN))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json\n",
        b"[]\n",
        b"{}\n",
        b'{"done": {}}\n',
        b'{"done": 5}\n',
        encode_report(replace(REPORT, file_type="../../etc")),
        encode_report(REPORT).replace(b'["A"]', b"[5]"),
        encode_report(REPORT).replace(b'"x-default": "B"', b'"x-default": 5'),
        encode_report(REPORT).replace(b'"creator"', b'"unknown"'),
        encode_report(REPORT).replace(b'"A"', b'"' + b"A" * 50_000 + b'"'),
        encode_report(replace(REPORT, extension="../x")),
        encode_report(replace(REPORT, written=REPORT.written[:2])),
        encode_report(replace(REPORT, written=(THUMBNAIL, THUMBNAIL, Written(1, 1, 1, "x")))),
        encode_report(replace(REPORT, look=replace(LOOK, dominant_color="red"))),
        encode_report(replace(REPORT, look=replace(LOOK, dominant_color="#0a0b0c\n"))),
        encode_report(replace(REPORT, look=replace(LOOK, placeholder="<script>"))),
        encode_report(replace(REPORT, look=replace(LOOK, perceptual_hash=1 << 63))),
        json.dumps({"done": {"file_type": "jpg", "written": "abc"}}).encode(),
    ],
)
def test_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_answer(line, len(WRITTEN))
