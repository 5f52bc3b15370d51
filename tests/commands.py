"""`fototeca` as a program, called for a library of the tests."""

import os
import sys
from pathlib import Path

from shared.settings import Settings
from tests.warm import run


def environment(settings: Settings) -> dict[str, str]:
    """Return what tells a program where the library is."""
    access, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    assert access is not None
    assert secret is not None
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FOTOTECA_DATABASE_URL": settings.database_url.get_secret_value(),
        "FOTOTECA_S3_ENDPOINT_URL": settings.s3_endpoint_url or "",
        "FOTOTECA_S3_BUCKET": settings.s3_bucket,
        "AWS_ACCESS_KEY_ID": access.get_secret_value(),
        "AWS_SECRET_ACCESS_KEY": secret.get_secret_value(),
    }


async def fototeca(
    settings: Settings, *arguments: str | Path, **variables: str
) -> tuple[int, str, str]:
    """Run a command to its end; give its exit code and what it printed on its two outputs."""
    told = environment(settings) | variables
    return await run([*map(str, arguments)], told, within_s=200)
