"""Where a stack lives: which folder is ours, which is the servers', which programs they run."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.account import Account, servers_account
from deploy.embedded.failure import StackError
from deploy.embedded.private import PRIVATE_FOLDER
from deploy.embedded.programs import Programs, installed_programs

CLONE = Path(__file__).resolve().parents[2]
SHARED_HOME = Path("/var/lib/fototeca")
ENTERABLE = 0o711
READABLE = 0o755


@dataclass(frozen=True, slots=True)
class Place:
    """`data` holds keys, settings and logs and is ours; `servers` holds what the servers write."""

    data: Path
    servers: Path
    programs: Programs
    account: Account


def data_folder() -> Path:
    """Give the data folder's absolute path: FOTOTECA_DATA_DIR, or `.fototeca` in the clone."""
    told = os.environ.get("FOTOTECA_DATA_DIR")
    if told:
        return Path(told).expanduser().absolute()
    home = CLONE if (CLONE / "pyproject.toml").is_file() else Path.cwd()
    return home / ".fototeca"


def choose_place(data: Path) -> Place:
    """Make the data folder and decide where the servers and their files go.

    They stay in the clone unless root starts them and the user they run as cannot reach it; then
    they live under /var/lib/fototeca, and no permission of the clone or its parents changes.
    """
    account = servers_account(data / "servers")
    _make_ours(data, account)
    servers = data / "servers" if account.can("-x", data) else _shared_folder(data)
    programs = installed_programs()
    if not programs.usable_by(account):
        programs = programs.copied_to(_make_readable(_home_of_clone()))
    return Place(data, account.make_folder(servers), programs, account)


def _make_ours(data: Path, account: Account) -> None:
    """Make the data folder; as root it can be entered, not listed, by the servers' user."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        if data.stat().st_uid == os.geteuid():
            data.chmod(PRIVATE_FOLDER if account.uid is None else ENTERABLE)
    except PermissionError:
        usable = False
    else:
        usable = os.access(data, os.W_OK | os.X_OK)
    if not usable:
        raise StackError(
            f"the data folder {data} belongs to another user: start as that user, or choose "
            "another folder with FOTOTECA_DATA_DIR"
        )


def _home_of_clone() -> Path:
    return SHARED_HOME / _name_for(CLONE)


def _shared_folder(data: Path) -> Path:
    """Name the servers' folder outside of the clone after the clone and the data folder."""
    return _make_readable(_home_of_clone()) / f"data-{_name_for(data)}"


def _make_readable(folder: Path) -> Path:
    for path in (SHARED_HOME, folder):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(READABLE)
    return folder


def _name_for(path: Path) -> str:
    """Make a legible name that two paths never share."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", path.name).strip("-") or "clone"
    return f"{words[:40]}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"
