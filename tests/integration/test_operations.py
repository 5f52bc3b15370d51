"""Changes to many images at once: each image is settled at the acceptance and met once."""

from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from shared.domain.image import Role
from shared.settings import Settings
from tests.backstage import running_worker
from tests.client import (
    Client,
    Connection,
    Service,
    assert_problem,
    make_client,
    picture,
)
from tests.library import fill
from tests.operations import (
    EVERY,
    MANY,
    accepted,
    begin,
    count,
    counts,
    ended,
    fill_resting,
    tags_of,
    work_off,
)
from worker.settings import Parts


async def test_a_dry_run_counts_exactly_and_changes_nothing(
    client: Client, postgres: Connection
) -> None:
    await fill_resting(client, postgres)
    query = f"?$filter={quote(EVERY)}&dryRun=true"
    for path in ("/images/delete", "/images/reprocess"):
        answer = await client.call("POST", path + query)
        assert (answer.status, answer.json) == (200, {"count": MANY})
    assert await count(client, "tag", "startswith(reference, 'image-000')", add=["x"]) == 10
    assert (await client.call("GET", "/operations")).json == {"value": []}
    assert await tags_of(postgres) == [["old"]] * MANY


async def test_images_where_nothing_is_to_change_keep_their_version(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres, 5)
    path = await accepted(client, "tag", EVERY, add=["old"])
    await work_off(parts)
    assert counts(await ended(client, path)) == (5, 5, 0)
    assert await postgres.fetchval("SELECT max(row_version) FROM images") == 1
    undo = await client.call("POST", f"{path}/undo")
    assert (undo.status, undo.json["total"], undo.json["state"]) == (202, 0, "done")


async def test_what_was_replaced_or_deleted_since_is_left_alone_and_told(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres, 10)
    path = await accepted(client, "delete", EVERY)
    await postgres.execute("UPDATE images SET revision = revision + 1 WHERE id = 1")
    await postgres.execute("UPDATE images SET deleted_at = now() WHERE id = 2")
    await work_off(parts)
    operation = await ended(client, path)
    assert counts(operation) == (10, 8, 2)
    assert [item["reason"] for item in operation["failures"]] == ["replaced", "deleted"]


