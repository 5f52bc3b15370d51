"""What editors say to the backoffice contract."""

from typing import Any

from tests.client import Answer, Client, picture

API = "/api/core/v2"
IMAGES = f"{API}/assets/images"


async def send_file(client: Client, name: str, data: bytes | None = None) -> str:
    """Upload a file, and return its key."""
    announced = await client.call("POST", f"{API}/uploads", json={"name": name})
    assert announced.status == 201, announced.body
    upload = announced.json["data"]["upload"]
    path = upload["url"].partition("/files/")[2]
    sent = await client.call(
        upload["method"],
        f"/files/{path}",
        data=picture() if data is None else data,
        headers={"X-API-KEY": "", **upload["headers"]},
    )
    assert sent.status == 200, sent.body
    key: str = announced.json["data"]["file_key"]
    return key


async def create(client: Client, file: str, data: bytes | None = None, **members: Any) -> Any:
    """Make an image of a new file, and return it."""
    key = await send_file(client, file, data)
    answer = await client.call("POST", IMAGES, json={"file_key": key, **members})
    assert answer.status == 201, answer.body
    return answer.json["data"]


async def by_id(client: Client, image_id: str) -> Answer:
    """Ask for an image."""
    return await client.call("GET", f"{IMAGES}/by-id/{image_id}")


def assert_errors(answer: Answer, status: int, *fields: str) -> None:
    """Check that an answer is an error of this status, in the contract's form."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert list(answer.json) == ["errors"]
    errors = answer.json["errors"]
    assert errors["detail"]
    assert list(errors) == (["detail", "fields"] if fields else ["detail"]), errors
    assert set(errors.get("fields", {})) == set(fields), errors
    assert all(messages for messages in errors.get("fields", {}).values())
