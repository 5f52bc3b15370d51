"""Whether browsers can reach the address that presigned uploads are signed for."""

from ipaddress import ip_address
from urllib.parse import urlsplit

_INTERNAL = (".internal", ".local", ".svc", ".lan", ".home.arpa")


def unreachable_uploads(endpoint_url: str | None, origin: str) -> str | None:
    """Say why clients of the API at `origin` cannot send to S3 at `endpoint_url`, if they cannot.

    `endpoint_url` None is Amazon's own, which all can reach.
    """
    if endpoint_url is None:
        return None
    host, api = urlsplit(endpoint_url).hostname or "", urlsplit(origin).hostname or ""
    if _is_loopback(host) and not _is_loopback(api):
        return _sentence(endpoint_url, "only this machine itself reaches it")
    if _is_internal(host):
        return _sentence(endpoint_url, f"{host} is a name that only this network knows")
    return None


def _sentence(endpoint_url: str, reason: str) -> str:
    return (
        f"Presigned uploads are signed for {endpoint_url}, and {reason}: set "
        "FOTOTECA_S3_PUBLIC_ENDPOINT_URL to the bucket's address as clients reach it."
    )


def _is_internal(host: str) -> bool:
    if _is_loopback(host) or _is_ip(host):
        return False
    return "." not in host.rstrip(".") or host.rstrip(".").endswith(_INTERNAL)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(host) and ip_address(host).is_loopback


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
