"""Our pipeline as a peer: the same lines in and out as `sharp.mjs`, in one warm process."""

import json
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from worker.imaging.child import warm_up
from worker.imaging.pipeline import Recipe, run

RECIPE = Recipe((1200, 400, 150), keeps_credit=False, square_px=None)  # what sharp makes


def main() -> None:
    """Answer until the input ends."""
    warm_up()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Make thumbnails, and say how long that took."""
    outputs = [BytesIO(), BytesIO(), BytesIO()]
    cpu, wall = time.process_time(), time.perf_counter()
    with Path(request["path"]).open("rb") as file:
        report = run(file, outputs, RECIPE)
    times = {
        "wall_ms": (time.perf_counter() - wall) * 1000,
        "cpu_ms": (time.process_time() - cpu) * 1000,
    }
    if request["folder"]:
        for size, output in zip(RECIPE.sizes_px, outputs, strict=True):
            (Path(request["folder"]) / str(size)).write_bytes(output.getvalue())
    bytes_out = [len(output.getvalue()) for output in outputs]
    return times | {"bytes": bytes_out, "extension": report.extension}


if __name__ == "__main__":
    main()
