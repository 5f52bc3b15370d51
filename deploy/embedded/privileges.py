"""Who api and worker run as: where root starts the stack, the servers' user, if it can run them."""

import os
import subprocess
import sys
from collections.abc import Callable

from deploy.embedded.account import Account
from deploy.embedded.address import Address
from deploy.listening import FIRST_UNPRIVILEGED_PORT
from shared.settings import Settings

HOME = {"HOME": "/"}
"""Libraries look for files in a home, and not all of them expect one that they may not enter."""

PROBE = "import api.server, worker.running"
PROBE_TIMEOUT_S = 60


def services_account(account: Account, address: Address, say: Callable[[str], None]) -> Account:
    """Return the servers' account, or root's after having said why."""
    if account.uid is None:
        return account
    obstacle = _obstacle(account, address)
    if obstacle is None:
        return account
    say(f"the api and the worker run as root, because {obstacle}")
    return Account()


def _obstacle(account: Account, address: Address) -> str | None:
    if address.port < FIRST_UNPRIVILEGED_PORT:
        return f"only root may listen on port {address.port}"
    scratch = Settings().scratch_dir
    if scratch is not None and not account.can("-w", scratch):
        return f"the servers' user cannot write to {scratch}"
    if not _can_import(account):
        return f"the servers' user cannot run {os.path.realpath(sys.executable)} with this code"
    return None


def _can_import(account: Account) -> bool:
    """Ask the interpreter itself: libraries, packages and code may lie anywhere."""
    try:
        probe = subprocess.run(
            [sys.executable, "-P", "-c", PROBE],
            env=os.environ | HOME, cwd="/", check=False, timeout=PROBE_TIMEOUT_S,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            user=account.uid, group=account.gid, extra_groups=account.groups,
        )  # fmt: skip
    except (PermissionError, subprocess.TimeoutExpired):
        return False
    return probe.returncode == 0
