"""Tenants never see each other, whatever they call; a CDN URL is public by design."""

from typing import Any

import pytest

from shared.domain.image import Image, Role
from tests.client import URL_FIELDS, Client, assert_problem, make_client, path_to, picture
from worker.settings import Parts

Calls = dict[str, tuple[str, str, dict[str, Any]]]


@pytest.fixture
async def mine(client: Client, parts: Parts) -> Image:
    """An image of the tenant `demo`, Ok."""
    return await client.put_ok(parts, "secret.jpg", picture())


@pytest.fixture
async def other(client: Client) -> Client:
    """An admin of another tenant."""
    return await make_client(client.service, "acme", Role.ADMIN)


ON_ONE: Calls = {
    "get": ("GET", "", {}),
    "head": ("HEAD", "", {}),
    "select": ("GET", "?$select=*,uid,sha256", {}),
    "edit": ("PATCH", "", {"json": {"title": "mine now"}}),
    "rename": ("PATCH", "", {"json": {"reference": "mine.jpg"}}),
    "delete": ("DELETE", "", {}),
    "purge": ("DELETE", "?purge=true", {}),
    "reprocess": ("POST", "/reprocess", {}),
}


@pytest.mark.parametrize("call", ON_ONE)
async def test_anothers_image_is_not_there(
    call: str, mine: Image, client: Client, other: Client
) -> None:
    method, suffix, body = ON_ONE[call]
    answer = await other.call(method, path_to(mine.reference) + suffix, **body)
    assert answer.status == 404
    if answer.body:
        assert_problem(answer, 404, "not-found")
    assert await client.row(mine.reference) == mine


@pytest.mark.parametrize("etag", ["*", '"{version}-00000000"'])
async def test_anothers_image_cannot_be_sensed_by_a_condition(
    etag: str, mine: Image, other: Client
) -> None:
    headers = {"If-Match": etag.format(version=mine.row_version)}
    answer = await other.put(mine.reference, picture(shade=7), headers=headers)
    assert_problem(answer, 412, "precondition-failed")
    answer = await other.delete(mine.reference, headers=headers)
    assert_problem(answer, 404, "not-found")


LISTS = [
    "/images",
    "/images?$filter=reference eq 'secret.jpg'",
    "/images?$filter=id eq {id}",
    "/images?$filter=status eq 'Ok'",
    "/images?$orderby=id&$select=uid",
    "/images?deleted=true",
]


async def test_anothers_images_are_in_no_list(mine: Image, client: Client, other: Client) -> None:
    for path in LISTS:
        answer = await other.call("GET", path.replace(" ", "%20").format(id=mine.id))
        assert answer.json == {"value": []}, path
    await client.delete(mine.reference)
    for path in LISTS:
        answer = await other.call("GET", path.replace(" ", "%20").format(id=mine.id))
        assert answer.json == {"value": []}, path


async def test_anothers_image_cannot_be_restored_by_its_uid(
    mine: Image, client: Client, other: Client
) -> None:
    answer = await other.call("POST", f"/images/by-uid/{mine.uid}/restore")
    assert_problem(answer, 404, "not-found")
    await client.delete(mine.reference)
    answer = await other.call("POST", f"/images/by-uid/{mine.uid}/restore")
    assert_problem(answer, 404, "not-found")
    assert (await client.get(mine.reference)).status == 404


async def test_two_tenants_may_use_the_same_name(
    mine: Image, client: Client, other: Client, parts: Parts
) -> None:
    theirs = await other.put_ok(parts, mine.reference, picture(shade=7))
    assert (theirs.id, theirs.uid) != (mine.id, mine.uid)
    assert await client.row(mine.reference) == mine
    form_answer = await other.put(mine.reference, picture(shade=7))
    assert form_answer.status == 200
    assert (await other.delete(mine.reference)).status == 204
    assert await client.row(mine.reference) == mine
    for field in URL_FIELDS:
        url = (await client.get(mine.reference)).json[field]
        assert (await client.cdn(url)).status == 200


async def test_a_key_begins_with_its_tenant_and_is_public_by_design(
    mine: Image, client: Client, other: Client
) -> None:
    assert mine.original_key is not None
    assert mine.original_key.startswith("demo/")
    shown = (await client.get(mine.reference)).json
    for field in URL_FIELDS:
        assert (await other.cdn(shown[field])).status == 200


async def test_a_key_under_anothers_name_is_not_found(mine: Image, other: Client) -> None:
    assert mine.original_key is not None
    stolen = mine.original_key.replace("demo/", "acme/", 1)
    assert_problem(await other.call("GET", f"/cdn/{stolen}"), 404, "not-found")


async def test_a_key_of_one_tenant_opens_no_other_even_with_its_number(client: Client) -> None:
    other = await make_client(client.service, "acme", Role.READER)
    secret = other.key.partition("_")[2]
    forged = Client(client.service, client.tenant, f"ft{client.tenant.id}_{secret}")
    assert_problem(await forged.call("GET", "/images"), 400, "invalid-key")
