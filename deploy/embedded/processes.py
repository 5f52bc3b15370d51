"""What the system says about a process id: the only place that asks, by /proc or else by ps."""

import subprocess
from pathlib import Path

START_TIME_FIELD = 19  # of /proc/<pid>/stat, counted after the program's name; see proc(5)
ZOMBIE = "Z"
HAS_PROC = Path("/proc/self/stat").exists()


def command_of(pid: int) -> str:
    """Give the command line of a process; empty if there is none."""
    if HAS_PROC:
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="surrogateescape").strip()
    return _ps(pid, "command=")


def started(pid: int) -> str:
    """Tell when a process started, as a text that no later process of that id will have.

    Empty if there is no such process or it only waits for its parent to notice its end.
    """
    if not HAS_PROC:
        return "" if _ps(pid, "stat=").startswith(ZOMBIE) else _ps(pid, "lstart=")
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if fields[0] == ZOMBIE else f"{boot} {fields[START_TIME_FIELD]}"


def _ps(pid: int, column: str) -> str:
    told = ["/bin/ps", "-o", column, "-p", str(pid)]
    return subprocess.run(told, capture_output=True, text=True, check=False).stdout.strip()
