"""`make bench-list`: what lists cost at ten thousand, a million and ten million images.

ARGS: `--sizes 10k,1m`, `--tenants large`, `--only contains`, `--explain 5`,
`--no-lists`, `--no-inserts`, `--no-peers`.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Iterable, Sequence

from tests.benchmarks import report
from tests.benchmarks.explain import explain
from tests.benchmarks.inserts import measure_inserts
from tests.benchmarks.lists import Line, admit, measure_lists
from tests.benchmarks.peers.comparison import compare
from tests.benchmarks.peers.contender import TENANT
from tests.benchmarks.queries import read_queries
from tests.benchmarks.rows import SIZES, TENANTS, Library, keep_library
from tests.benchmarks.scratch import Scratch, running_scratch, scratch_folder

PEERS_ROWS = 1_000_000
HOW_BUSY = "the more there are, the more whoever has many processes, like pgbench, seems faster."


def main() -> None:
    """Build what is not there yet, measure, print."""
    told = _arguments()
    with running_scratch(scratch_folder()) as scratch:
        libraries = [asyncio.run(keep_library(scratch, size)) for size in told.sizes]
        if told.lists:
            lines = _show_lists(scratch, libraries, told.tenants, told.only)
            worst = sorted(lines, key=lambda line: -line.ends[1].p95_ms)[: told.explain]
            print("\n".join(explain(scratch, libraries[-1], worst)) if worst else "")
        if told.inserts:
            for library in libraries:
                print(report.inserts(library, measure_inserts(scratch, library)), flush=True)
        if told.peers:
            _show_peers(scratch, libraries)


def _show_peers(scratch: Scratch, libraries: Sequence[Library]) -> None:
    """Compare at a million images, or at the size that comes nearest to that."""
    library = min(libraries, key=lambda library: abs(library.rows - PEERS_ROWS))
    key, _ = asyncio.run(admit(scratch, library, TENANT))
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"Side by side at {library.size}; all of them, the load too, on the same processors.")
    print(f"Before it {busy:.1f} other processes ran for each processor: " + HOW_BUSY, flush=True)
    for rates in compare(scratch, library, key):
        print(report.rates(rates), flush=True)


def _show_lists(
    scratch: Scratch, libraries: Sequence[Library], tenants: Sequence[str], only: str
) -> list[Line]:
    print(report.head([library.size for library in libraries]), flush=True)
    lines = []
    for measured in measure_lists(scratch, libraries, tenants, read_queries(only)):
        lines.append(measured)
        print(report.line(measured), flush=True)
    print(report.summary(lines), flush=True)
    return lines


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-list", description=__doc__)
    parser.add_argument("--sizes", type=_some_of(SIZES), default=list(SIZES))
    parser.add_argument("--tenants", type=_some_of(TENANTS), default=list(TENANTS))
    parser.add_argument("--only", default="", help="queries whose name contains this")
    parser.add_argument("--explain", type=int, default=0, help="show the plans of the slowest N")
    parser.add_argument("--no-lists", dest="lists", action="store_false")
    parser.add_argument("--no-inserts", dest="inserts", action="store_false")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    return parser.parse_args()


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a reader of `a,b` that accepts only known names."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose of {', '.join(known)}")
        return names

    return read


if __name__ == "__main__":
    main()
