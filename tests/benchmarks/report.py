"""The figures as tables for people."""

from collections.abc import Sequence
from http import HTTPStatus

from tests.benchmarks.inserts import LIMIT, InsertCost
from tests.benchmarks.lists import Line, Verdict
from tests.benchmarks.peers.comparison import WANTED, Rates
from tests.benchmarks.peers.contender import CONNECTIONS
from tests.benchmarks.queries import FLAT_RATIO
from tests.benchmarks.rows import Library
from tests.benchmarks.timing import Times


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
    smallest, largest = measured.ends
    return (
        f"{measured.tenant:8}{measured.query.name:34}{cells}"
        f"{largest.p95_ms / smallest.p95_ms:8.2f}{measured.query.limit_ms:7.0f}{largest.rows:6}"
        f"  {measured.verdict}"
    ).rstrip()


def summary(lines: Sequence[Line]) -> str:
    """Return how many queries miss, and which ones, the slowest first."""
    missing = sorted(
        (measured for measured in lines if measured.verdict is Verdict.MISSES),
        key=lambda measured: -measured.ends[1].p95_ms,
    )
    jittering = sum(measured.verdict is Verdict.JITTERS for measured in lines)
    told = (
        f"{len(missing)} of {len(lines)} queries take more than their limit and more than "
        f"{FLAT_RATIO} times what they take at the first size, {jittering} more by p95 alone:"
    )
    return "\n".join([told, *(f"  {line(measured)}" for measured in missing)])


def inserts(library: Library, cost: InsertCost) -> str:
    """Return what an insert costs."""
    return (
        f"insert of an image at {library.size}: {cost.full_ms:.3f} ms; into a bare table "
        f"{cost.bare_ms:.3f} ms; ratio {cost.ratio:.1f} (at most {LIMIT:g})"
        f"  {Verdict.MISSES if cost.misses else Verdict.KEEPS}"
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
        misses = measured.ratio(name) < wanted.get(name, 0)
        verdict = Verdict.MISSES if misses else Verdict.KEEPS
        figures = f"{measured.median(name):10,.0f}/s   ours/theirs {measured.ratio(name):6.2f}"
        rows.append(f"  {name:22}{figures}   {at_least}  {verdict}".rstrip())
    return "\n".join([f"{measured.call}, {CONNECTIONS} connections:", *rows])
