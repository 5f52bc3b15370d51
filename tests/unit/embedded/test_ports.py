"""Ports are free, distinct, kept, and outside of what clients connect from."""

import socket
from collections.abc import Iterator

import pytest

from deploy.embedded.ports import EMBEDDED_PORTS, choose_embedded, is_free, next_free


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener.getsockname()[1]


def test_a_port_that_is_listened_on_is_not_free(busy: int) -> None:
    assert not is_free(busy)
    assert next_free(busy) > busy


def test_every_server_gets_a_port_of_its_own() -> None:
    chosen = choose_embedded(("a", "b", "c"), {})
    assert len(set(chosen.values())) == 3
    assert all(port in EMBEDDED_PORTS for port in chosen.values())


def test_ports_are_kept_while_they_are_free() -> None:
    first = choose_embedded(("a", "b"), {})
    assert choose_embedded(("a", "b"), first) == first


def test_a_kept_port_that_another_program_took_is_replaced() -> None:
    kept = choose_embedded(("a",), {})
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", kept["a"]))
        listener.listen(1)
        assert choose_embedded(("a",), kept) != kept


def test_two_servers_never_share_a_kept_port() -> None:
    kept = choose_embedded(("a",), {})
    chosen = choose_embedded(("a", "b"), {"a": kept["a"], "b": kept["a"]})
    assert chosen["a"] != chosen["b"]
