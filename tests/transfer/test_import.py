"""`fototeca import`: folders into the library, each file once, whatever is there already."""

import asyncio
import json
import os
import pty
import re
import subprocess
import unicodedata
from contextlib import suppress
from pathlib import Path

import pytest

from fototeca_client import Fototeca, Link
from shared.domain.image import Role
from tests.client import Client, Connection, Service, make_client, picture
from tests.transfer.conftest import Run, command, environment
from worker.settings import Parts

A, B, C = picture(), picture(shade=1), picture(shade=2)


def _fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


async def _hold(library: Fototeca) -> dict[str, str]:
    """Return the SHA-256 of each image."""
    return {
        image.reference: image.fields["sha256"] async for image in library.list(select=["sha256"])
    }


async def _names(library: Fototeca) -> set[str]:
    return set(await _hold(library))


async def test_folders_are_imported_and_imported_again_for_nothing(
    client: Client, library: Fototeca, folder: Path, run: Run, postgres: Connection
) -> None:
    _fill(folder, {".hidden": C, ".git/c.jpg": C, "Thumbs.db": C})
    nothing = await run(client, "import", folder)
    assert (nothing.code, "nothing to import" in nothing.errors) == (0, True)
    _fill(folder, {"a.jpg": A, "sub/b.jpg": B})
    twice = (folder, f"{folder}/sub/../sub", folder / "a.jpg")
    first = await run(client, "import", *twice, "--on-conflict", "suffix")
    assert (first.code, first.count("imported")) == (0, 2)
    assert await _names(library) == {"a.jpg", "b.jpg"}
    again = await run(client, "import", folder)
    assert (again.code, again.count("unchanged"), again.count("imported")) == (0, 2, 0)
    assert await postgres.fetchval("SELECT max(revision_counter) FROM images") == 1


