"""Why the API cannot listen where it was told to, in a sentence for whoever told it."""

import errno
import socket

FIRST_UNPRIVILEGED_PORT = 1024


def is_taken(error: OSError) -> bool:
    """Whether another program listens there."""
    return error.errno == errno.EADDRINUSE


def why_not(error: OSError, host: str, port: int) -> str:
    """Say what is wrong, where, and what to do now."""
    if is_taken(error):
        return (
            f"port {port} of {host} is taken by another program: end that program, or choose "
            f"another port with FOTOTECA_PORT"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return (
            f"this user may not listen on port {port} of {host}: choose a port from "
            f"{FIRST_UNPRIVILEGED_PORT} upwards with FOTOTECA_PORT"
        )
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return (
            f"FOTOTECA_HOST={host} is no address of this machine: take 127.0.0.1, or 0.0.0.0 "
            "to listen on all of them"
        )
    return f"the API cannot listen on port {port} of {host}: {error.strerror or error}"
