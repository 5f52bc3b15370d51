"""Conditional writes: create only, replace only what was seen."""

from typing import Any

import pytest

from tests.client import Client, assert_problem, path_to, picture
from tests.raw import ask, head
from worker.settings import Parts

CREATE_ONLY = {"If-None-Match": "*"}


async def test_create_only_creates(client: Client) -> None:
    assert (await client.put("a.jpg", picture(), headers=CREATE_ONLY)).status == 201
    assert (await client.row("a.jpg")).status == "Up"


async def test_create_only_never_replaces(client: Client, parts: Parts) -> None:
    before = await client.put_ok(parts, "a.jpg", picture())
    answer = await client.put("a.jpg", picture(shade=7), headers=CREATE_ONLY)
    assert_problem(answer, 412, "precondition-failed")
    assert await client.row("a.jpg") == before


@pytest.mark.parametrize("header", ["garbage", "", ",", '"1-ab', '*, "1-ab"'])
async def test_an_if_none_match_that_cannot_be_read_writes_nothing(
    header: str, client: Client
) -> None:
    answer = await client.put("a.jpg", picture(), headers={"If-None-Match": header})
    assert_problem(answer, 400, "validation", "If-None-Match")
    assert (await client.get("a.jpg")).status == 404


@pytest.mark.parametrize("form", ["{}", "W/{}", '"999-ab" , {},', '"of,another,making", {}'])
async def test_a_write_unless_it_is_what_was_seen_is_412_while_it_is(
    form: str, client: Client, parts: Parts
) -> None:
    before = await client.put_ok(parts, "a.jpg", picture())
    header = {"If-None-Match": form.format((await client.get("a.jpg")).headers["ETag"])}
    for method, suffix, body in WRITES.values():
        answer = await client.call(method, path_to("a.jpg") + suffix, headers=header, **body)
        assert_problem(answer, 412, "precondition-failed")
    assert await client.row("a.jpg") == before


async def test_a_write_unless_it_is_what_was_seen_goes_through_once_it_is_not(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    seen = {"If-None-Match": (await client.get("a.jpg")).headers["ETag"]}
    await client.call("PATCH", path_to("a.jpg"), json={"title": "A"})
    changed = await client.call("PATCH", path_to("a.jpg"), json={"title": "B"}, headers=seen)
    assert (changed.status, (await client.row("a.jpg")).title) == (200, "B")
    assert (await client.put("new.jpg", picture(), headers=seen)).status == 201


async def test_both_conditions_must_hold(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    now, never = (await client.get("a.jpg")).headers["ETag"], '"999-ab"'
    for wanted, unwanted, status in [
        (now, never, 200),
        ("*", never, 200),
        (never, never, 412),
        ("*", "*", 412),
    ]:
        headers = {"If-Match": wanted, "If-None-Match": unwanted}
        answer = await client.call("PATCH", path_to("a.jpg"), json={"title": "A"}, headers=headers)
        assert answer.status == status, (wanted, unwanted, answer.body)
        now = (await client.get("a.jpg")).headers["ETag"]


async def test_a_condition_in_several_lines_is_one_list(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    seen = (await client.get("a.jpg")).headers["ETag"]
    lines = ['If-Match: "999-ab"', f"If-Match: {seen}"]
    answer = await ask(client.service.port, head(client, f"DELETE {path_to('a.jpg')}", *lines))
    assert answer.status == 204
    assert (await client.get("a.jpg")).status == 404


async def test_a_write_of_what_was_seen_goes_through(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    seen = (await client.get("a.jpg", "?$select=title")).headers["ETag"]
    answer = await client.put("a.jpg", picture(shade=7), headers={"If-Match": seen})
    assert answer.status == 202
    assert (await client.row("a.jpg")).revision == 2


WRITES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "PUT": ("PUT", "", {"data": b"other"}),
    "PATCH": ("PATCH", "", {"json": {"title": "B"}}),
    "DELETE": ("DELETE", "", {}),
    "purge": ("DELETE", "?purge=true", {}),
    "reprocess": ("POST", "/reprocess", {}),
}


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_of_what_has_changed_since_is_412(
    write: str, client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    seen = (await client.get("a.jpg")).headers["ETag"]
    await client.call("PATCH", path_to("a.jpg"), json={"title": "A"})
    before = await client.row("a.jpg")
    method, suffix, body = WRITES[write]
    answer = await client.call(
        method, path_to("a.jpg") + suffix, headers={"If-Match": seen}, **body
    )
    assert_problem(answer, 412, "precondition-failed")
    assert await client.row("a.jpg") == before


@pytest.mark.parametrize("etag", ["*", '"1-00000000"'])
async def test_replace_only_never_creates(etag: str, client: Client) -> None:
    answer = await client.put("a.jpg", picture(), headers={"If-Match": etag})
    assert_problem(answer, 412, "precondition-failed")
    assert (await client.get("a.jpg")).status == 404


async def test_one_of_several_versions_is_enough(client: Client) -> None:
    seen = (await client.put("a.jpg", b"no picture")).headers["ETag"]
    headers = {"If-Match": f'"999-abcdef01", {seen}'}
    answer = await client.call("PATCH", path_to("a.jpg"), json={"title": "A"}, headers=headers)
    assert_problem(answer, 409, "processing")


@pytest.mark.parametrize("etag", ["garbage", '"abc"', 'W/"1-ab"', '"99999999999999999999-ab"', ""])
async def test_a_version_that_never_was_matches_nothing(
    etag: str, client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    answer = await client.delete("a.jpg", headers={"If-Match": etag})
    assert_problem(answer, 412, "precondition-failed")
