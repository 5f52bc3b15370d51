"""`fototeca` as a program, called for a library of the tests."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from shared.settings import Settings


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
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "deploy.cli", *map(str, arguments)),
        env=environment(settings) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 100)
    return process.returncode or 0, output.decode(), errors.decode()
