"""`make bench-imaging`: our thumbnails beside sharp's: speed on one core, bytes, likeness, memory.

ARGS: `--pictures 8` of each class, `--rounds 5`, `--only phone,small`, `--no-memory`. Needs node,
npm, apt-get, dpkg and taskset; what it fetches and makes stays in the benchmark's scratch folder.
"""

import argparse
import os

from tests.benchmarks.imaging import table
from tests.benchmarks.imaging.comparison import compare
from tests.benchmarks.imaging.engine import ours, sharp
from tests.benchmarks.imaging.limits import peaks, second_processor
from tests.benchmarks.imaging.photographs import ORDER, keep_photographs
from tests.benchmarks.scratch import scratch_folder

PROCESSOR = 0


def main() -> None:
    """Fetch what is not there yet, measure, print."""
    told = _arguments()
    scratch = scratch_folder() / "imaging"
    photographs = keep_photographs(scratch, told.pictures)
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"Before it {busy:.1f} other processes ran for each processor.\n{table.HEAD}", flush=True)
    with (
        sharp(scratch, "three", PROCESSOR) as three,
        sharp(scratch, "cascade", PROCESSOR) as cascade,
        ours(PROCESSOR) as engine,
    ):
        engines = {table.THREE: three, table.CASCADE: cascade, table.OURS: engine}
        for name in told.only:
            measured = compare(engines, photographs[name], told.rounds)
            print(table.line(name, measured), flush=True)
    if told.memory:
        gain = second_processor(photographs["phone"], told.rounds)
        print(f"Two processes on two processors do {gain:.2f} of what one does; 1.80 is wanted.")
        for kind, theirs, mine, limit in peaks(scratch, photographs["phone"][0]):
            verdict = "" if mine <= limit else "  MISSES"
            print(
                f"Peak memory, {kind} of 100 million pixels: sharp's cascade {theirs:.0f} MiB,"
                f" ours {mine:.0f} of at most {limit}{verdict}",
                flush=True,
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-imaging", description=__doc__)
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(ORDER))
    parser.add_argument("--no-memory", dest="memory", action="store_false")
    return parser.parse_args()


if __name__ == "__main__":
    main()
