"""Every example of the client's README runs as it stands, but for the address and the key."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fototeca_client import Fototeca
from tests.client import Client, picture
from tests.transfer.conftest import environment

README = Path(__file__).parents[2] / "client" / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
PRINTED = [
    r"640 480 jpg http://\S+_THP\.jpg\n",
    r"shoe\.jpg \d+ [0-9a-f]{64}\n1 in all\n\{'harbour\.jpg': Image\(.*\)\}\n",
    r"0 of (\d+) bytes\n\1 of \1 bytes\n",
    "",
    r"0 done, \[\]\n",
]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("example", "printed"), [*zip(EXAMPLES, PRINTED, strict=True)])
async def test_an_example_runs(
    example: str, printed: str, client: Client, library: Fototeca, tmp_path: Path
) -> None:
    (tmp_path / "harbour.jpg").write_bytes(picture(640, 480))
    if "shoes" in example:
        for name in ("harbour.jpg", "shoe.jpg"):
            await library.put(name, picture())
            await library.wait_until_ready(name)
        await library.patch("shoe.jpg", {"tags": ["shoes"]})
    told = example.replace("http://127.0.0.1:8080", client.service.origin)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-W", "error", "-c", told.replace("YOUR-KEY", client.key)),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 200)
    assert (process.returncode, errors) == (0, b"")
    assert re.fullmatch(printed, output.decode(), re.DOTALL), output
    if "download" in example:
        assert (tmp_path / "original.jpg").read_bytes() == picture(640, 480)
        assert (tmp_path / "preview.jpg").stat().st_size > 0
    if "patch" in example:
        image = await library.get("harbour.jpg", select=["caption"])
        assert (image.tags, image.fields["caption"]) == (("sea", "evening"), "The harbour at dusk")
