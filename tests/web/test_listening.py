"""Where a server listens, and what is said where it cannot."""

import errno
import socket

import pytest

from ledger.errors import BadSetting
from webapp.serving.listener import listen, listen_errors


def as_option(name, value):
    return f"--{name} {value}"


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_refused(taken):
    with pytest.raises(BadSetting) as refused:
        listen("127.0.0.1", taken)
    assert str(refused.value) == (
        f"Another program uses port {taken} of 127.0.0.1. End that program, or choose another "
        "port: --port 5001"
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.EACCES, "Only root may use port 5001. Choose a port from 1024 on: --port 5002"),
        (
            errno.EADDRNOTAVAIL,
            "school is no address of this machine. Choose one that is: --host 127.0.0.1",
        ),
        (errno.EMFILE, "Cannot listen on port 5001 of school: Too many open files. Choose …"),
    ],
)
def test_the_reason_is_said_with_the_cure(code, sentence):
    with pytest.raises(BadSetting) as refused, listen_errors("school", 5001, as_option):
        raise OSError(code, "")
    assert str(refused.value).startswith(sentence.rstrip("…"))


@pytest.mark.parametrize(
    "host", ["203.0.113.5", "nowhere.invalid", "2001:db8::1", "a..b", "x" * 70]
)
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(BadSetting, match="is no address of this machine"):
        listen(host, 0)


@pytest.mark.parametrize("host", ["", " "])
def test_a_blank_host_is_refused_because_it_would_be_every_address(host):
    with pytest.raises(BadSetting, match="The host is blank"):
        listen(host, 0)


def test_a_listener_says_its_address_with_the_port_that_the_system_chose():
    listener = listen("localhost", 0)
    with listener.socket:
        assert listener.url == f"http://localhost:{listener.socket.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_address_of_ipv6_stands_in_brackets():
    listener = listen("::1", 0)
    with listener.socket:
        assert listener.url.startswith("http://[::1]:")
