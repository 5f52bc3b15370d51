"""`fototeca fsck`: its lines, its exit codes, and nothing on standard error where nobody sits."""

import json
import os
import pty
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from shared.settings import Settings
from tests.bucket import Bucket
from tests.checks import put_old
from tests.client import Client, picture
from tests.commands import environment, fototeca
from worker.settings import Parts


async def test_a_clean_library_ends_with_0(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    settings = client.service.library.settings
    code, output, errors = await fototeca(settings, "fsck", "--deep")
    assert (code, errors) == (0, "")
    assert output.startswith("clean: 5 objects")


async def test_findings_are_lines_and_end_with_1(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    row = await client.put_ok(parts, "a[b].jpg", picture())
    assert row.original_key is not None
    await bucket.delete(row.original_key)
    stray = f"demo/{uuid4()}/1/[red]x.jpg"
    await put_old(bucket, stray)
    settings = client.service.library.settings
    code, output, errors = await fototeca(settings, "fsck")
    assert (code, errors) == (1, "")
    *lines, summary = output.splitlines()
    assert sorted(line.split("  ")[:2] for line in lines) == [
        ["missing_object", row.original_key],
        ["orphan", stray],
    ]
    assert summary.startswith("2 found (1 missing_object, 1 orphan), 0 repaired: 6 objects")
    code, output, _ = await fototeca(settings, "fsck", "--json", "--repair", "--tenant", "demo")
    told = [json.loads(line) for line in output.splitlines()]
    assert code == 1
    assert {(line["kind"], line["subject"], line["tenant"]) for line in told[:-1]} == {
        ("missing_object", row.original_key, "demo"),
        ("orphan", stray, "demo"),
    }
    assert all(line["repair"] for line in told[:-1])
    assert told[-1]["summary"]["findings"] == {"missing_object": 1, "orphan": 1}
    assert (await client.row("a[b].jpg")).status_reason == "missing_original"
    await parts.sweeper.delete_due()
    code, output, _ = await fototeca(settings, "fsck")
    assert (code, output[:6]) == (0, "clean:")
    assert "1 lost originals known" in output


CASES: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "no storage": (
        {"s3_endpoint_url": "http://127.0.0.1:1"},
        (),
        "at http://127.0.0.1:1: start it",
    ),
    "no bucket": ({"s3_bucket": "nowhere"}, (), "no bucket"),
    "no database": ({"database_url": SecretStr("postgresql://127.0.0.1:1/x")}, (), "127.0.0.1:1/x"),
    "wrong secret": ({"aws_secret_access_key": SecretStr("wrong")}, (), "refused"),
    "no such tenant": ({}, ("--tenant", "nobody"), "no tenant 'nobody'"),
}


@pytest.mark.parametrize("case", CASES)
async def test_what_cannot_be_checked_ends_with_2_and_a_sentence(
    case: str, settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    changes, arguments, words = CASES[case]
    broken = settings.model_copy(update=changes)
    code, output, errors = await fototeca(broken, "fsck", *arguments)
    assert (code, output) == (2, "")
    (line,) = errors.splitlines()
    assert line.startswith("fototeca: could not check: ")
    assert words in line


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
async def test_a_bar_is_drawn_where_somebody_sits_and_not_into_the_output(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    master, slave = pty.openpty()
    done = subprocess.run(  # noqa: ASYNC221 -- nothing of this process is asked meanwhile
        [sys.executable, "-P", "-m", "deploy.cli", "fsck", "--json"],
        env=environment(client.service.library.settings) | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=slave,
        check=True,
        timeout=60,
    )
    os.close(slave)
    drawn = os.read(master, 65536).decode()
    os.close(master)
    assert "checking" in drawn
    assert [list(json.loads(line)) for line in done.stdout.splitlines()] == [["summary"]]
