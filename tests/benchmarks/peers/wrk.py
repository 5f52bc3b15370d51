"""HTTP services under load from wrk: one thread of C, so that it is never the slowest part."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.peers.contender import CONNECTIONS, Call, Service, Unavailable

SCRIPT = Path(__file__).with_name("lookups.lua")
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class UnderLoad:
    """A service and how many thousand rows it has."""

    service: Service
    thousands: int

    @property
    def name(self) -> str:
        """The service's."""
        return self.service.name

    def rate(self, call: Call, seconds: int) -> float:
        """See `Contender`; an answer that is no success fails the run."""
        headers = [
            part for item in self.service.headers.items() for part in ("-H", ": ".join(item))
        ]
        command = [_wrk(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout=30s", *headers]
        if call is Call.PAGE:
            command += [self.service.origin + self.service.page_path]
        else:
            paths = [*self.service.lookup_path, str(self.thousands)]
            command += ["-s", str(SCRIPT), self.service.origin, "--", *paths]
        output = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=seconds + TIMEOUT_S
        ).stdout
        if failures := re.findall(r"Non-2xx.*|Socket errors.*", output):
            raise RuntimeError(f"{self.name}, {call}: {', '.join(failures)}")
        return float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0])


def _wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise Unavailable("wrk makes the load: install the package wrk")
    return found
