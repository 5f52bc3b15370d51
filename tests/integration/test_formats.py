"""Every format from upload to CDN, and the format that a tenant wants its thumbnails in."""

import asyncio
import subprocess
import sys

import pillow_heif
import pytest

from shared.domain.image import Role, ThumbnailFormat, Wishes
from shared.settings import Settings
from tests.client import URL_FIELDS, Client, make_client, picture
from worker.settings import Parts

pillow_heif.register_heif_opener()

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='300' height='200'><script>alert(1)</script>"
SVG += b"<rect width='300' height='200' fill='blue'/></svg>"
THUMBNAIL_FIELDS = URL_FIELDS[1:]


@pytest.mark.parametrize(
    ("kind", "file_type", "content_type"),
    [
        ("TIFF", "tiff", "image/tiff"),
        ("BMP", "bmp", "image/bmp"),
        ("AVIF", "avif", "image/avif"),
        ("HEIF", "heic", "image/heic"),
        ("JPEG2000", "jp2", "image/jp2"),
        ("ICO", "ico", "image/x-icon"),
    ],
)
async def test_a_raster_picture_is_shown_inline_as_what_it_is(
    kind: str, file_type: str, content_type: str, client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.png", picture(kind=kind))
    shown = (await client.get("a.png")).json
    assert shown["fileType"] == file_type
    assert shown["width"] > 0
    original = await client.cdn(shown["originalUrl"])
    assert original.headers["Content-Type"] == content_type
    assert original.headers["Content-Disposition"].startswith("inline; ")
    for field in THUMBNAIL_FIELDS:
        assert (await client.cdn(shown[field])).headers["Content-Type"] == "image/jpeg"


async def test_an_svg_has_thumbnails_and_is_itself_an_attachment(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.svg", SVG)
    shown = (await client.get("a.svg")).json
    assert (shown["fileType"], shown["width"], shown["height"]) == ("svg", 300, 200)
    original = await client.cdn(shown["originalUrl"])
    assert original.body == SVG
    assert original.headers["Content-Type"] == "application/octet-stream"
    assert original.headers["Content-Disposition"].startswith("attachment; ")
    assert original.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    for field in THUMBNAIL_FIELDS:
        assert (await client.cdn(shown[field])).headers["Content-Type"] == "image/jpeg"


async def test_what_cannot_be_is_refused_by_what_it_is(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", picture(kind="PDF"))
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason, row.file_type) == ("Er", "unsupported_format", "pdf")
    assert "pdf" in (row.status_detail or "")


@pytest.mark.parametrize("wanted", [ThumbnailFormat.WEBP, ThumbnailFormat.AVIF])
async def test_a_tenant_gets_the_thumbnails_that_it_wants(
    wanted: ThumbnailFormat, client: Client, parts: Parts
) -> None:
    other = await make_client(client.service, "acme", Role.ADMIN)
    await client.service.library.database.set_thumbnail_format(client.tenant.id, wanted)
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        await client.put_ok(parts, kind, picture(kind=kind))
        shown = (await client.get(kind)).json
        for field in THUMBNAIL_FIELDS:
            assert shown[field].endswith(f".{wanted}")
            assert (await client.cdn(shown[field])).headers["Content-Type"] == f"image/{wanted}"
    await other.put_ok(parts, "a.jpg", picture())
    assert (await other.get("a.jpg")).json["thumbnailUrl"].endswith(".jpg")


async def _fototeca(settings: Settings, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "deploy.cli", *arguments),
        env={
            "PYTHONPATH": ":".join(sys.path),
            "FOTOTECA_DATABASE_URL": settings.database_url.get_secret_value(),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 200)
    return process.returncode or 0, output.decode()


async def test_the_command_line_sets_what_a_tenant_wants(
    settings: Settings, client: Client
) -> None:
    database = client.service.library.database
    assert await _fototeca(settings, "tenant", "create", "acme", "--thumbnails", "webp") == (
        0, "tenant acme created\n",
    )  # fmt: skip
    tenant = await database.tenant_by_name("acme")
    assert tenant is not None
    assert (await database.wishes_of(tenant.id)).thumbnails == "webp"
    options = ("--thumbnails", "avif", "--originals", "private", "--watermark", " © a  b ")
    code, shown = await _fototeca(settings, "tenant", "set", "acme", *options)
    assert code == 0, shown
    for line in ("thumbnails\tavif", "originals\tprivate", "watermark\t© a b"):
        assert line in shown.splitlines()
    wanted = Wishes(ThumbnailFormat.AVIF, "© a b")
    assert await database.wishes_of(tenant.id) == wanted
    changed = await database.tenant_by_name("acme")
    assert changed is not None
    assert changed.has_private_originals
    for arguments in (
        ("acme", "--thumbnails", "gif"),
        ("nobody", "--thumbnails", "webp"),
        ("acme", "--watermark", "中"),
        ("acme", "--watermark", "a" * 101),
    ):
        code, _ = await _fototeca(settings, "tenant", "set", *arguments)
        assert code != 0
    assert await database.wishes_of(tenant.id) == wanted
    assert (await _fototeca(settings, "tenant", "set", "acme", "--watermark", ""))[0] == 0
    assert await database.wishes_of(tenant.id) == Wishes(ThumbnailFormat.AVIF, None)
