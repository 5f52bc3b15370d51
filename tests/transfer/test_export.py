"""`fototeca export`: everything in a folder, from which another library can be filled."""

import asyncio
import hashlib
import io
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.transfer.checkpoint import Checkpoint
from deploy.transfer.exporting import Exporter
from deploy.transfer.meter import Meter
from deploy.transfer.tally import Tally
from fototeca_client import Fototeca, Link, NoAnswerError, Retries
from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Client, eventually, make_client, picture, running_service
from tests.hard import HARD_REFERENCES
from tests.outside import with_port
from tests.transfer.conftest import Run, command, environment
from worker.settings import Parts, open_parts

COMPARED = ["sha256", "tags", "title", "alt", "caption", "gravity"]
LINKS = [Link("cms", "a/b:ü"), Link("shop", "1", "https://shop.example/1", "Boots")]
TEXTS = {"title": 'A "title"', "alt": "", "caption": "two\nlines · 漢", "gravity": "north"}


def _told(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "images.jsonl").read_text().splitlines()]


async def _hold(client: Client) -> dict[str, list[Any]]:
    async with Fototeca(client.service.origin, client.key) as library:
        return {
            image.reference: [
                *(image.fields[name] for name in COMPARED),
                [link async for link in library.links(image.reference)],
            ]
            async for image in library.list(select=COMPARED)
        }


@pytest.mark.usefixtures("worker")
async def test_an_export_fills_an_empty_tenant_with_equals(
    client: Client, empty: Client, library: Fototeca, tmp_path: Path, run: Run
) -> None:
    names = list(HARD_REFERENCES.values())
    for number, name in enumerate(names):
        await library.put(name, picture(shade=number))
    for name in names[::2]:
        await library.wait_until_ready(name)
        await library.patch(name, {"tags": ["b", "a", "ä b"], **TEXTS})
    for name in names[::3]:
        for link in LINKS:
            await library.put_link(name, link)
    exported = await run(client, "export", "--out", tmp_path / "out")
    assert (exported.code, exported.count("exported")) == (0, len(names))
    imported = await run(empty, "import", "--manifest", tmp_path / "out" / "images.jsonl")
    assert (imported.code, imported.count("imported")) == (0, len(names)), imported
    held = await _hold(client)
    assert len(held) == len(names)
    assert await _hold(empty) == held


async def test_the_lines_have_every_field_and_the_files_every_byte(
    client: Client, library: Fototeca, parts: Parts, tmp_path: Path, run: Run
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await client.put("b.jpg", picture(shade=1))
    await library.patch("a.jpg", {"tags": ["x"]})
    await library.put_link("a.jpg", LINKS[1])
    ended = await run(client, "export", "--out", tmp_path / "out", "--filter", "tags/$count gt 0")
    assert ended.code == 0
    (line,) = _told(tmp_path / "out")
    assert (tmp_path / "out" / line.pop("file")).read_bytes() == picture()
    (link,) = line.pop("links")
    assert Link(**link) == LINKS[1]
    assert line == (await library.get("a.jpg", select=await library.members())).fields


async def test_a_folder_is_for_one_export(client: Client, tmp_path: Path, run: Run) -> None:
    await client.put("a.jpg", picture())
    out = tmp_path / "out"
    wrong = await run(client, "export", "--out", out, "--filter", "id gt 1) or (id lt 9")
    assert (wrong.code, "$filter, character 8" in wrong.errors) == (1, True)
    assert (await run(client, "export", "--out", out)).code == 0
    again = await run(client, "export", "--out", out)
    assert (again.code, "all of it already" in again.errors) == (0, True)
    other = await run(client, "export", "--out", out, "--filter", "id gt 1")
    assert (other.code, "choose an empty folder" in other.errors) == (1, True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    full = await run(client, "export", "--out", tmp_path / "full")
    assert (full.code, "choose an empty folder" in full.errors) == (1, True)
    assert len(_told(out)) == 1


async def test_an_original_that_is_missing_is_told_and_tried_again(
    client: Client, library: Fototeca, tmp_path: Path, run: Run, bucket: Bucket
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        await library.put(name, picture())
    key = (await client.row("b.jpg")).original_key
    assert key is not None
    data = await bucket.get(key)
    await bucket.delete(key)
    out = tmp_path / "out"
    ended = await run(client, "export", "--out", out)
    assert (ended.code, ended.count("exported"), ended.count("failed")) == (1, 2, 1)
    await bucket.put(key, data)
    ended = await run(client, "export", "--out", out)
    assert (ended.code, ended.count("exported")) == (0, 1)
    assert [line["reference"] for line in _told(out)] == ["a.jpg", "c.jpg", "b.jpg"]


async def test_an_export_that_is_killed_goes_on_where_it_was(
    client: Client, library: Fototeca, tmp_path: Path, run: Run
) -> None:
    names = {f"{number}.bin": number.to_bytes(2, "big") * 500 for number in range(250)}
    await asyncio.gather(*(library.put(name, data) for name, data in names.items()))
    out = tmp_path / "out"
    process = await asyncio.create_subprocess_exec(
        *command(client, "export", "--out", out, "--jobs", "2"),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    async def is_under_way() -> bool:
        return (out / "export.json").exists()

    await eventually(is_under_way, within_s=60)
    os.kill(process.pid, signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    state = json.loads((out / "export.json").read_text())
    assert not state["is_done"]
    with (out / "images.jsonl").open("a") as file:  # as if it had died within a page
        file.write('{"reference": "half')
    ended = await run(client, "export", "--out", out)
    assert (ended.code, ended.count("exported")) == (0, 250 - state["images"])
    told = _told(out)
    assert {line["reference"] for line in told} == set(names)
    assert len(told) == len(names)
    for line in told:
        data = (out / line["file"]).read_bytes()
        assert data == names[line["reference"]]
        assert hashlib.sha256(data).hexdigest() == line["sha256"]
    assert not list(out.glob("**/*.part")) or state["images"] < len(names)


async def test_an_export_whose_originals_cannot_be_reached_ends_with_one_error(
    settings: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    assert bucket.name == settings.s3_bucket
    away = with_port(settings)  # nobody listens there
    cut_off = settings.model_copy(update={"cdn_base_url": f"http://127.0.0.1:{away.port}/cdn/"})
    async with running_service(cut_off) as service, open_parts(cut_off) as parts:
        client = await make_client(service, "cut-off", Role.ADMIN)
        for name in ("a.jpg", "b.jpg"):
            await client.put_ok(parts, name, picture())
        async with Fototeca(service.origin, client.key, retries=Retries(tries=1)) as library:
            with Meter(Console(file=io.StringIO()), "exporting", 2, 2) as meter:
                (tmp_path / "out").mkdir()
                checkpoint = Checkpoint(service.origin, None)
                exporter = Exporter(library, tmp_path / "out", checkpoint, Tally(), meter, 2)
                with pytest.raises(NoAnswerError):
                    await exporter.run()
