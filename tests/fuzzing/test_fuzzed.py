"""schemathesis holds the running service to its own document, contract by contract."""

import asyncio
import base64
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import orjson
import pytest

from shared.domain.credential import CredentialKind
from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.access.credentials import create_credential
from tests.backoffice import API
from tests.client import Client, picture
from worker.settings import Parts

HERE = Path(__file__).parent
EXAMPLES = 5
NOWHERE = "01890a5d-ac96-774b-bcce-b302099a8057"


@dataclass
class Findable:
    """What there is to be found, by the words of `schemathesis.toml`."""

    headers: str
    references: list[str] = field(default_factory=lambda: ["a.jpg", "b.png", "it's/ä.jpg"])
    uids: list[str] = field(default_factory=lambda: [NOWHERE])
    ids: list[str | int] = field(default_factory=lambda: [NOWHERE])
    products: list[str] = field(default_factory=lambda: ["01JQPGDX8QW0YJ0XEKV1EVG534"])
    versions: list[str] = field(default_factory=lambda: ["01JQPGDX8QW0YJ0XEKV1EVG534"])

    def write(self, config: Path) -> None:
        """Fill in the configuration; a list in JSON is one in TOML too."""
        words = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in vars(self).items()
        }
        template = Template((HERE / "schemathesis.toml").read_text(encoding="utf-8"))
        config.write_text(template.substitute(words, examples=EXAMPLES), encoding="utf-8")


async def run(
    client: Client, config: Path, *options: str, user: str = "", password: str = ""
) -> None:
    """Run schemathesis to its end; it fails where it finds anything, or tries nothing."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "schemathesis.cli", "--config-file", config.name),
        *("run", f"{client.service.origin}/openapi.json", "--no-color", *options),
        cwd=config.parent,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzzing.digest" if user else "",
            "PYTHONPATH": str(HERE.parents[1]),
            "FUZZ_USER": user,
            "FUZZ_PASSWORD": password,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    told = output.decode()
    assert process.returncode == 0, told
    assert re.search(r"[1-9]\d* generated, [1-9]\d* passed", told), told


async def credential(client: Client, kind: CredentialKind) -> tuple[str, str]:
    library = client.service.library
    return await create_credential(
        library.database, library.seal, client.tenant, kind, Role.EDITOR, "fuzz"
    )


async def token(client: Client) -> str:
    client_id, secret = await credential(client, CredentialKind.OAUTH)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = await client.call("POST", "/oauth/token", data=form)
    return f"Authorization = 'Bearer {answer.json['access_token']}'"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with which a webhook can be registered where there is no internet."""
    return settings.model_copy(update={"outgoing_allowed_hosts": "127.0.0.1"})


@pytest.fixture
async def images(client: Client, parts: Parts) -> list[str]:
    """Three images that are Ok, one of them with revisions, and one that is deleted: their uids."""
    uids = []
    for number, name in enumerate(("a.jpg", "b.png", "it's/ä.jpg", "deleted.jpg")):
        row = await client.put_ok(parts, name, picture(shade=number))
        uids.append(str(row.uid))
    await client.put_ok(parts, "a.jpg", picture(shade=99))
    await client.delete("deleted.jpg")
    return uids


@pytest.mark.timeout(300)
async def test_dam_keeps_what_its_document_promises(
    client: Client, images: list[str], tmp_path: Path
) -> None:
    hook = {"url": "http://127.0.0.1:9/hook"}
    tagged = {"$filter": "reference ne 'a.jpg'", "expectedCount": 2, "add": ["x"]}
    operation = await client.call("POST", "/images/tag", json=tagged)
    webhook = await client.call("POST", "/webhooks", json=hook)
    assert (operation.status, webhook.status) == (202, 201), (operation.body, webhook.body)
    ids: list[str | int] = [operation.json["id"], webhook.json["id"]]
    found = Findable(f"X-API-KEY = '{client.key}'", uids=images, ids=ids)
    found.write(tmp_path / "st.toml")
    await run(client, tmp_path / "st.toml", "--include-tag=dam", "--exclude-path=/events")


@pytest.mark.timeout(200)
async def test_backoffice_keeps_what_its_document_promises(
    client: Client, images: list[str], tmp_path: Path
) -> None:
    named = {"locales": [{"locale": "de", "name": "Stühle"}]}
    category = (await client.call("POST", f"{API}/categories", json=named)).json["data"]["id"]
    reference = {"provider": "shop", "id": "4711", "urn": f"urn:image:{images[0]}"}
    assert (await client.call("POST", f"{API}/references", json=reference)).status == 201
    ids: list[str | int] = [*images, category]
    found = Findable(f"X-API-KEY = '{client.key}'", uids=images, ids=ids)
    found.write(tmp_path / "st.toml")
    await run(client, tmp_path / "st.toml", "--include-tag=backoffice")


async def test_products_keep_what_their_document_promises(
    client: Client, parts: Parts, tmp_path: Path
) -> None:
    found = Findable(await token(client))
    headers = {"Authorization": found.headers.split("'")[1]}
    api = "/api/v4/products"
    made = await client.call("POST", api, json={"name": "Router"}, headers=headers)
    product = made.json["id"]
    place = f"{api}/{product}/tempFiles:generateUploadUrl"
    file = (await client.call("GET", place, headers=headers)).json
    path = "/files/" + file["uploadUrl"].rpartition("/")[2]
    assert (await client.call("PUT", path, data=b"firmware")).status == 200
    body = {"tempFileId": file["id"], "imageName": "F", "version": "1", "filename": "f.bin"}
    image = await client.call("POST", f"{api}/{product}/images:upload", json=body, headers=headers)
    assert image.status == 201, image.body
    await client.process(parts, "f.bin")
    found.products, found.versions = [product], [image.json["id"]]
    found.write(tmp_path / "st.toml")
    await run(client, tmp_path / "st.toml", "--include-tag=products")


async def test_tokens_files_and_health_keep_what_their_document_promises(
    client: Client, tmp_path: Path
) -> None:
    pair = ":".join(await credential(client, CredentialKind.OAUTH))
    basic = base64.b64encode(pair.encode()).decode()
    Findable(f"Authorization = 'Basic {basic}'").write(tmp_path / "st.toml")
    await run(client, tmp_path / "st.toml", "--include-tag=oauth", "--include-tag=service")


@pytest.mark.usefixtures("images")
async def test_connect_keeps_what_its_document_promises(client: Client, tmp_path: Path) -> None:
    Findable(await token(client), ids=[1, 2, 3]).write(tmp_path / "st.toml")
    await run(client, tmp_path / "st.toml", "--include-path=/api/images/{id}")
    Findable("").write(tmp_path / "st.toml")
    user, password = await credential(client, CredentialKind.DIGEST)
    await run(client, tmp_path / "st.toml", "--include-path=/token", user=user, password=password)