async def test_references_can_be_paths_and_are_composed(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    decomposed = unicodedata.normalize("NFD", "é.jpg")
    _fill(folder, {f"2024/spring/{decomposed}": A, "it's (1).jpg": B})
    assert (await run(client, "import", folder, "--name", "path")).code == 0
    assert await _names(library) == {"2024/spring/é.jpg", "it's (1).jpg"}
    assert (await run(client, "import", folder, "--name", "path")).count("unchanged") == 2


@pytest.mark.parametrize("case", ["twice", "other bytes"])
async def test_a_conflict_stops_before_anything_is_sent(
    case: str, client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    _fill(folder, {"a.jpg": A, "new.jpg": C, "x/b.jpg": B})
    if case == "twice":
        _fill(folder, {"y/b.jpg": B})
    else:
        await library.put("b.jpg", C)
    before = await _hold(library)
    ended = await run(client, "import", folder)
    assert (ended.code, ended.count("conflicting"), ended.count("imported")) == (1, 1, 0)
    assert "--on-conflict" in ended.errors
    assert await _hold(library) == before


async def test_conflicts_can_be_skipped(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    _fill(folder, {"a.jpg": A, "x/b.jpg": B, "y/b.jpg": C})
    await library.put("a.jpg", C)
    before = await _hold(library)
    ended = await run(client, "import", folder, "--on-conflict", "skip")
    assert (ended.code, ended.count("skipped"), ended.count("imported")) == (0, 2, 1)
    after = await _hold(library)
    assert after.pop("b.jpg") == (await library.put("probe", B)).sha256
    assert after == before


async def test_conflicts_can_be_numbered_the_same_way_each_time(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    _fill(folder, {"a.jpg": A, "a-2.jpg": B, "x/a.jpg": C, "y/a.jpg": A + b"1"})
    await library.put("a.jpg", picture(shade=3))
    for fate in ("imported", "unchanged"):
        ended = await run(client, "import", folder, "--on-conflict", "suffix")
        assert (ended.code, ended.count(fate)) == (0, 4)
    assert await _names(library) == {"a.jpg", "a-2.jpg", "a-3.jpg", "a-4.jpg", "a-5.jpg"}


async def test_conflicts_can_be_replaced(
    client: Client, library: Fototeca, folder: Path, run: Run, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", A)
    _fill(folder, {"a.jpg": B, "x/b.jpg": A, "y/b.jpg": C})
    ended = await run(client, "import", folder, "--on-conflict", "replace")
    assert (ended.code, ended.count("replaced"), ended.count("imported")) == (0, 1, 1)
    await client.process(parts, "a.jpg")
    hold = await _hold(library)
    assert hold["a.jpg"] == (await library.put("probe", B)).sha256
    assert hold["b.jpg"] == (await library.put("probe 2", C)).sha256


async def test_a_dry_run_sends_nothing(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    _fill(folder, {"a.jpg": A, "b.jpg": B})
    await library.put("b.jpg", B)
    ended = await run(client, "import", folder, "--dry-run", "--tag", "x")
    assert (ended.code, ended.count("imported"), ended.count("unchanged")) == (0, 1, 1)
    assert await _names(library) == {"b.jpg"}


@pytest.mark.usefixtures("worker")
async def test_tags_are_added_and_nobody_else_s_are_lost(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    await library.put("a.jpg", A)
    image = await library.wait_until_ready("a.jpg")
    await library.patch("a.jpg", {"tags": ["old", "sea"]}, if_match=image.etag)
    _fill(folder, {"a.jpg": A, "b.jpg": B})
    ended = await run(client, "import", folder, "--tag", "sea", "--tag", "new")
    assert (ended.code, ended.count("imported"), ended.count("unchanged")) == (0, 1, 1)
    assert (await library.get("a.jpg")).tags == ("old", "sea", "new")
    assert (await library.get("b.jpg")).tags == ("sea", "new")


@pytest.mark.usefixtures("worker")
async def test_what_cannot_be_imported_is_told_and_the_rest_is(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    _fill(folder, {"a.jpg": A, "[b]empty.jpg": b"", "note.txt": b"no picture", "x\x07.jpg": B})
    ended = await run(client, "import", folder, "--wait")
    assert (ended.code, ended.count("imported"), ended.count("failed")) == (1, 1, 3)
    for word in ("[b]empty.jpg", "the file is empty", "unsupported_format", "U+0007"):
        assert word in ended.output
    assert await _names(library) == {"a.jpg", "note.txt"}
    again = await run(client, "import", folder, "--wait")
    assert (again.code, again.count("unchanged"), again.count("failed")) == (1, 1, 3)
    assert "unsupported_format" in again.output


async def test_what_ends_an_import_is_a_sentence(
    client: Client, service: Service, folder: Path, run: Run
) -> None:
    _fill(folder, {"a.jpg": A})
    reader = await make_client(service, "demo", Role.READER)
    ended = await run(reader, "import", folder)
    assert (ended.code, "403" in ended.errors) == (1, True)
    ended = await run(client, "import", folder / "nowhere")
    assert (ended.code, "nowhere: there is no such file" in ended.errors) == (1, True)


@pytest.mark.usefixtures("worker")
async def test_a_manifest_says_it_all(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    _fill(folder, {"one.jpg": A, "sub/two.jpg": B})
    (folder / "list.csv").write_text(
        "reference,file,tags,links,title,alt,caption\n"
        'A 1.jpg,one.jpg,sea; harbour,shop:1; cms:a:b,"Title, with comma",,"two\nlines"\n'
        ",,,,,,\n",
        encoding="utf-8-sig",
    )
    (folder / "list2.csv").write_text(
        'file;title;tags\nsub/two.jpg;"Of two; with comma, too";"x;y"\n',
        encoding="utf-8-sig",
    )
    for name in ("list.csv", "list2.csv"):
        ended = await run(client, "import", "--manifest", folder / name, "--tag", "all")
        assert (ended.code, ended.count("imported")) == (0, 1)
    image = await library.get("A 1.jpg", select=["title", "alt", "caption"])
    assert image.tags == ("sea", "harbour", "all")
    said = [image.fields[name] for name in ("title", "alt", "caption")]
    assert said == ["Title, with comma", None, "two\nlines"]
    assert [link async for link in library.links("A 1.jpg")] == [
        Link("cms", "a:b"),
        Link("shop", "1"),
    ]
    assert (await library.get("two.jpg")).tags == ("x", "y", "all")


@pytest.mark.usefixtures("worker")
async def test_texts_that_people_wrote_are_kept_unless_replaced(
    client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    await library.put("a.jpg", A)
    await library.wait_until_ready("a.jpg")
    await library.patch("a.jpg", {"title": "by hand"})
    _fill(folder, {"a.jpg": A})
    await library.put_link("a.jpg", Link("shop", "1", label="by hand"))
    links = [{"provider": "shop", "id": "1", "label": "from the list"}, "shop:2"]
    row = {"file": "a.jpg", "title": "from the list", "alt": "also", "links": links}
    (folder / "list.jsonl").write_text(json.dumps(row) + "\n\n")
    said = []
    for extra in ([], ["--on-conflict", "replace"]):
        ended = await run(client, "import", "--manifest", folder / "list.jsonl", *extra)
        assert (ended.code, ended.count("unchanged")) == (0, 1)
        fields = (await library.get("a.jpg", select=["title", "alt"])).fields
        labels = [link.label async for link in library.links("a.jpg")]
        said.append((fields["title"], fields["alt"], labels))
    assert said == [
        ("by hand", "also", ["by hand", None]),
        ("from the list", "also", ["from the list", None]),
    ]


MANIFESTS: dict[str, tuple[str, str | bytes, str]] = {
    "unknown column": ("m.csv", "file,titel\na.jpg,x\n", "titel"),
    "too many cells": ("m.csv", "file\na.jpg,x\n", "line 2"),
    "no JSON": ("m.jsonl", '{"file": "a.jpg"}\n{"file"\n', "line 2"),
    "no object": ("m.jsonl", "[1]\n", "JSON object"),
    "wrong tags": ("m.jsonl", '{"file": "a.jpg", "tags": "sea"}\n', "tags is a list"),
    "wrong link": ("m.jsonl", '{"file": "a.jpg", "links": ["shop"]}\n', "provider:id"),
    "half a link": ("m.jsonl", '{"file": "a.jpg", "links": [{"id": "1"}]}\n', "no such form"),
    "wrong title": ("m.jsonl", '{"file": "a.jpg", "title": 1}\n', "title is a string"),
    "not UTF-8": ("m.csv", b"file\n\xff.jpg\n", "save it as CSV UTF-8"),
    "not CSV": ("m.txt", "file\na.jpg\n", ".csv"),
}


@pytest.mark.parametrize("case", MANIFESTS)
async def test_a_wrong_manifest_sends_nothing(
    case: str, client: Client, library: Fototeca, folder: Path, run: Run
) -> None:
    name, text, word = MANIFESTS[case]
    _fill(folder, {"a.jpg": A, name: text.encode() if isinstance(text, str) else text})
    ended = await run(client, "import", "--manifest", folder / name)
    assert ended.code == 1
    assert word in ended.errors
    assert await _names(library) == set()


async def test_a_terminal_gets_a_bar_with_rate_and_time_left(client: Client, folder: Path) -> None:
    _fill(folder, {f"{number}.jpg": picture(60 + number) for number in range(60)})
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *command(client, "import", folder, "--jobs", "2"),
        env=environment(TERM="xterm"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = await asyncio.to_thread(_read_all, ours)
    assert await process.wait() == 0
    assert re.search(r"importing .*━.* \d+ of 60 files, \d+/s.* [kM]?B/s.* \d:\d\d:\d\d", shown)


def _read_all(descriptor: int) -> str:
    """Read a terminal until whoever writes to it has gone, which Linux tells by EIO."""
    parts = []
    with suppress(OSError):
        while part := os.read(descriptor, 65536):
            parts.append(part)
    os.close(descriptor)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(parts).decode())
