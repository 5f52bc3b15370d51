"""References that are hard reach Ok with four URLs that work."""

import pytest

from tests.bucket import Bucket
from tests.client import URL_FIELDS, Client, picture
from tests.hard import HARD_REFERENCES
from worker.settings import Parts


@pytest.mark.parametrize("name", HARD_REFERENCES)
async def test_a_hard_reference_is_ok_with_four_urls(
    name: str, client: Client, parts: Parts, bucket: Bucket
) -> None:
    reference, data = HARD_REFERENCES[name], picture()
    await client.put_ok(parts, reference, data)
    shown = (await client.get(reference)).json
    assert shown["reference"] == reference
    bodies = []
    for field in URL_FIELDS:
        answer = await client.cdn(shown[field])
        assert answer.status == 200, (field, shown[field], answer.body)
        assert answer.headers["Content-Type"] == "image/jpeg"
        bodies.append(answer.body)
    assert bodies[0] == data
    assert len(await bucket.keys()) == 4
    listed = (await client.call("GET", "/images")).json["value"]
    assert [item["reference"] for item in listed] == [reference]
    assert (await client.delete(reference, "?purge=true")).status == 204
    await parts.sweeper.delete_due()
    assert not await bucket.keys()


async def test_all_hard_references_live_side_by_side(client: Client, bucket: Bucket) -> None:
    for reference in HARD_REFERENCES.values():
        assert (await client.put(reference, reference.encode())).status == 201
    for reference in HARD_REFERENCES.values():
        url = (await client.get(reference)).json["originalUrl"]
        assert (await client.cdn(url)).body == reference.encode()
    assert len(await bucket.keys()) == len(HARD_REFERENCES)
