"""One photograph, seen through all four contracts."""

import hashlib

from shared.domain.image import Role
from shared.domain.ulid import parse_ulid
from tests.client import Client
from tests.desk import SAID, desk_of
from tests.integration.test_products import machine_of
from tests.unit.imaging.embedding import photograph
from worker.settings import Parts

BACKOFFICE = "/api/core/v2/assets/images"


async def test_a_photograph_is_the_same_in_every_contract(client: Client, parts: Parts) -> None:
    data = photograph(xmp=SAID)
    sha256 = hashlib.sha256(data).hexdigest()
    machine = await machine_of(client, Role.EDITOR)
    product = await machine.product()
    made = (await machine.image(product, data, filename="harbour.jpg")).json
    uid = str(parse_ulid(made["id"]))
    row = await client.process(parts, "harbour.jpg")
    assert row.status == "Ok"

    link = await client.call("PUT", "/images(harbour.jpg)/links/shop:4711")
    assert link.status == 201, link.body
    dam = (await client.get("harbour.jpg", "?$select=*,uid,sha256,caption")).json
    assert (dam["status"], dam["numLinks"]) == ("Ok", 1)
    assert (dam["uid"], dam["sha256"]) == (uid, sha256)
    assert dam["caption"] == "Boats at rest"

    for path in (f"by-id/{uid}", f"by-hash/{sha256}", f"by-key/{row.uid.hex}"):
        backoffice = await client.call("GET", f"{BACKOFFICE}/{path}")
        assert backoffice.status == 200, backoffice.body
        assert backoffice.json["data"]["id"] == uid
        assert backoffice.json["data"]["file_hash"] == sha256

    (connect,) = (await (await desk_of(client, dam["id"])).show()).json["Images"]
    assert connect["UrlComp"] == dam["thumbnailPreviewUrl"]
    assert (connect["Caption"], connect["Artist"]) == ("Boats at rest", "Zoë Müller, Ann")

    path = f"/products/{product}/images/{made['id']}?withHashes=true"
    assert (await machine.call("GET", path)).json["hashes"]["sha256"] == sha256

    assert (await client.call("DELETE", f"{BACKOFFICE}/by-id/{uid}")).status in {200, 204}
    assert (await client.get("harbour.jpg")).status == 404
    assert (await machine.call("GET", path)).status == 404
    assert (await (await desk_of(client, dam["id"])).show()).status == 404
    assert (await client.call("POST", f"/images/by-uid/{uid}/restore")).status == 200
    assert (await machine.call("GET", path)).status == 200
    assert (await client.call("GET", f"{BACKOFFICE}/by-id/{uid}")).status == 200
    moved = await client.call("PATCH", "/images(harbour.jpg)", json={"gravity": "north"})
    assert moved.json["status"] == "Re", "its square is cropped anew, whichever way it came"
