"""References that are hard reach Ok with four URLs that work."""

from tests.bucket import Bucket
from tests.client import URL_FIELDS, Client, picture
from tests.hard import HARD_REFERENCES
from worker.settings import Parts


async def _urls_work(client: Client, parts: Parts, reference: str) -> bool:
    data = picture()
    await client.put_ok(parts, reference, data)
    shown = (await client.get(reference)).json
    answers = [await client.cdn(shown[field]) for field in URL_FIELDS]
    kinds = {(answer.status, answer.headers["Content-Type"]) for answer in answers}
    return bool(
        shown["reference"] == reference
        and kinds == {(200, "image/jpeg")}
        and answers[0].body == data
    )


async def test_hard_references_are_ok_with_four_urls(client: Client, parts: Parts) -> None:
    broken = [
        name
        for name, reference in HARD_REFERENCES.items()
        if not await _urls_work(client, parts, reference)
    ]
    assert not broken


async def test_all_hard_references_live_side_by_side(client: Client, bucket: Bucket) -> None:
    for reference in HARD_REFERENCES.values():
        assert (await client.put(reference, reference.encode())).status == 201
    for reference in HARD_REFERENCES.values():
        url = (await client.get(reference)).json["originalUrl"]
        assert (await client.cdn(url)).body == reference.encode()
    assert len(await bucket.keys()) == len(HARD_REFERENCES)
    listed = (await client.call("GET", "/images")).json["value"]
    assert [item["reference"] for item in listed] == list(HARD_REFERENCES.values())


async def test_hard_references_are_purged_to_the_last_key(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    for reference in HARD_REFERENCES.values():
        await client.put(reference, b"no picture")
        await client.process(parts, reference)
        assert (await client.delete(reference, "?purge=true")).status == 204
    await parts.sweeper.delete_due()
    assert not await bucket.keys()
