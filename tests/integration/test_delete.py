"""DELETE, restore and purge: gone at once, back as it was, or gone for good."""

import asyncio
from uuid import uuid4

import pytest

from shared.domain.image import Role
from tests.bucket import Bucket
from tests.client import (
    KEYS_OF_AN_IMAGE,
    URL_FIELDS,
    Client,
    Connection,
    assert_problem,
    make_client,
    picture,
)
from worker.settings import Parts


async def test_delete_of_what_rests_is_204_and_then_404(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    answer = await client.delete("a.jpg")
    assert (answer.status, answer.body) == (204, b"")
    assert_problem(await client.get("a.jpg"), 404, "not-found")
    assert_problem(await client.delete("a.jpg"), 404, "not-found")


async def test_delete_while_processing_conflicts(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", picture())
    answer = await client.delete("a.jpg")
    assert_problem(answer, 409, "processing")
    assert int(answer.headers["Retry-After"]) > 0
    await client.process(parts, "a.jpg")
    assert (await client.delete("a.jpg")).status == 204


async def test_a_deleted_images_urls_are_gone_and_restore_brings_them_back(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    shown = (await client.get("a.jpg")).json
    await client.delete("a.jpg")
    for field in URL_FIELDS:
        assert_problem(await client.cdn(shown[field]), 410, "gone")
    await parts.sweeper.delete_due()
    assert len(await bucket.keys()) == KEYS_OF_AN_IMAGE
    restored = await client.call("POST", f"/images/by-uid/{row.uid}/restore")
    assert restored.status == 200
    assert [restored.json[field] for field in URL_FIELDS] == [shown[field] for field in URL_FIELDS]
    for field in URL_FIELDS:
        assert (await client.cdn(shown[field])).status == 200


async def test_restore_conflicts_when_the_name_was_taken_meanwhile(
    client: Client, parts: Parts
) -> None:
    old = await client.put_ok(parts, "a.jpg", picture())
    await client.delete("a.jpg")
    created = await client.put("a.jpg", picture(shade=7))
    assert created.status == 201
    assert created.json["id"] != old.id
    answer = await client.call("POST", f"/images/by-uid/{old.uid}/restore")
    assert_problem(answer, 409, "conflict", "reference")
    await client.process(parts, "a.jpg")
    await client.call("PATCH", "/images(a.jpg)", json={"reference": "b.jpg"})
    assert (await client.call("POST", f"/images/by-uid/{old.uid}/restore")).status == 200


async def test_restore_of_what_is_not_deleted_changes_nothing(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    assert (await client.call("POST", f"/images/by-uid/{row.uid}/restore")).status == 200
    assert await client.row("a.jpg") == row


async def test_restore_of_what_never_was_is_404_or_400(client: Client) -> None:
    answer = await client.call("POST", f"/images/by-uid/{uuid4()}/restore")
    assert_problem(answer, 404, "not-found")
    assert_problem(
        await client.call("POST", "/images/by-uid/nonsense/restore"), 400, "validation", "uid"
    )


async def test_purge_removes_the_bytes(client: Client, parts: Parts, bucket: Bucket) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    shown = (await client.get("a.jpg")).json
    assert (await client.delete("a.jpg", "?purge=true")).status == 204
    assert_problem(await client.cdn(shown["originalUrl"]), 404, "not-found")
    answer = await client.call("POST", f"/images/by-uid/{row.uid}/restore")
    assert_problem(answer, 404, "not-found")
    await parts.sweeper.delete_due()
    assert not await bucket.keys()


async def test_a_purge_that_fails_at_its_end_has_done_nothing(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    before = await client.put_ok(parts, "a.jpg", picture())
    await postgres.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END $$; "
        "CREATE TRIGGER refuse BEFORE DELETE ON images EXECUTE FUNCTION refuse()"
    )
    assert_problem(await client.delete("a.jpg", "?purge=true"), 503, "unavailable")
    assert await client.row("a.jpg") == before
    assert not await postgres.fetch("SELECT FROM deletions")
    await postgres.execute("DROP TRIGGER refuse ON images")
    assert (await client.delete("a.jpg", "?purge=true")).status == 204
    await parts.sweeper.delete_due()
    assert not await bucket.keys()


async def test_what_was_deleted_softly_is_purged_by_its_uid(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    await client.delete("a.jpg")
    path = f"/images/by-uid/{row.uid}"
    assert (await client.call("DELETE", path + "?purge=true")).status == 204
    assert_problem(await client.call("DELETE", path + "?purge=true"), 404, "not-found")
    assert_problem(await client.call("POST", path + "/restore"), 404, "not-found")
    await parts.sweeper.delete_due()
    assert not await bucket.keys()


async def test_what_is_shown_is_deleted_and_purged_by_its_uid_too(
    client: Client, parts: Parts
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    path = f"/images/by-uid/{row.uid}"
    stale = {"If-Match": '"999-ab"'}
    answer = await client.call("DELETE", path + "?purge=true", headers=stale)
    assert_problem(answer, 412, "precondition-failed")
    for _ in range(2):
        assert (await client.call("DELETE", path)).status == 204
    assert (await client.get("a.jpg")).status == 404
    assert (await client.call("POST", path + "/restore")).status == 200
    assert (await client.call("DELETE", path + "?purge=true")).status == 204
    assert (await client.get("a.jpg")).status == 404


async def test_by_its_uid_an_image_in_work_or_of_another_is_not_deleted(client: Client) -> None:
    await client.put("a.jpg", picture())
    row = await client.row("a.jpg")
    other = await make_client(client.service, "other", Role.ADMIN)
    for query in ("", "?purge=true"):
        path = f"/images/by-uid/{row.uid}{query}"
        refused = await client.call("DELETE", path)
        assert_problem(refused, 409, "processing")
        assert int(refused.headers["Retry-After"]) > 0
        assert_problem(await other.call("DELETE", path), 404, "not-found")
    answer = await client.call("DELETE", "/images/by-uid/nonsense")
    assert_problem(answer, 400, "validation", "uid")
    assert await client.row("a.jpg") == row


async def test_of_purge_and_restore_at_once_one_wins_whole(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    for _ in range(10):
        row = await client.put_ok(parts, "a.jpg", picture())
        await client.delete("a.jpg")
        path = f"/images/by-uid/{row.uid}"
        purged, restored = await asyncio.gather(
            client.call("DELETE", path + "?purge=true"), client.call("POST", path + "/restore")
        )
        assert (purged.status, restored.status) in {(204, 404), (204, 200), (409, 200)}
        await parts.sweeper.delete_due()
        assert len(await bucket.keys()) == (0 if purged.status == 204 else KEYS_OF_AN_IMAGE)
        await client.call("DELETE", path + "?purge=true")
        await parts.sweeper.delete_due()


async def test_only_an_admin_purges(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    editor = await make_client(client.service, "demo", Role.EDITOR)
    assert_problem(await editor.delete("a.jpg", "?purge=true"), 403, "forbidden")
    assert await client.row("a.jpg") == row


async def test_purge_while_processing_conflicts(client: Client) -> None:
    await client.put("a.jpg", picture())
    assert_problem(await client.delete("a.jpg", "?purge=true"), 409, "processing")


@pytest.mark.parametrize("query", ["?purge=maybe", "?purge=", "?purge=TRUE"])
async def test_a_purge_that_is_neither_true_nor_false_deletes_nothing(
    query: str, client: Client
) -> None:
    await client.put("a.jpg", picture())
    assert_problem(await client.delete("a.jpg", query), 400, "validation", "purge")


async def test_a_purge_given_twice_deletes_nothing(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    answer = await client.delete("a.jpg", "?purge=false&purge=true")
    assert_problem(answer, 400, "validation", "purge")
    assert await client.row("a.jpg") == row


async def test_a_reader_may_neither_delete_nor_restore(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    reader = await make_client(client.service, "demo", Role.READER)
    assert_problem(await reader.delete("a.jpg"), 403, "forbidden")
    answer = await reader.call("POST", f"/images/by-uid/{row.uid}/restore")
    assert_problem(answer, 403, "forbidden")


async def test_a_deleted_image_can_be_restored_until_the_retention_time_is_over(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    for name in ("old.jpg", "young.jpg", "kept.jpg"):
        await client.put_ok(parts, name, picture())
    old, young = await client.row("old.jpg"), await client.row("young.jpg")
    for name in ("old.jpg", "young.jpg"):
        assert (await client.delete(name)).status == 204
    age = "UPDATE images SET deleted_at = now() - make_interval(days => $2) WHERE id = $1"
    await postgres.execute(age, old.id, parts.sweeper.retention_days)
    await postgres.execute(age, young.id, parts.sweeper.retention_days - 1)
    assert await parts.sweeper.forget_images() == 1
    assert await parts.sweeper.delete_due() == KEYS_OF_AN_IMAGE
    assert not any(str(old.uid) in key for key in await bucket.keys())
    gone = await client.call("POST", f"/images/by-uid/{old.uid}/restore")
    assert_problem(gone, 404, "not-found")
    assert (await client.call("POST", f"/images/by-uid/{young.uid}/restore")).status == 200
    assert await parts.sweeper.forget_images() == 0
    assert (await client.get("kept.jpg")).status == 200
