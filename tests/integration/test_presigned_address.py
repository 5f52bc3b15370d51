"""Presigned uploads are signed for the address at which clients reach the bucket."""

import pytest
from structlog.testing import capture_logs

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import make_client, running_service
from tests.presigned import open_upload


@pytest.mark.parametrize(
    ("endpoint", "is_warned"), [("https://s3.shop.example", False), ("http://minio:9000", True)]
)
async def test_urls_name_the_public_endpoint_and_the_log_an_internal_one(
    endpoint: str, *, is_warned: bool, settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    public = settings.model_copy(update={"s3_public_endpoint_url": endpoint})
    with capture_logs() as logs:
        async with running_service(public) as service:
            client = await make_client(service, "demo", Role.EDITOR)
            for members in ({}, {"multipart": True}):
                upload = await open_upload(client, f"{len(members)}.jpg", **members)
                target = upload.get("parts", [upload])[0]
                assert target["url"].startswith(f"{endpoint}/{bucket.name}/demo/incoming/")
    said = [line["detail"] for line in logs if line["event"] == "presigned_uploads_unreachable"]
    assert len(said) == is_warned
    assert all("minio is a name that only this network knows" in detail for detail in said)
