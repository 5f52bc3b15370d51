"""The products contract: products, versions of binary images, and their hashes as an SBOM."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from shared.domain.credential import CredentialKind
from shared.domain.image import Role
from shared.domain.ulid import ulid_of
from shared.usecases.access.credentials import create_credential
from tests.client import Answer, Client, Connection, make_client, picture
from worker.settings import Parts

FIRMWARE = bytes(range(256)) * 40
NOWHERE = "01JQPGDX8QW0YJ0XEKV1EVG534"


@dataclass(frozen=True)
class Machine:
    """A program with an access token."""

    client: Client
    token: str

    async def call(self, method: str, path: str, **kwargs: Any) -> Answer:
        """Send a request to the contract."""
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        return await self.client.call(method, f"/api/v4{path}", headers=headers, **kwargs)

    async def product(self, name: str = "Router") -> str:
        """Create a product and return its id."""
        answer = await self.call("POST", "/products", json={"name": name})
        assert answer.status == 201, answer.body
        return str(answer.json["id"])

    async def file(self, product: str, data: bytes | AsyncIterator[bytes]) -> str:
        """Upload a file for a product and return its id."""
        answer = await self.call("GET", f"/products/{product}/tempFiles:generateUploadUrl")
        assert answer.status == 200, answer.body
        path = "/files/" + answer.json["uploadUrl"].partition("/files/")[2]
        assert (await self.client.call("PUT", path, data=data)).status == 200
        return str(answer.json["id"])

    async def image(self, product: str, data: bytes = FIRMWARE, **changes: str) -> Answer:
        """Upload a file and make it an image."""
        body = {
            "tempFileId": await self.file(product, data),
            "imageName": "Firmware v1.2",
            "version": "1.2.0",
            "filename": "bios.bin",
        } | changes
        return await self.call("POST", f"/products/{product}/images:upload", json=body)


async def machine_of(client: Client, role: Role) -> Machine:
    """Make an OAuth client of a tenant, and have it fetch a token."""
    library = client.service.library
    client_id, secret = await create_credential(
        library.database, library.seal, client.tenant, CredentialKind.OAUTH, role, "build@example"
    )
    fields = {"client_id": client_id, "client_secret": secret, "grant_type": "client_credentials"}
    answer = await client.call("POST", "/oauth/token", data=fields)
    return Machine(client, answer.json["access_token"])


@pytest.fixture
async def machine(client: Client) -> Machine:
    """An editor of the tenant `demo`."""
    return await machine_of(client, Role.EDITOR)


async def test_a_firmware_image_has_its_hashes_and_is_seen_by_both_contracts(
    machine: Machine, parts: Parts
) -> None:
    product = await machine.product()
    created = await machine.image(product)
    assert created.status == 201, created.body
    image = created.json
    assert list(image) == ["id", "name", "version", "createTime", "author", "parent"]
    assert image | {"id": "", "createTime": ""} == {
        "id": "",
        "name": "Firmware v1.2",
        "version": "1.2.0",
        "createTime": "",
        "author": "build@example",
        "parent": f"products/{product}",
    }
    path = f"/products/{product}/images/{image['id']}"
    sbom = await machine.call("GET", f"{path}/report/sbom")
    assert (sbom.status, sbom.json["details"][0]["reason"]) == (409, "processing")
    assert "Retry-After" in sbom.headers
    row = await machine.client.process(parts, "bios.bin")
    assert (row.status, row.kind, row.sha256) == ("Ok", "binary", hashlib.sha256(FIRMWARE).digest())
    md5 = hashlib.md5(FIRMWARE, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(FIRMWARE).hexdigest()
    with_hashes = await machine.call("GET", f"{path}?withHashes=true")
    assert with_hashes.json == image | {"hashes": {"sha256": sha256, "md5": md5}}
    assert (await machine.call("GET", path)).json == image
    listed = await machine.call("GET", f"/products/{product}/images")
    assert listed.json == {"images": [image]}
    dam = (await machine.client.get("bios.bin", "?$select=sha256,md5,status,thumbnailUrl")).json
    assert dam == {"sha256": sha256, "md5": md5, "status": "Ok", "thumbnailUrl": None}


async def test_the_sbom_is_valid_and_has_one_component_with_both_hashes(
    machine: Machine, parts: Parts
) -> None:
    product = await machine.product()
    image = (await machine.image(product)).json
    await machine.client.process(parts, "bios.bin")
    path = f"/products/{product}/images/{image['id']}/report/sbom"
    sbom = await machine.call("GET", path)
    assert sbom.headers["Content-Type"].startswith("application/vnd.cyclonedx+json")
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom.body.decode())
    assert problem is None, problem
    (component,) = sbom.json["components"]
    assert (component["name"], component["version"]) == ("Firmware v1.2", "1.2.0")
    assert {entry["alg"]: entry["content"] for entry in component["hashes"]} == {
        "SHA-256": hashlib.sha256(FIRMWARE).hexdigest(),
        "MD5": hashlib.md5(FIRMWARE, usedforsecurity=False).hexdigest(),
    }
    assert (await machine.client.put("bios.bin", FIRMWARE + b"!")).status == 202
    assert (await machine.call("GET", path)).body == sbom.body, "until the new bytes are served"
    await machine.client.process(parts, "bios.bin")
    newer = (await machine.call("GET", path)).json
    assert newer["version"] == sbom.json["version"] + 1
    assert newer["components"][0]["hashes"] != component["hashes"]


async def test_name_and_version_can_be_changed(machine: Machine) -> None:
    product = await machine.product()
    image = (await machine.image(product)).json
    path = f"/products/{product}/images/{image['id']}"
    changed = await machine.call("PATCH", path, json={"version": "1.2.1"})
    assert changed.json == image | {"version": "1.2.1"}
    changed = await machine.call("PATCH", path, json={"name": "B", "version": "2"})
    assert (await machine.call("GET", path)).json == image | {"name": "B", "version": "2"}


async def test_products_are_listed_in_windows(machine: Machine) -> None:
    ids = [await machine.product(f"P{n}") for n in range(5)]
    everything = (await machine.call("GET", "/products")).json["products"]
    assert [product["id"] for product in everything] == ids
    window = (await machine.call("GET", "/products?skip=1&size=2")).json["products"]
    assert window == everything[1:3]
    assert (await machine.call("GET", f"/products/{ids[0]}")).json == everything[0]
    assert list(everything[0]) == ["id", "name", "createTime"]


async def test_a_name_that_is_taken_gets_the_ulid(machine: Machine) -> None:
    product = await machine.product()
    first, second = [(await machine.image(product)).json for _ in range(2)]
    assert ulid_of((await machine.client.row("bios.bin")).uid) == first["id"]
    row = await machine.client.row(f"bios-{second['id']}.bin")
    assert ulid_of(row.uid) == second["id"]


async def test_an_image_that_was_deleted_elsewhere_is_gone_here(
    machine: Machine, parts: Parts
) -> None:
    product = await machine.product()
    image = (await machine.image(product, picture(), filename="logo.jpg")).json
    row = await machine.client.process(parts, "logo.jpg")
    assert row.thumbnail_key, "a picture among binaries is shown as one"
    assert (await machine.client.delete("logo.jpg")).status == 204
    path = f"/products/{product}/images/{image['id']}"
    assert (await machine.call("GET", path)).status == 404
    assert (await machine.call("PATCH", path, json={"name": "x"})).status == 404
    assert (await machine.call("GET", f"/products/{product}/images")).json == {"images": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "/products", {}, 400, "name"),
        ("POST", "/products", {"name": ""}, 400, "name"),
        ("POST", "/products", {"name": "x" * 256}, 400, "name"),
        ("POST", "/products", {"name": "a\u0000b"}, 400, "name"),
        ("POST", "/products", {"name": "x", "more": 1}, 400, "more"),
        ("POST", "/products", [], 400, ""),
        ("GET", "/products?size=0", None, 400, "size"),
        ("GET", "/products?size=1001", None, 400, "size"),
        ("GET", "/products?skip=-1", None, 400, "skip"),
        ("GET", f"/products?skip={'9' * 40}", None, 400, "skip"),
        ("GET", "/products/nope", None, 400, "productId"),
        ("GET", "/products/01JQPGDX8QW0YJ0XEKV1EVG53%E2%84%AA", None, 400, "productId"),
        ("GET", f"/products/{NOWHERE}", None, 404, "productId"),
        ("GET", f"/products/{NOWHERE}/images", None, 404, "productId"),
        ("GET", f"/products/{NOWHERE}/images/{NOWHERE}", None, 404, "imageId"),
        ("GET", f"/products/{NOWHERE}/images/x/report/sbom", None, 400, "imageId"),
        ("GET", f"/products/{NOWHERE}/tempFiles:generateUploadUrl", None, 404, "productId"),
        ("PATCH", f"/products/{NOWHERE}/images/{NOWHERE}", {}, 400, ""),
        ("PATCH", f"/products/{NOWHERE}/images/{NOWHERE}", {"name": "x"}, 404, "imageId"),
        ("GET", f"/products/{NOWHERE}/images/{NOWHERE}?withHashes=maybe", None, 400, "withHashes"),
        ("GET", "/elsewhere", None, 404, ""),
        ("DELETE", "/products", None, 405, ""),
    ],
)
async def test_what_does_not_fit_is_said_in_the_contracts_form(
    method: str, path: str, body: object, status: int, field: str, machine: Machine
) -> None:
    told = {} if body is None else {"json": body}
    answer = await machine.call(method, path, **told)
    assert answer.status == status, answer.body
    assert answer.json.keys() == {"message", "details"}
    assert answer.json["message"]
    (detail,) = answer.json["details"]
    assert (detail.keys(), detail["field"]) == ({"reason", "field"}, field)


async def test_a_file_is_used_once_and_must_have_come(machine: Machine) -> None:
    product = await machine.product()
    path = f"/products/{product}/tempFiles:generateUploadUrl"
    assert (await machine.call("HEAD", path)).status == 405, "a URL that nobody is told"
    url = await machine.call("GET", path)
    empty = await machine.image(product, tempFileId=url.json["id"])
    assert empty.status == 409
    file = await machine.file(product, FIRMWARE)
    assert (await machine.image(product, tempFileId=file)).status == 201
    assert (await machine.image(product, tempFileId=file)).status == 404


async def test_what_is_sent_again_after_a_crash_is_made_once(
    machine: Machine, postgres: Connection
) -> None:
    crash = "UPDATE idempotency_keys SET status = NULL, locked_until = now()"
    product = await machine.product()
    new = {"tempFileId": await machine.file(product, FIRMWARE), "imageName": "a", "version": "1"}
    for path, body in {
        "/products": {"name": "Router"},
        f"/products/{product}/images:upload": new | {"filename": "a.bin"},
    }.items():
        again = {"Idempotency-Key": path}
        first = await machine.call("POST", path, json=body, headers=again)
        await postgres.execute(crash)
        second = await machine.call("POST", path, json=body, headers=again)
        assert (second.status, second.json) == (201, first.json)
    assert len((await machine.call("GET", "/products")).json["products"]) == 2


async def test_who_may_not_is_told_and_other_tenants_see_nothing(
    machine: Machine, client: Client
) -> None:
    product = await machine.product()
    image = (await machine.image(product)).json
    reader = await machine_of(client, Role.READER)
    assert (await reader.call("GET", f"/products/{product}")).status == 200
    assert (await reader.call("POST", "/products", json={"name": "x"})).status == 403
    stranger = await machine_of(await make_client(client.service, "other", Role.ADMIN), Role.ADMIN)
    for path in (f"/products/{product}", f"/products/{product}/images/{image['id']}"):
        assert (await stranger.call("GET", path)).status == 404
    assert (await stranger.call("GET", "/products")).json == {"products": []}
    file = await machine.file(product, FIRMWARE)
    mine = await stranger.product()
    assert (await stranger.image(mine, tempFileId=file)).status == 404
    for token in ("", "x", client.key, machine.token[:-1]):
        answer = await Machine(client, token).call("GET", "/products")
        assert answer.status == 401
        challenge = 'Bearer realm="fototeca", error="invalid_token"'
        assert answer.headers["WWW-Authenticate"] == challenge
        assert answer.json["details"][0]["reason"] == "unauthorized"
    answer = await client.call("GET", "/api/v4/products")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="fototeca"'
