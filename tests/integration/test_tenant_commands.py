"""`fototeca tenant show|set|disable|enable|delete`: from outside, with workers that may die."""

import asyncio
from pathlib import Path

import pytest

from api.app import PRINCIPAL_TTL_S
from shared.domain.credential import CredentialKind
from shared.domain.errors import TenantDisabledError
from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.access import credentials
from tests.bucket import Bucket
from tests.client import Client, Connection, assert_problem, eventually, make_client, picture
from tests.commands import fototeca
from tests.library import fill
from tests.outside import service_process
from tests.presigned import open_upload
from worker.settings import Parts

HEARD_WITHIN_S = 5.0
IMAGES = 1500
SLOWLY = "import shared.usecases.tenants.tenants as tenants; tenants.BATCH = 10"


async def _told(settings: Settings, *arguments: str | Path) -> dict[str, str]:
    code, output, errors = await fototeca(settings, "tenant", *arguments)
    assert code == 0, errors
    return dict(line.split("\t") for line in output.splitlines())


async def test_show_and_set_tell_usage_and_limits(client: Client, settings: Settings) -> None:
    data = picture()
    await client.put("a.jpg", data)
    shown = await _told(settings, "set", "demo", "--max-bytes", "5000000", "--max-images", "2")
    assert shown["bytes"] == f"{len(data)} of 5000000"
    assert shown["images"] == "1 of 2, 0 deleted"
    assert shown["keys"] == "1 in force"
    shown = await _told(settings, "set", "demo", "--max-images", "0", "--max-file-bytes", "9")
    assert (shown["images"], shown["largest file"]) == ("1 of no limit, 0 deleted", "9")
    assert shown["bytes"] == f"{len(data)} of 5000000", "what was not named stays"
    assert await _told(settings, "show", "demo") == shown


async def test_a_disabled_tenant_is_refused_within_seconds_and_let_in_again(
    client: Client, parts: Parts, settings: Settings
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    library = client.service.library
    user, secret = await credentials.create_credential(
        library.database, library.seal, client.tenant, CredentialKind.OAUTH, Role.EDITOR, "shop"
    )
    holder = await credentials.authenticate_client(library.database, user, secret)
    token = await credentials.grant(library.database, holder)
    ticket = await library.staging.open(client.tenant, "b.jpg")
    url = (await client.get("a.jpg")).json["originalUrl"]
    code, _, errors = await fototeca(settings, "tenant", "disable", "demo")
    assert code == 0, errors

    async def is_refused() -> bool:
        return (await client.get("a.jpg")).status == 403

    await eventually(is_refused)
    assert PRINCIPAL_TTL_S < HEARD_WITHIN_S
    assert_problem(await client.put("b.jpg", picture()), 403, "tenant-disabled")
    with pytest.raises(TenantDisabledError):
        await credentials.authenticate_client(library.database, user, secret)
    with pytest.raises(TenantDisabledError):
        await credentials.authenticate_token(library.database, {}, token)
    staged = await client.call("PUT", f"/files/{ticket.token}", data=picture())
    assert_problem(staged, 403, "tenant-disabled")
    assert (await client.cdn(url)).status == 200, "pages that show its pictures stay whole"
    assert (await _told(settings, "show", "demo"))["state"].startswith("disabled since ")
    assert (await fototeca(settings, "tenant", "enable", "demo"))[0] == 0
    assert (await client.get("a.jpg")).status == 200


async def test_only_a_disabled_tenant_can_be_deleted(client: Client, settings: Settings) -> None:
    code, _, errors = await fototeca(settings, "tenant", "delete", "demo", "--yes")
    assert code == 1
    assert "fototeca tenant disable demo" in errors
    assert (await client.call("GET", "/images")).status == 200


@pytest.mark.timeout(120)
async def test_a_deletion_survives_its_worker_and_leaves_nothing(
    client: Client, parts: Parts, settings: Settings, postgres: Connection, bucket: Bucket
) -> None:
    keeper = await make_client(client.service, "keeper", Role.ADMIN)
    kept = await keeper.put_ok(parts, "a.jpg", picture())
    for number in range(3):
        await client.put_ok(parts, f"{number}.jpg", picture(shade=number))
    await client.call("PUT", "/images('0.jpg')/links/shop:1", json={})
    url = (await client.get("0.jpg")).json["originalUrl"]
    await open_upload(client, "announced.jpg")
    await client.put("busy.jpg", picture())
    await fill(client, postgres, IMAGES - 5)
    database = client.service.library.database
    await database.disable_tenant(client.tenant.id)
    code, output, errors = await fototeca(
        settings, "tenant", "delete", "demo", "--yes", "--no-wait"
    )
    assert (code, output) == (0, "tenant demo is being deleted by the workers\n"), errors
    assert (await client.cdn(url)).status == 410
    code, _, errors = await fototeca(settings, "tenant", "create", "demo")
    assert (code, "exists already" in errors) == (1, True), "its name is not free yet"

    async def has_begun() -> bool:
        left = await postgres.fetchval("SELECT count(*) FROM images WHERE reference <> 'a.jpg'")
        return bool(left < IMAGES - 10)

    async with service_process("worker.running", settings, SLOWLY) as worker:
        await eventually(has_begun, within_s=60)
        worker.kill()
        await worker.wait()
    left = await database.tenant_remains(client.tenant.id)
    assert left is not None
    assert 0 < left.images < IMAGES
    await postgres.execute(  # time passes: for what may come late, and for who has not heard
        """
        UPDATE tenants SET disabled_on = now() - interval '1 h' WHERE name = 'demo';
        UPDATE uploads SET expires_at = now() - interval '9 h', deadline_at = now()
        WHERE tenant_id = (SELECT tenant_id FROM tenants WHERE name = 'demo');
        """
    )
    watching = asyncio.create_task(fototeca(settings, "tenant", "delete", "demo", "--yes"))
    async with service_process("worker.running", settings, SLOWLY):
        code, output, errors = await watching
    assert (code, output) == (0, "tenant demo deleted\n"), errors
    assert {key.partition("/")[0] for key in await bucket.keys()} == {"keeper"}
    assert (await keeper.row("a.jpg")).original_key == kept.original_key
    assert await _tables_that_know(postgres, client.tenant.id) == []
    assert (await client.get("0.jpg")).status == 400, "its keys are unknown"
    assert (await fototeca(settings, "tenant", "create", "demo"))[0] == 0


async def _tables_that_know(postgres: Connection, tenant_id: int) -> list[str]:
    tables = await postgres.fetch(
        """
        SELECT c.oid::regclass::text AS name FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        """
    )
    assert len(tables) > 15
    return [
        row["name"]
        for row in tables
        if await postgres.fetchval(
            f"SELECT EXISTS (SELECT FROM {row['name']} WHERE tenant_id = $1)",  # noqa: S608
            tenant_id,
        )
    ]
