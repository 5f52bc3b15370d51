"""Valkey, which speaks Redis' protocol, from its wheel."""

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from deploy.embedded.place import Place
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.private import write_private

CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
daemonize no
"""
FILE_NAME = "valkey.conf"
PROBE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Valkey:
    """A server whose append-only file survives restarts."""

    place: Place
    port: int
    password: str

    name: ClassVar[str] = "valkey"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def folder(self) -> Path:
        """Where its configuration and its append-only file are."""
        return self.place.servers / "valkey"

    @property
    def url(self) -> str:
        """Where and with which password clients connect."""
        return f"redis://:{quote(self.password)}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        """Write the configuration: a password there shows in no list of processes."""
        folder = self.place.account.make_folder(self.folder)
        text = CONFIGURATION.format(host=LOOPBACK, port=self.port, password=self.password)
        write_private(folder / FILE_NAME, text)

    def command(self) -> list[str | Path]:
        """Give the command line, to be run in its folder."""
        return [self.place.programs.valkey, FILE_NAME]

    def environment(self) -> dict[str, str]:
        """Nothing of the user's environment concerns it."""
        return {"PATH": os.defpath, "LC_ALL": "C"}

    def is_ready(self) -> bool:
        """Whether it answers a PING after the password, having loaded its data."""
        told = f"AUTH {self.password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection((LOOPBACK, self.port), PROBE_TIMEOUT_S) as connection:
                connection.sendall(told)
                answers = connection.makefile("rb")
                return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False
