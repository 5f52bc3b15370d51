"""The client that users have does each thing that the service does."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fototeca_client import (
    BusyError,
    ConflictError,
    Effect,
    ForbiddenError,
    Fototeca,
    FototecaError,
    GoneError,
    Image,
    ImageFailedError,
    InvalidRequestError,
    KeyRefusedError,
    NotFoundError,
    PreconditionFailedError,
    ProcessingTimeoutError,
    Rendition,
    TooLargeError,
)
from shared.domain.image import Originals, Role
from shared.settings import Settings
from tests.client import Client, Connection, Service, make_client, picture, running_service
from tests.hard import HARD_REFERENCES
from tests.library import fill
from tests.transfer.conftest import names_in
from worker.settings import Parts

LARGE = b"\xff\xd8" + bytes(3 * 1024 * 1024)


async def _references(library: Fototeca, **options: str) -> list[str]:
    return [image.reference async for image in library.list(**options)]  # type: ignore[arg-type]


@pytest.mark.usefixtures("worker")
async def test_an_image_from_file_to_downloads(library: Fototeca, folder: Path) -> None:
    data = picture(640, 480)
    (folder / "a.jpg").write_bytes(data)
    told: list[tuple[int, int]] = []
    stored = await library.put(
        "a.jpg", folder / "a.jpg", progress=lambda sent, size: told.append((sent, size))
    )
    assert (stored.effect, stored.image.status) == (Effect.CREATED, "Up")
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert told[0] == (0, len(data))
    image = await library.wait_until_ready("a.jpg", select=["sha256"])
    assert (image.width, image.height, image.file_type) == (640, 480, "jpg")
    original, preview = folder / "original", folder / "preview"
    assert await library.download(image, original) == len(data)
    assert original.read_bytes() == data
    assert await library.download(image, preview, Rendition.PREVIEW) > 0
    assert names_in(folder) == {"a.jpg", "original", "preview"}


async def test_a_large_file_is_asked_for_first_and_told_as_it_goes(
    library: Fototeca, client: Client, parts: Parts
) -> None:
    told: list[int] = []
    first = await library.put("a.jpg", LARGE, progress=lambda sent, _: told.append(sent))
    assert told == sorted(told)
    assert len(told) > 4
    assert first.image.size_in_bytes == len(LARGE)
    with pytest.raises(BusyError):
        await library.put("a.jpg", LARGE + b"x")
    await client.process(parts, "a.jpg")
    again = await library.put("a.jpg", picture())
    assert again.effect is Effect.REPLACED
    await client.process(parts, "a.jpg")
    assert (await library.put("a.jpg", picture())).effect is Effect.UNCHANGED


@pytest.mark.usefixtures("worker")
async def test_a_file_goes_straight_to_the_bucket(library: Fototeca, folder: Path) -> None:
    large = picture() + bytes(17 * 1024 * 1024)
    (folder / "large.jpg").write_bytes(large)
    told: list[tuple[int, int]] = []
    small = await library.put_directly("small.jpg", picture(), tags=["new"])
    assert (small.status, small.tags) == ("Up", ("new",))
    await library.put_directly(
        "large.jpg",
        folder / "large.jpg",
        in_parts=True,
        progress=lambda sent, size: told.append((sent, size)),
    )
    assert told[-1] == (len(large), len(large))
    for name, data in (("small.jpg", picture()), ("large.jpg", large)):
        image = await library.wait_until_ready(name, select=["sha256"])
        assert image.fields["sha256"] == hashlib.sha256(data).hexdigest()
    with pytest.raises(ConflictError):
        await library.put_directly("small.jpg", picture())


@pytest.mark.parametrize("reference", HARD_REFERENCES.values(), ids=HARD_REFERENCES)
async def test_any_reference_is_reached_and_found(reference: str, library: Fototeca) -> None:
    await library.put(reference, picture())
    assert (await library.get(reference)).reference == reference
    assert list(await library.find([reference, "nowhere"])) == [reference]


async def test_lists_have_every_image_once_over_all_pages(
    library: Fototeca, client: Client, postgres: Connection
) -> None:
    rows = await fill(client, postgres, 257)
    names = {str(row["reference"]) for row in rows}
    found = await _references(library)
    assert len(found) == len(names)
    assert set(found) == names
    assert set(await library.find([*sorted(names), "nowhere"])) == names
    wanted = {str(row["reference"]) for row in rows if "red" in str(row["tags"])}
    assert set(await _references(library, filter="tags/any(t: t eq 'red')")) == wanted
    assert await library.count() == 257
    assert await library.count(filter="status eq 'Nope'") == 0


async def test_select_has_all_members_that_there_are(library: Fototeca) -> None:
    await library.put("a.jpg", picture())
    members = await library.members()
    image = await library.get("a.jpg", select=members)
    assert set(image.fields) == set(members)
    assert {"sha256", "caption", "tags", "originalUrl"} <= set(members)


async def test_changes_deletion_and_return(
    library: Fototeca, client: Client, parts: Parts, tmp_path: Path
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    before = await library.get("a.jpg", select=["uid"])
    changed = await library.patch("a.jpg", {"tags": ["sea"], "title": "T"}, if_match=before.etag)
    assert changed.tags == ("sea",)
    with pytest.raises(PreconditionFailedError) as stale:
        await library.patch("a.jpg", {"tags": []}, if_match=before.etag)
    assert not stale.value.was_lost
    assert (await library.reprocess("a.jpg")).status == "Re"
    await client.process(parts, "a.jpg")
    await library.delete("a.jpg")
    with pytest.raises(NotFoundError):
        await library.delete("a.jpg")
    with pytest.raises(GoneError):
        await library.download(before, tmp_path / "x")
    assert not (tmp_path / "x").exists()
    assert [image.reference async for image in library.list(deleted=True)] == ["a.jpg"]
    assert (await library.restore(before.fields["uid"])).tags == ("sea",)


async def test_waiting_ends_with_the_reason_or_with_patience(
    library: Fototeca, client: Client, parts: Parts
) -> None:
    await library.put("a.jpg", b"no picture")
    with pytest.raises(ProcessingTimeoutError):
        await library.wait_until_ready("a.jpg", timeout_s=0.2)
    await client.process(parts, "a.jpg")
    with pytest.raises(ImageFailedError) as failed:
        await library.wait_until_ready("a.jpg")
    assert failed.value.reason == "unsupported_format"
    assert failed.value.detail


async def test_problems_are_exceptions_with_all_that_they_tell(
    library: Fototeca, client: Client, service: Service, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await client.put_ok(parts, "b.jpg", picture(shade=1))
    with pytest.raises(PreconditionFailedError):
        await library.put("a.jpg", picture(), create_only=True)
    with pytest.raises(ConflictError) as taken:
        await library.patch("a.jpg", {"reference": "b.jpg"})
    assert not isinstance(taken.value, BusyError)
    with pytest.raises(InvalidRequestError) as wrong:
        await _references(library, filter="nope eq 1")
    assert (wrong.value.status, wrong.value.code, wrong.value.field) == (
        400,
        "validation",
        "$filter",
    )
    assert "nope" in wrong.value.detail
    with pytest.raises(InvalidRequestError):
        await library.put("empty.jpg", b"")
    reader = await make_client(service, "demo", Role.READER)
    async with Fototeca(service.origin, reader.key) as limited:
        with pytest.raises(FototecaError, match="403"):
            await limited.delete("a.jpg")
    async with Fototeca(service.origin, "wrong") as stranger:
        with pytest.raises(KeyRefusedError):
            await stranger.get("a.jpg")


async def test_a_file_over_the_limit_is_refused_before_it_is_sent(
    settings: Settings, client: Client
) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 1000, "port": 0})
    told: list[int] = []
    async with (
        running_service(small) as service,
        Fototeca(service.origin, client.key) as library,
    ):
        with pytest.raises(TooLargeError, match="1000"):
            await library.put("a.jpg", LARGE, progress=lambda sent, _: told.append(sent))
    assert told in ([], [0])


async def test_images_that_have_no_bytes_say_so(library: Fototeca, tmp_path: Path) -> None:
    await library.put("a.jpg", picture())
    image = await library.get("a.jpg")
    assert image.url(Rendition.THUMBNAIL) is None
    with pytest.raises(FototecaError, match="thumbnailUrl"):
        await library.download(image, tmp_path / "x", Rendition.THUMBNAIL)


def test_the_package_names_what_it_has() -> None:
    import fototeca_client  # noqa: PLC0415

    names: Sequence[str] = fototeca_client.__all__
    assert list(names) == sorted(names)
    assert all(hasattr(fototeca_client, name) for name in names)
    assert Image in {getattr(fototeca_client, name) for name in names}


@pytest.mark.usefixtures("worker")
async def test_a_download_outlives_its_url(client: Client, library: Fototeca, folder: Path) -> None:
    database = client.service.library.database
    await database.set_originals(client.tenant.id, Originals.PRIVATE)
    client.service.library.principals.clear()
    data = picture()
    await library.put("a.jpg", data)
    image = await library.wait_until_ready("a.jpg", select=["sha256"])
    key = (await client.row("a.jpg")).original_key or ""
    plain = (image.url() or "").partition("?")[0]
    over = plain + client.service.library.signer.pads(time.time() - 4000).suffix(key)
    old = replace(image, fields={**image.fields, Rendition.ORIGINAL: over})
    assert await library.download(old, folder / "a.jpg") == len(data)
    forged = replace(image, fields={**image.fields, Rendition.ORIGINAL: plain})
    with pytest.raises(ForbiddenError, match="private"):
        await library.download(forged, folder / "b.jpg")
    assert names_in(folder) == {"a.jpg"}
