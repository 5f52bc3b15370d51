"""`fototeca import` of a manifest with URLs, which the service fetches."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fototeca_client import ConflictError, Fototeca, ImageFailedError
from shared.settings import Settings
from tests.client import Client, picture
from tests.sources import Source, answer, running_source
from tests.transfer.conftest import Run


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    async with running_source() as running:
        running.answers |= {
            "/sea%201.jpg?w=9": answer(picture()),
            "/b": answer(picture(shade=1)),
        }
        yield running


@pytest.fixture
async def settings(settings: Settings, source: Source) -> Settings:
    """Settings of a library that may reach the test's own source."""
    return settings.model_copy(update={"outgoing_allowed_hosts": source.host})


@pytest.mark.usefixtures("worker")
async def test_a_manifest_of_urls_is_imported_once_and_tells_what_failed(
    client: Client, empty: Client, library: Fototeca, source: Source, folder: Path, run: Run
) -> None:
    (folder / "c.jpg").write_bytes(picture(shade=2))
    (folder / "list.csv").write_text(
        "reference,file,sourceUrl,tags,title\n"
        f",,{source.url('/sea%201.jpg?w=9')},sea;harbour,The sea\n"
        f"b.jpg,,{source.url('/b')},,\n"
        "c.jpg,c.jpg,http://nowhere.invalid/c.jpg,,\n"
        f"gone.jpg,,{source.url('/gone')},,\n"
        "nothing.jpg,,,,\n"
    )
    manifest = ("import", "--manifest", folder / "list.csv")
    ended = await run(client, *manifest)
    assert (ended.code, ended.count("imported"), ended.count("failed")) == (1, 3, 2)
    assert "source_not_found" in ended.output
    image = await library.get("sea 1.jpg", select=["title", "sourceUrl"])
    assert (image.tags, image.fields["title"]) == (("sea", "harbour"), "The sea")
    assert image.fields["sourceUrl"] == source.url("/sea%201.jpg?w=9")
    again = await run(client, *manifest)
    assert (again.count("imported"), again.count("unchanged"), again.count("failed")) == (0, 3, 2)
    await library.delete("gone.jpg")
    assert (await run(client, "export", "--out", folder / "out")).code == 0
    ended = await run(empty, "import", "--manifest", folder / "out" / "images.jsonl")
    assert (ended.code, ended.count("imported")) == (0, 3)


async def test_other_bytes_are_a_conflict_and_never_replaced(
    client: Client, library: Fototeca, source: Source, folder: Path, run: Run
) -> None:
    await library.put("b.jpg", picture(shade=7))
    (folder / "list.csv").write_text(f"reference,sourceUrl\nb.jpg,{source.url('/b')}\n")
    for extra, fate in (([], "conflicting"), (["--on-conflict", "replace"], "failed")):
        ended = await run(client, "import", "--manifest", folder / "list.csv", *extra)
        assert (ended.code, ended.count(fate)) == (1, 1)
    with pytest.raises(ConflictError):
        await library.create_from_url("b.jpg", source.url("/b"))


@pytest.mark.usefixtures("worker")
async def test_the_client_says_why_a_url_was_not_fetched(library: Fototeca, source: Source) -> None:
    created = await library.create_from_url("a.jpg", source.url("/gone"), tags=["new"])
    assert (created.status, created.tags) == ("Up", ("new",))
    with pytest.raises(ImageFailedError) as failed:
        await library.wait_until_ready("a.jpg", timeout_s=60)
    assert failed.value.reason == "source_not_found"
