"""Which addresses are the public internet, and which URLs may be named at all."""

import pytest

from shared.domain.errors import SourceForbiddenError
from shared.outgoing.addresses import is_public
from shared.outgoing.urls import AllowedHosts, parse_url

NOBODY = AllowedHosts()

PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "223.255.255.255", "2606:4700::1"]

NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 it is refused
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c:0:fbff:8000:1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:7f00:1",
    "2606:4700::1%eth0",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "picture.jpg",
        "//example.com/a.jpg",
        "ftp://example.com/a.jpg",
        "file:///etc/passwd",
        "data:image/gif;base64,R0lGOD",
        "http://",
        "http:///a.jpg",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://:@example.com/",
        "http://example.com:22/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://[::1/",
        "http://[::1]/",
        "http://[fe80::1%25eth0]/",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://127.1/",
        "http://0/",
        "https://example.com/" + "a" * 2048,
        "http://a.example/b?c\r\nX: d",
        "http://a.example/\0",
    ],
)
def test_a_url_that_may_not_be_fetched_is_refused(url: str) -> None:
    with pytest.raises(SourceForbiddenError):
        parse_url(url, NOBODY)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://example.com/a.jpg#part", "https://example.com/a.jpg"),
        ("HTTP://EXAMPLE.com:8080/a", "http://example.com:8080/a"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://[2606:4700::1]:8081", "http://[2606:4700::1]:8081/"),
        ("http://a.example/%2f%7e/../b?c=%2F%20+d", "http://a.example/%2f%7e/../b?c=%2F%20+d"),
        ("http://a.example/b c?d e", "http://a.example/b%20c?d+e"),
    ],
)
def test_a_public_url_is_read(url: str, read: str) -> None:
    assert str(parse_url(url, NOBODY)) == read


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://intranet.example/a", True),
        ("http://INTRANET.example.:81/a", True),
        ("http://127.0.0.1:9000/a", True),
        ("http://127.0.0.1:9001/a", False),
        ("http://[::1]:9000/a", True),
        ("http://[::1]/a", False),
        ("http://sub.intranet.example:81/a", False),
    ],
)
def test_an_operator_allows_hosts_by_name_and_port(url: str, *, is_allowed: bool) -> None:
    allowed = AllowedHosts.parse(" Intranet.example, 127.0.0.1:9000,[::1]:9000,")
    if is_allowed:
        assert parse_url(url, allowed).host
    else:
        with pytest.raises(SourceForbiddenError):
            parse_url(url, allowed)
