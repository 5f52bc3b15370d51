"""The one place that says which IP addresses are the public internet, for everybody alike.

Sources: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890), and RFC 5214 for ISATAP.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_IPV4_OTHERS = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host to its guests
        "169.254.0.0/16",  # link-local, clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF's protocols
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112: answered by whoever is near
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

_IPV6_UNICAST = IPv6Network("2000::/3")
"""All that IANA gives out. Outside: loopback, `::ffff:0:0/96`, `64:ff9b::/96`, ULA, link-local…"""

_IPV6_OTHERS = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF's protocols: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address is in it
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

_ISATAP = 0x00005EFE
_ISATAP_MASK = 0xFCFFFFFF
"""Of an interface identifier's upper half, without the bits for universal and group."""


def is_public(text: str) -> bool:
    """Whether an address in its usual spelling is public; what is no address is not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4_OTHERS)
    return _is_public_ipv6(address)


def _is_public_ipv6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _IPV6_UNICAST:
        return False
    if int(address) >> 32 & _ISATAP_MASK == _ISATAP:
        return False
    return not any(address in network for network in _IPV6_OTHERS)
