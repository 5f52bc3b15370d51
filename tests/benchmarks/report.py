"""The figures as tables for people."""

from collections.abc import Sequence
from http import HTTPStatus

from tests.benchmarks.inserts import LIMIT, InsertCost
from tests.benchmarks.lists import Line
from tests.benchmarks.peers.comparison import WANTED, Rates
from tests.benchmarks.peers.contender import CONNECTIONS
from tests.benchmarks.queries import FLAT_RATIO
from tests.benchmarks.rows import Library
from tests.benchmarks.timing import Times

MISS = "MISSES"


def head(sizes: Sequence[str]) -> str:
    """Return the two lines above the queries' times."""
    columns = "".join(f"{size:>16}" for size in sizes)
    return (
        "Milliseconds at the API, one client, warm: median / p95 (a status where not 200).\n"
        f"{'tenant':8}{'query':34}{columns}{'ratio':>8}{'limit':>7}{'rows':>6}"
    )


def line(measured: Line) -> str:
    """Return a query's line; the ratio is of the largest size's p95 to the smallest one's."""
    cells = "".join(f"{_cell(times):>16}" for times in measured.times.values())
    smallest, largest = measured.p95_ms
    *_, last = measured.times.values()
    return (
        f"{measured.tenant:8}{measured.query.name:34}{cells}{largest / smallest:8.2f}"
        f"{measured.query.limit_ms:7.0f}{last.rows:6}  {MISS if measured.misses else ''}"
    ).rstrip()


def summary(lines: Sequence[Line]) -> str:
    """Return how many queries miss, and which ones, the slowest first."""
    missing = sorted((x for x in lines if x.misses), key=lambda x: -x.p95_ms[1])
    names = "".join(f"\n  {line(x)}" for x in missing)
    return (
        f"{len(missing)} of {len(lines)} queries take more than their limit and more than "
        f"{FLAT_RATIO} times what they take at the first size:{names}"
    )


def inserts(library: Library, cost: InsertCost) -> str:
    """Return what an insert costs."""
    return (
        f"insert of an image at {library.size}: {cost.full_ms:.3f} ms; without secondary indexes "
        f"{cost.bare_ms:.3f} ms; ratio {cost.ratio:.1f} (at most {LIMIT:g})"
        f"  {MISS if cost.misses else ''}"
    ).rstrip()


def _cell(times: Times) -> str:
    if times.status != HTTPStatus.OK:
        return f"{times.median_ms:.0f} ({times.status})"
    return f"{times.median_ms:.1f} /{times.p95_ms:7.1f}"


def rates(measured: Rates) -> str:
    """Return everybody's answers per second, and how many times theirs ours are."""
    wanted = WANTED[measured.call]
    rows = []
    for name in measured.by_name:
        at_least = f"at least {wanted[name]:g}" if name in wanted else ""
        miss = MISS if measured.ratio(name) < wanted.get(name, 0) else ""
        figures = f"{measured.median(name):10,.0f}/s   ours/theirs {measured.ratio(name):6.2f}"
        rows.append(f"  {name:22}{figures}   {at_least}  {miss}".rstrip())
    return "\n".join([f"{measured.call}, {CONNECTIONS} connections:", *rows])
