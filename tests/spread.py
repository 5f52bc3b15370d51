"""Which tests stay together with one of pytest-xdist's workers.

Its own groups, by a mark, were seen to be of no effect with pytest 9.2.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    "tests/browser/",
    "tests/clients/",
    "tests/contracts/",
    "tests/faults/",
    "tests/integration/test_tenants_sql.py",
)
"""Stacks are started one after the other, and what a module shares is made once."""


class Spread(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Whoever has nothing to do gets the next group: first those of many tests, which take long."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        if module.startswith("tests/unit/"):
            return module
        return next((group for group in TOGETHER if module.startswith(group)), nodeid)
