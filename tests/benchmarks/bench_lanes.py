"""`make bench-lanes`: how soon an upload is Ok while 50,000 images are being reprocessed.

A stack of its own is started as users start it, and left without a trace. Uploads are timed before
and during the operation, and after it was cancelled: one after the other, from the first byte of
the PUT to the first answer that says Ok. ARGS: `--images 50000 --uploads 40`.
"""

import argparse
import asyncio
import io
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

from deploy.embedded.place import Place, choose_place
from deploy.embedded.services import fototeca
from deploy.embedded.stackfile import load_environment
from fototeca_client import Bulk, Fototeca, Operation
from tests.benchmarks.lists import Verdict
from tests.benchmarks.scratch import connected

SIDES_PX = (1600, 1200)
LOOK_S = 0.005
WARM_UPS = 5
MOST = 2.0
"""So many times the idle time an upload may take."""

SAMPLE = "sample-of-the-benchmark.jpg"

COPY = """
WITH made AS (
    INSERT INTO images (
        tenant_id, uid, reference, status, revision_counter, revision, attempt, original_key,
        size_in_bytes, sha256
    )
    SELECT
        i.tenant_id, u.uid, 'bench-' || u.uid || '.jpg', 'Ok', 1, 1, 1,
        split_part(i.original_key, '/', 1) || '/' || u.uid || '/1/bench.jpg',
        i.size_in_bytes, i.sha256
    FROM images AS i
    CROSS JOIN LATERAL (SELECT gen_random_uuid() AS uid, n FROM generate_series(1, $1) AS n) AS u
    WHERE i.reference = $2
    RETURNING *
)
INSERT INTO objects (tenant_id, key, image_id, revision, attempt, role, size_in_bytes, sha256)
SELECT tenant_id, original_key, id, 1, 0, 'original', size_in_bytes, sha256 FROM made
RETURNING key
"""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of the benchmark's own."""

    place: Place

    def run(self, *arguments: str) -> None:
        """Run a command for this stack."""
        environment = {"FOTOTECA_DATA_DIR": str(self.place.data), "PATH": "/usr/bin:/bin"}
        subprocess.run(fototeca(*arguments), env=environment, check=True, capture_output=True)

    def library(self) -> Fototeca:
        """Return a client of the demo tenant."""
        environment = load_environment(self.place.data)
        url = f"http://{environment['FOTOTECA_HOST']}:{environment['FOTOTECA_PORT']}"
        return Fototeca(url, (self.place.data / "demo.key").read_text().strip())


def main() -> None:
    """Build, measure, print, and clean up."""
    told = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="fototeca-lanes-"))
    stack = Stack(choose_place(folder / "data"))
    try:
        stack.run("up", "--detach")
        asyncio.run(_fill(stack, told.images))
        asyncio.run(_measure(stack, told.images, told.uploads))
    finally:
        stack.run("down")
        shutil.rmtree(stack.place.servers)
        shutil.rmtree(folder)


async def _fill(stack: Stack, images: int) -> None:
    """Make images of one photograph: each has a key, of which the bytes are hard links.

    The server of the bucket is started anew, as it remembers which folders there were.
    """
    async with stack.library() as library:
        await library.put(SAMPLE, _photograph(0))
        await library.wait_until_ready(SAMPLE)
    async with connected(load_environment(stack.place.data)["FOTOTECA_DATABASE_URL"]) as connection:
        original = await connection.fetchval(
            "SELECT original_key FROM images WHERE reference = $1", SAMPLE
        )
        await connection.execute("SET session_replication_role = replica")  # nobody is told of them
        made = await connection.fetch(COPY, images, SAMPLE)
        await connection.execute("VACUUM (ANALYZE) images")
    stack.run("down")
    bucket = stack.place.servers / "s3" / "fototeca"
    owner = (bucket / original).stat()
    for (key,) in made:
        folder = (bucket / key).parent
        folder.mkdir(parents=True)
        for path in (folder, folder.parent):  # the server, which writes beside it, may not be us
            os.chown(path, owner.st_uid, owner.st_gid)
        (bucket / key).hardlink_to(bucket / original)
    stack.run("up", "--detach")


async def _measure(stack: Stack, images: int, uploads: int) -> None:
    async with stack.library() as library:
        await _times(library, "warm", WARM_UPS)
        before = await _times(library, "before", uploads // 2)
        wanted = "startswith(reference, 'bench-')"
        operation = await library.operations.begin(Bulk.REPROCESS, wanted, images)
        operation = await _under_way(library, operation)
        began, done = time.monotonic(), operation.done
        during = await _times(library, "during", uploads)
        operation = await library.operations.get(operation.id)
        rate = (operation.done - done) / (time.monotonic() - began)
        assert operation.is_running, "the operation ended before all was measured"
        assert not operation.failed, operation.fields["failures"]
        await library.operations.cancel(operation.id)
        after = await _times(library, "after", uploads // 2)
    _show([*before, *after], during, rate, operation)


async def _under_way(library: Fototeca, operation: Operation) -> Operation:
    while not operation.done:
        await asyncio.sleep(LOOK_S)
        operation = await library.operations.get(operation.id)
    return operation


async def _times(library: Fototeca, name: str, uploads: int) -> list[float]:
    """Return the milliseconds of uploads, one after the other."""
    spent = []
    for number in range(uploads):
        photograph, reference = _photograph(number + 1), f"{name}-{number}.jpg"
        began = time.monotonic()
        image = (await library.put(reference, photograph)).image
        while image.status != "Ok":
            await asyncio.sleep(LOOK_S)
            image = await library.get(reference)
        spent.append((time.monotonic() - began) * 1000)
    return spent


def _photograph(number: int) -> bytes:
    """Make a JPEG as large as a camera's for the web; no two have the same bytes."""
    noise = Pillow.effect_noise(SIDES_PX, 40)
    gradient = Pillow.linear_gradient("L").resize(SIDES_PX)
    file = io.BytesIO()
    Pillow.merge("RGB", [noise, gradient, noise]).save(file, "JPEG", comment=str(number).encode())
    return file.getvalue()


def _show(idle: list[float], busy: list[float], rate: float, operation: Operation) -> None:
    ratio = statistics.median(busy) / statistics.median(idle)
    print(f"upload to Ok, median / 95th percentile of {len(idle)} and {len(busy)}:")
    for name, spent in (("idle", idle), ("reprocessing", busy)):
        worst = statistics.quantiles(spent, n=20)[-1]
        print(f"  {name:14}{statistics.median(spent):8.0f} ms /{worst:8.0f} ms")
    print(f"reprocessed meanwhile: {rate:.1f} images/s of {operation.total:,}")
    verdict = Verdict.MISSES if ratio > MOST else Verdict.KEEPS
    print(f"reprocessing/idle {ratio:.2f}   at most {MOST:g}  {verdict}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-lanes", description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--uploads", type=int, default=40)
    return parser.parse_args()


if __name__ == "__main__":
    main()