async def test_an_image_that_is_being_processed_is_waited_for(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await client.put("busy.jpg", picture())
    path = await accepted(client, "tag", EVERY, add=["new"])
    await work_off(parts)
    assert (await client.call("GET", path)).json["state"] == "running"
    await client.process(parts, "busy.jpg")
    await postgres.execute("UPDATE operation_items SET due_at = now()")
    await work_off(parts)
    assert counts(await ended(client, path)) == (1, 1, 0)
    assert (await client.row("busy.jpg")).tags == ("new",)


async def test_an_image_that_stays_busy_is_counted_as_failed(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await client.put("busy.jpg", picture())
    path = await accepted(client, "delete", EVERY)
    await postgres.execute("UPDATE operation_items SET tries = 9")
    await work_off(parts)
    operation = await ended(client, path)
    assert counts(operation) == (1, 0, 1)
    assert operation["failures"][0]["reason"] == "processing"


async def test_a_count_that_is_off_by_more_than_a_percent_conflicts_and_says_it(
    client: Client, postgres: Connection
) -> None:
    await fill_resting(client, postgres, 101)
    answer = await begin(client, "delete", EVERY, expectedCount=99)
    assert_problem(answer, 409, "conflict", "expectedCount")
    assert "101" in answer.json["detail"]
    assert_problem(
        await begin(client, "delete", EVERY, expectedCount=0), 409, "conflict", "expectedCount"
    )
    assert (await client.call("GET", "/operations")).json == {"value": []}
    assert (await begin(client, "delete", EVERY, expectedCount=100)).status == 202


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("delete", {"expectedCount": 1}, "$filter"),
        ("delete", {"$filter": "", "expectedCount": 1}, "$filter"),
        ("delete", {"$filter": "reference eq 'a\0'", "expectedCount": 1}, "$filter"),
        ("delete", {"$filter": "nosuch eq 1", "expectedCount": 1}, "$filter"),
        ("delete", {"$filter": "reference eq 'a' or " * 900 + "true", "dryRun": True}, "$filter"),
        ("delete", {"$filter": "(" * 4000, "dryRun": True}, "$filter"),
        ("delete", {"$filter": EVERY}, "expectedCount"),
        ("delete", {"$filter": EVERY, "expectedCount": -1}, "expectedCount"),
        ("delete", {"$filter": EVERY, "expectedCount": True}, "expectedCount"),
        ("delete", {"$filter": EVERY, "expectedCount": 2**40}, "expectedCount"),
        ("delete", {"$filter": EVERY, "dryRun": "maybe"}, "dryRun"),
        ("delete", {"$filter": EVERY, "purge": True, "expectedCount": 1}, "purge"),
        ("reprocess", {"$filter": EVERY, "add": ["x"], "expectedCount": 1}, "add"),
        ("tag", {"$filter": EVERY, "expectedCount": 1}, None),
        ("tag", {"$filter": EVERY, "add": ["x"], "remove": ["x"], "expectedCount": 1}, "tags"),
        ("tag", {"$filter": EVERY, "add": "x", "expectedCount": 1}, "tags"),
        ("tag", [], None),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    kind: str, body: Any, field: str | None, client: Client
) -> None:
    answer = await client.call("POST", f"/images/{kind}", json=body)
    assert_problem(answer, 400, "validation", field)


async def test_values_of_a_filter_are_never_read_as_sql(
    client: Client, postgres: Connection
) -> None:
    await fill_resting(client, postgres, 3)
    assert await count(client, "delete", "reference eq '''; DELETE FROM images; --'") == 0
    assert await postgres.fetchval("SELECT count(*) FROM images") == 3


async def test_roles_are_those_of_the_single_calls(client: Client, service: Service) -> None:
    reader = await make_client(service, "demo", Role.READER)
    editor = await make_client(service, "demo", Role.EDITOR)
    for kind, body in (("tag", {"add": ["x"]}), ("delete", {}), ("reprocess", {})):
        refused = await begin(reader, kind, EVERY, expectedCount=0, **body)
        assert_problem(refused, 403, "forbidden")
        assert (await begin(editor, kind, EVERY, expectedCount=0, **body)).status == 202
    shown = await reader.call("GET", "/operations")
    assert [item["kind"] for item in shown.json["value"]] == ["reprocess", "delete", "tag"]
    path = f"/operations/{shown.json['value'][0]['id']}"
    for call in ("/cancel", "/undo"):
        assert_problem(await reader.call("POST", path + call), 403, "forbidden")
    assert_problem(await client.call("POST", f"{path}/undo"), 409, "conflict")


async def test_tenants_neither_see_nor_change_each_other(
    client: Client, service: Service, postgres: Connection, parts: Parts
) -> None:
    other = await make_client(service, "other", Role.ADMIN)
    await other.put("theirs.jpg", picture())
    await other.process(parts, "theirs.jpg")
    await fill(client, postgres, 3)
    path = await accepted(client, "delete", EVERY)
    for method, call in (("GET", ""), ("POST", "/cancel"), ("POST", "/undo")):
        assert_problem(await other.call(method, path + call), 404, "not-found")
    assert (await other.call("GET", "/operations")).json == {"value": []}
    await work_off(parts)
    assert counts(await ended(client, path)) == (3, 3, 0)
    assert (await other.get("theirs.jpg")).status == 200
    assert_problem(await client.call("GET", "/operations/nonsense"), 404, "not-found")


async def test_a_tenant_has_a_bounded_number_of_operations_at_once(
    client: Client, postgres: Connection
) -> None:
    await fill_resting(client, postgres, 1)
    paths = [await accepted(client, "tag", EVERY, add=[str(n)]) for n in range(10)]
    refused = await begin(client, "tag", EVERY, add=["x"])
    assert_problem(refused, 409, "conflict")
    assert "Retry-After" in refused.headers
    await client.call("POST", paths[0] + "/cancel")
    assert (await begin(client, "tag", EVERY, add=["x"])).status == 202


async def test_tenants_take_turns_however_many_operations_one_of_them_has(
    client: Client, service: Service, postgres: Connection, parts: Parts
) -> None:
    other = await make_client(service, "other", Role.ADMIN)
    await fill_resting(client, postgres, 100)
    large = [await accepted(client, "tag", EVERY, add=[str(n)]) for n in range(5)]
    await parts.bulk.batches.work()
    await fill_other(other, postgres, 30)
    small = await accepted(other, "tag", EVERY, add=["x"])
    for _ in range(4):
        await parts.bulk.batches.work()
    assert counts(await ended(other, small)) == (30, 30, 0)
    done = [(await client.call("GET", path)).json["done"] for path in large]
    assert sum(done) == 3 * 25


async def fill_other(client: Client, postgres: Connection, size: int) -> None:
    """Make images of another tenant that are Ok."""
    await fill(client, postgres, size)
    await postgres.execute(
        "UPDATE images SET status = 'Ok', tags = '{}' WHERE tenant_id = $1", client.tenant.id
    )


async def test_two_workers_at_one_operation_meet_each_image_once(
    client: Client, postgres: Connection, settings: Settings
) -> None:
    await fill_resting(client, postgres, 300)
    async with running_worker(settings), running_worker(settings):
        path = await accepted(client, "tag", EVERY, add=["new"])
        assert counts(await ended(client, path)) == (300, 300, 0)
    assert await postgres.fetchval("SELECT max(row_version) FROM images") == 2


async def test_operations_that_ended_long_ago_are_forgotten_in_parts(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres, 5)
    old = await accepted(client, "tag", EVERY, add=["a"])
    await work_off(parts)
    running = await accepted(client, "tag", EVERY, add=["b"])
    await postgres.execute(
        "UPDATE operations SET finished_on = now() - interval '31 days' WHERE state = 'done'"
    )
    assert await parts.bulk.batches.forget() == 6
    assert await parts.bulk.batches.forget() == 0
    assert_problem(await client.call("GET", old), 404, "not-found")
    assert (await client.call("GET", running)).status == 200


async def test_operations_are_listed_page_by_page(client: Client) -> None:
    begun = [await accepted(client, "tag", EVERY, add=["x"], expectedCount=0) for _ in range(5)]
    seen: list[str] = []
    link: str | None = "/operations"
    while link is not None:
        path = URL(link, encoded=True).raw_path_qs
        page = await client.call("GET", path, headers={"Prefer": "odata.maxpagesize=2"})
        assert len(page.json["value"]) <= 2
        seen += [f"/operations/{operation['id']}" for operation in page.json["value"]]
        link = page.json.get("@nextLink")
    assert seen == begun[::-1]
    token = "/operations?$skiptoken="
    assert_problem(await client.call("GET", token + "x"), 400, "validation", "$skiptoken")
