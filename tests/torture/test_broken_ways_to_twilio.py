"""Twilio hangs, or cannot be reached: by TLS, by its name, or through a proxy.

Callbacks and pages are answered meanwhile, and texts go out by themselves once the way is mended.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.certificates import make_certificate
from kit.commands import SchoolInProcess
from kit.load import Load, check_school
from kit.processes import reserve_port
from kit.raw_http import Act, RawTwilio
from kit.ways import Way, by_tls, carry_to, close, hang, tunnel

PEOPLE = [f"P{number},+1415555{3000 + number}" for number in range(8)]
PATIENCE_SECONDS = 10
"""How long a page may take on a machine that is busy with other tests."""


@dataclass(frozen=True)
class Ways:
    """The way as it works and as it is broken; `settings` are those of the program."""

    api_url: str
    works: Act
    broken: Act
    settings: Mapping[str, str]
    leaves_open: bool = False
    """Whether Twilio may have the texts, which nobody sends again blindly."""


def hanging(way: Way, twilio: int, _folder: Path) -> Ways:
    """Each request is taken, and not answered for as long as the program waits."""
    return Ways(f"http://127.0.0.1:{way.port}", carry_to(twilio), hang, {}, leaves_open=True)


def untrusted(way: Way, twilio: int, folder: Path) -> Ways:
    """The certificate is not one that the program trusts."""
    (folder / "other").mkdir()
    other = make_certificate(folder / "other")
    works, trusted = _by_tls(twilio, folder)
    return Ways(f"https://127.0.0.1:{way.port}", works, by_tls(other, hang), trusted)


def broken_handshake(way: Way, twilio: int, folder: Path) -> Ways:
    works, trusted = _by_tls(twilio, folder)
    return Ways(f"https://127.0.0.1:{way.port}", works, close, trusted)


def silent_handshake(way: Way, twilio: int, folder: Path) -> Ways:
    works, trusted = _by_tls(twilio, folder)
    return Ways(f"https://127.0.0.1:{way.port}", works, hang, trusted)


def _by_tls(twilio: int, folder: Path) -> tuple[Act, Mapping[str, str]]:
    certificate = make_certificate(folder)
    return by_tls(certificate, carry_to(twilio)), {"REQUESTS_CA_BUNDLE": str(certificate)}


def seconds_of(url: str) -> tuple[float, int]:
    """How long a page takes, and its status."""
    began_at = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            status: int = answer.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
    return time.monotonic() - began_at, status


def check_answers(school: SchoolInProcess, load: Load) -> None:
    """Callbacks and pages are answered now."""
    with load.running():
        load.wait_for(100)
        for path in ("/livez", "/readyz", "/sign-in"):
            seconds, status = seconds_of(school.url + path)
            assert (seconds < PATIENCE_SECONDS, status) == (True, 200), path
        seconds, _status = seconds_of(f"{school.url}/health")
        assert seconds < PATIENCE_SECONDS
    assert set(load.answers) == {204}


def callbacks_of(twilio: RawTwilio) -> list[str]:
    return [each.form["StatusCallback"] for each in twilio.asked if each.method == "POST"]


def first_text(school: SchoolInProcess, twilio: RawTwilio) -> Load:
    """Callbacks about a text that went out while the way worked."""
    twilio.wait_until_texted(lambda numbers: len(numbers) == 1)
    return Load([url.partition("#")[0] for url in callbacks_of(twilio)])


@pytest.mark.torture
@pytest.mark.parametrize("break_it", [hanging, untrusted, broken_handshake, silent_handshake])
def test_a_broken_way_to_twilio_holds_nobody(
    tmp_path: Path, break_it: Callable[[Way, int, Path], Ways]
) -> None:
    with RawTwilio().running() as twilio, Way(close).running() as way:
        ways = break_it(way, int(twilio.url.rpartition(":")[2]), tmp_path)
        _check_way(tmp_path, twilio, way, ways)


@pytest.mark.torture
@pytest.mark.parametrize("broken", [hang, close])
def test_a_broken_proxy_on_the_way_to_twilio_holds_nobody(tmp_path: Path, broken: Act) -> None:
    with RawTwilio().running() as twilio, Way(close).running() as behind:
        behind.act, trusted = _by_tls(int(twilio.url.rpartition(":")[2]), tmp_path)
        with Way(tunnel).running() as proxy:
            settings = {**trusted, "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
            ways = Ways(f"https://127.0.0.1:{behind.port}", tunnel, broken, settings)
            _check_way(tmp_path, twilio, proxy, ways)


def _check_way(folder: Path, twilio: RawTwilio, way: Way, ways: Ways) -> None:
    way.act = ways.works
    settings = {"LEDGER_SECRET_KEY": "a secret for the tests alone", **ways.settings}
    school = SchoolInProcess(folder, reserve_port(), ways.api_url, settings)
    school.launch("Ada,+14155550100")
    with school.serving(), school.running("send") as sender:
        load = first_text(school, twilio)
        way.act = ways.broken
        school.launch(*PEOPLE)
        way.wait_for_connections(3)
        check_answers(school, load)
        way.act = ways.works
        if not ways.leaves_open:
            twilio.wait_until_texted(lambda numbers: len(numbers) == 1 + len(PEOPLE))
        assert sender.poll() is None
    assert len(twilio.texted) == len(set(twilio.texted))
    check_school(school, load)


@pytest.mark.torture
def test_a_name_of_twilio_that_nobody_knows_holds_nobody(tmp_path: Path) -> None:
    """The sender begins no attempt: it cannot compare Twilio's newest texts with the ledger."""
    with RawTwilio().running() as twilio:
        settings = {"LEDGER_SECRET_KEY": "a secret for the tests alone"}
        school = SchoolInProcess(tmp_path, reserve_port(), twilio.url, settings)
        school.launch("Ada,+14155550100")
        assert school.run("send", "--once").returncode == 0
        load = first_text(school, twilio)
        astray = SchoolInProcess(tmp_path, school.port, "http://twilio.invalid:8080", settings)
        astray.launch(*PEOPLE)
        with astray.serving(), astray.running("send") as sender:
            check_answers(astray, load)
            assert sender.poll() is None
        assert len(twilio.texted) == 1
        with school.running("send"):
            twilio.wait_until_texted(lambda numbers: len(numbers) == 1 + len(PEOPLE))
    assert len(twilio.texted) == len(set(twilio.texted))
    check_school(school, load)
