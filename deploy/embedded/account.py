"""Who the servers run as: the only place that knows about root and gives its rights up.

Postgres refuses to run as root, and nothing that listens on a port should. Everyone else's servers
simply run as themselves.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.failure import StackError
from deploy.embedded.private import PRIVATE_FOLDER

PREFERRED_NAMES = ("fototeca", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user to become, or (all None) whoever runs this."""

    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """The supplementary groups to keep: none, unless nothing changes."""
        return None if self.uid is None else []

    def own(self, path: Path) -> None:
        """Give `path`, which this stack made, to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def make_folder(self, path: Path) -> Path:
        """Make sure that `path` is a folder which the account, and no one else, can enter."""
        if not path.is_dir():
            path.mkdir(mode=PRIVATE_FOLDER)
            self.own(path)
        return path

    def can(self, test: str, *paths: Path) -> bool:
        """Whether the shell's `test` (`-x`, `-r`) holds for every path, asked as the account."""
        if self.uid is None:
            return True
        script = f'for path; do test {test} "$path" || exit 1; done'
        answer = subprocess.run(
            ["/bin/sh", "-c", script, "sh", *map(str, paths)],
            user=self.uid, group=self.gid, extra_groups=self.groups, cwd="/", check=False,
        )  # fmt: skip
        return answer.returncode == 0


def servers_account(existing: Path) -> Account:
    """Choose who the servers run as; the owner of what is `existing` stays its owner."""
    if os.geteuid() != 0:
        return Account()
    if existing.exists() and (owner := existing.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in PREFERRED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StackError(
        "Postgres does not run as root, and this system has no user 'nobody' to run it as: "
        "create a user 'fototeca' or start as an ordinary user"
    )
