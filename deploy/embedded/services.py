"""The service's own processes as children: api, worker, and commands that end."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.account import Account
from deploy.embedded.child import Child
from deploy.embedded.failure import StackError
from deploy.embedded.privileges import HOME
from deploy.embedded.servers import log_folder
from deploy.embedded.supervisor import Stopped, Supervisor

COMMAND_TIMEOUT_S = 600.0  # a migration of a large database takes long


@dataclass(frozen=True, slots=True)
class Services:
    """How `fototeca` is called with the settings of one stack."""

    data: Path
    environment: Mapping[str, str]
    supervisor: Supervisor
    account: Account = field(default_factory=Account)

    def child(self, name: str) -> Child:
        """Describe `fototeca api` or `fototeca worker`."""
        log = log_folder(self.data) / f"{name}.log"
        environment = self.environment if self.account.uid is None else {**self.environment, **HOME}
        return Child(name, fototeca(name), environment, Path.cwd(), log, account=self.account)

    def run(self, *arguments: str) -> str:
        """Run a command that ends and give what it printed; the supervisor goes on meanwhile."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                fototeca(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=dict(self.environment),
                start_new_session=True,
            )
            try:
                self.supervisor.wait_for(lambda: process.poll() is not None, COMMAND_TIMEOUT_S)
            except Stopped:
                process.kill()
                raise
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
            output.seek(0)
            errors.seek(0)
            if process.returncode != 0:
                words = errors.read().decode(errors="replace").strip()
                raise StackError(f"`fototeca {' '.join(arguments)}` failed: {words}")
            return output.read().decode().strip()


def fototeca(*arguments: str) -> list[str]:
    """Give the command line of a `fototeca` command in this environment, wherever it is called."""
    return [sys.executable, "-P", "-m", "deploy.cli", *arguments]
