"""A school on three nodes: a receiver, the pages, and two senders on machines of their own."""

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from bench.building import EVENTS_OF_DELIVERY, build
from cluster.patroni import Cluster
from kit.commands import SchoolInProcess
from kit.load import Load
from kit.processes import ACCOUNT, TOKEN, School, reserve_port
from webapp.standin import StandIn, StandInSettings

PATRONI = os.environ.get("LEDGER_PATRONI", "patroni")
"""Patroni's program."""
CONTACTS = int(os.environ.get("CONTACTS") or 6000)
"""At most 8,000: those numbers are ordinary ones."""
EARLIER_EVENTS = int(os.environ.get("EVENTS") or 0)
"""How many events the ledger has from an earlier campaign, which was sent and reported on."""
TEXTS_PER_SECOND = 20
_GIVE_UP_SECONDS = 180.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="ledger-cluster-", dir="/tmp"))
    made = Cluster(folder, PATRONI)
    try:
        made.start()
        made.wait_until_whole()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    """Texts are delivered within two seconds, and callbacks are tried as Twilio tries them."""
    settings = StandInSettings(
        account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=1.0, hold_seconds=30.0
    )
    with StandIn(settings) as started:
        yield started


@dataclass(frozen=True, kw_only=True)
class Running:
    """The school while all its processes run under load."""

    school: School
    standin: StandIn
    load: Load
    campaign_id: str
    senders: Sequence["subprocess.Popen[str]"]
    staff: requests.Session
    pages_url: str
    processes: ExitStack
    """All of them, and the load; `close` ends them."""

    def page(self) -> requests.Response:
        """The campaign's page, as a member of staff gets it."""
        return self.staff.get(f"{self.pages_url}/campaigns/{self.campaign_id}", timeout=30)

    def counts(self) -> Mapping[str, int]:
        """How many contacts of the campaign are delivered, pending and failed."""
        counts: Mapping[str, int] = self.school.read("campaign", "show", self.campaign_id)["counts"]
        return counts

    def unknown_count(self) -> int:
        """How many contacts of the campaign have an attempt of which nobody knows the outcome."""
        words = ("campaign", "contacts", self.campaign_id, "--status", "pending")
        return sum("asking Twilio" in contact["detail"] for contact in self.school.read(*words))


def ordinary_numbers(count: int) -> list[str]:
    """Numbers to which the stand-in delivers every text."""
    every = (f"+1212215{number:04}" for number in itertools.count(2000))
    return list(itertools.islice(every, count))


@pytest.fixture(scope="module")
def running(cluster: Cluster, standin: StandIn, tmp_path_factory) -> Iterator[Running]:
    """All processes, each with a folder of its own, and callbacks posted all the time."""
    receiver = reserve_port()
    settings = {
        "LEDGER_DATABASE_URL": cluster.url,
        "LEDGER_SECRET_KEY": "a secret for the tests alone",
        "LEDGER_SIGNING_KEY": str(tmp_path_factory.mktemp("keys") / "signing_key"),
        "LEDGER_SEGMENTS_PER_SECOND": str(TEXTS_PER_SECOND),
    }

    def machine() -> School:
        return SchoolInProcess(tmp_path_factory.mktemp("machine"), receiver, standin.url, settings)

    school = machine()
    if EARLIER_EVENTS:
        earlier = build(cluster.url, EARLIER_EVENTS // EVENTS_OF_DELIVERY)
        assert school.run("campaign", "archive", *earlier.campaign_ids).returncode == 0
    school.launch(*(f"Known{n},+1415555{3000 + n}" for n in range(20)))
    assert school.run("send", "--once").returncode == 0
    load = Load.about(standin)
    load.give_up_seconds = _GIVE_UP_SECONDS
    rows = [f"New{n},{phone}" for n, phone in enumerate(ordinary_numbers(CONTACTS))]
    campaign_id = school.launch(*rows)
    with ExitStack() as processes, requests.Session() as staff:
        processes.enter_context(school.running("receive", "--port", str(receiver)))
        pages_url = f"http://127.0.0.1:{(page_port := reserve_port())}"
        processes.enter_context(machine().running("serve", "--port", str(page_port)))
        machines = [machine() for _ in range(2)]
        senders = [processes.enter_context(each.running("send")) for each in machines]
        for each in machines:
            _wait_for_attempt(each)
        link = school.run("user", "link", "--new", "Staff").stdout.strip()
        staff.get(link.replace(school.url, pages_url), timeout=30).raise_for_status()
        processes.enter_context(load.running())
        yield Running(
            school=school,
            standin=standin,
            load=load,
            campaign_id=campaign_id,
            senders=senders,
            staff=staff,
            pages_url=pages_url,
            processes=processes,
        )


def _wait_for_attempt(machine: School) -> None:
    """Wait until a sender has started an attempt; its rollback guard is then a file."""
    deadline = time.monotonic() + _GIVE_UP_SECONDS
    while not list(machine.folder.glob("instance/*.sender")):
        assert time.monotonic() < deadline, (machine.folder / "send.log").read_text()
        time.sleep(0.1)
