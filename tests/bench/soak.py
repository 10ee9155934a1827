"""`python -m bench.soak [--minutes M] [--rate R] [--write]`: everything at once, for a while.

A receiver, the pages with their projector, a sender and the stand-in run as processes. Callbacks
come at a steady rate, pages are read; afterwards every acknowledged callback must be in the ledger,
and `/metrics` must have every figure that operators need.
"""

import argparse
import http.client
import itertools
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import requests
import sqlalchemy as sa

from bench import page, soak_metrics
from bench.building import MESSAGE, build, phone
from bench.fates import form_of
from bench.machine import machine, moment
from bench.receiving import Accepted, accepted
from bench.setting import opened
from bench.weighing import weigh
from kit.processes import School, post, reserve_port, signature
from kit.staff import NAME, form_token, link_token
from kit.world import World, environment
from ledger.clock import to_microseconds
from ledger.domain.events import Parameters
from ledger.store.engine import reading
from ledger.store.schema import events

_POSTERS = 8
_STATUSES = ("sending", "sent", "delivered")
_TEXTS_PER_SECOND = 5
_PAGE_EVERY_SECONDS = 0.5
_LOOK_EVERY_SECONDS = 0.1
_WRITTEN_SECONDS = 12
"""Each process writes its numbers every five seconds."""


@dataclass
class Heard:
    """What came of it."""

    acknowledged: list[str] = field(default_factory=list)
    """Dedupe keys."""
    answers: Counter[int] = field(default_factory=Counter)
    """HTTP status → how often; 0 where the connection broke."""
    callback_ms: list[float] = field(default_factory=list)
    page_ms: list[float] = field(default_factory=list)
    lag_seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Soak:
    """One run: where, how long and how fast."""

    school: School
    world: World
    texts: Sequence[Accepted]
    seconds: float
    rate: float
    heard: Heard

    def run(self, pages_url: str, campaign_id: str) -> None:
        """Post, read and look until the time is over."""
        until = time.monotonic() + self.seconds
        posts = iter(self._posts())
        turn = threading.Lock()
        with ThreadPoolExecutor(_POSTERS + 2) as pool:
            works = [pool.submit(self._post, posts, turn, until) for _ in range(_POSTERS)]
            works.append(pool.submit(self._read, f"{pages_url}/campaigns/{campaign_id}", until))
            works.append(pool.submit(self._look, until))
            for work in works:
                work.result()

    def _posts(self) -> Iterator[tuple[float, Accepted, Parameters]]:
        """When, for which text, and what; every text hears each word once."""
        start, numbers = time.monotonic(), itertools.count()
        for status in itertools.cycle(_STATUSES):
            for text in self.texts:
                number = next(numbers)
                form = form_of(text.sid, status) | {"Number": str(number)}
                yield start + number / self.rate, text, tuple(form.items())

    def _post(
        self,
        posts: Iterator[tuple[float, Accepted, Parameters]],
        turn: threading.Lock,
        until: float,
    ) -> None:
        connection = http.client.HTTPConnection(str(urlsplit(self.school.url).netloc), timeout=15)
        while time.monotonic() < until:
            with turn:
                due, text, parameters = next(posts)
            time.sleep(max(0.0, due - time.monotonic()))
            began = time.perf_counter()
            status = self._ask(connection, text, parameters)
            self.heard.callback_ms.append(1000 * (time.perf_counter() - began))
            self.heard.answers[status] += 1
            if status == 204:
                place = f"{text.delivery_id}/1"
                dedupe = self.world.app.ledger.identity.dedupe("callback", place, parameters)
                self.heard.acknowledged.append(dedupe)
        connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, text: Accepted, parameters: Parameters
    ) -> int:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(self.school.url + text.path, dict(parameters)),
        }
        try:
            connection.request("POST", text.path, urlencode(parameters), headers)
            answer = connection.getresponse()
            answer.read()
        except OSError:
            connection.close()
            return 0
        return answer.status

    def _read(self, address: str, until: float) -> None:
        """A member of staff who looks at the campaign again and again."""
        with requests.Session() as staff:
            root = "{0.scheme}://{0.netloc}".format(urlsplit(address))
            link = f"{root}/sign-in/{link_token(self.world.app.accounts, NAME)}"
            form = {"csrf_token": form_token(staff.get(link, timeout=15).text)}
            staff.post(link, form, timeout=15).raise_for_status()
            while time.monotonic() < until:
                began = time.perf_counter()
                staff.get(address, timeout=15).raise_for_status()
                self.heard.page_ms.append(1000 * (time.perf_counter() - began))
                time.sleep(_PAGE_EVERY_SECONDS)

    def _look(self, until: float) -> None:
        while time.monotonic() < until:
            self.heard.lag_seconds.append(self.lag())
            time.sleep(_LOOK_EVERY_SECONDS)

    def be_odd(self, pages_url: str) -> None:
        """Do once what a good run has none of: a repeat, a forgery, a doubtful text, a wrong name.

        Then wait until every process has written its numbers.
        """
        connection = http.client.HTTPConnection(str(urlsplit(self.school.url).netloc), timeout=15)
        parameters = tuple((form_of(self.texts[0].sid, "sent") | {"Number": "odd"}).items())
        for _ in range(2):
            self._ask(connection, self.texts[0], parameters)
        connection.close()
        inbound = f"{self.school.url}/twilio/inbound"
        form = {"MessageSid": "SModd", "From": phone(1), "Body": "please no more of these"}
        post(inbound, form)
        post(inbound, form, token="forged")
        with requests.Session() as stranger:
            page_url = f"{pages_url}/sign-in"
            token = form_token(stranger.get(page_url, timeout=15).text)
            wrong = {"csrf_token": token, "username": "nobody", "password": "wrong"}
            stranger.post(page_url, wrong, timeout=15)
        time.sleep(_WRITTEN_SECONDS)

    def metrics(self) -> str:
        """What the receiver says of all processes, in a line."""
        wanted = soak_metrics.figures(len(self.heard.acknowledged), _TEXTS_PER_SECOND)
        return soak_metrics.told(soak_metrics.read_metrics(self.school.url), wanted)

    def lag(self) -> float:
        """How long ago that was recorded which the views do not show yet; 0 where they show all."""
        seq = self.world.app.views.position().seq
        query = sa.select(events.c.recorded_at).where(events.c.seq == seq + 1)
        with reading(self.world.app.ledger.recorder._engine) as connection:
            recorded_at = connection.scalar(query)
        now = to_microseconds(datetime.now(UTC))
        return max(0, now - recorded_at) / 1e6 if recorded_at else 0.0

    def lost(self) -> int:
        """How many acknowledged callbacks are not in the ledger exactly once."""
        query = sa.select(events.c.dedupe).where(events.c.dedupe.is_not(None))
        with reading(self.world.app.ledger.recorder._engine) as connection:
            recorded = Counter(connection.scalars(query))
        return sum(recorded[key] != 1 for key in self.heard.acknowledged)


def soak(folder: Path, minutes: float, rate: float, school_class: type[School] = School) -> str:
    """Run it in an empty folder, and tell what came of it, as a Markdown list."""
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    count = int(minutes * 60 * rate / len(_STATUSES)) + 1
    campaign_id = build(url, count, with_callbacks=False).campaign_ids[0]
    with ExitStack() as running:
        receiver, settings = reserve_port(), environment(url)
        settings |= {
            "LEDGER_PUBLIC_URL": f"http://127.0.0.1:{receiver}",
            "LEDGER_SEGMENTS_PER_SECOND": str(_TEXTS_PER_SECOND),
            "LEDGER_SIGNING_KEY": str(folder / "ledger.signing_key"),
        }
        standin = reserve_port()
        api_url = f"http://127.0.0.1:{standin}"
        school = school_class(folder, receiver, api_url, settings)
        _launch(school, int(minutes * 60 * _TEXTS_PER_SECOND) + 1)
        world = running.enter_context(opened(url))
        world.app.views.catch_up()
        found = Soak(
            school=school,
            world=world,
            texts=accepted(world),
            seconds=60 * minutes,
            rate=rate,
            heard=Heard(),
        )
        pages = reserve_port()
        running.enter_context(school.running("simulate", "--port", str(standin)))
        running.enter_context(school.running("receive", "--port", str(receiver)))
        running.enter_context(school.running("serve", "--port", str(pages)))
        running.enter_context(school.running("send"))
        before = world.app.ledger.reader.head()
        found.run(f"http://127.0.0.1:{pages}", campaign_id)
        appended = world.app.ledger.reader.head() - before
        time.sleep(1)
        lost, lag_after = found.lost(), found.lag()
        found.be_odd(f"http://127.0.0.1:{pages}")
        metrics = found.metrics()
    weigh(settings, folder, "verify")
    weigh(settings, folder, "rebuild", "--check")
    return f"{_told(found, appended, lost, lag_after)}\n- {metrics}"


def _launch(school: School, count: int) -> None:
    """A campaign for the sender, beside the one whose texts are reported on."""
    file = school.folder / "contacts.csv"
    lines = [f"Given{n},{phone(5_000_000 + n)}" for n in range(count)]
    file.write_text("\n".join(("first_name,mobile", *lines)))
    words = ("--name", "Beside", "--message", MESSAGE, "--contacts", str(file))
    done = school.run("campaign", "launch", *words)
    if done.returncode:
        raise RuntimeError(done.stderr)


def _told(found: Soak, appended: int, lost: int, lag_after: float) -> str:
    heard = found.heard
    sent, seconds = sum(heard.answers.values()), found.seconds
    others = {status: n for status, n in heard.answers.items() if status != 204}
    pace, lags = sent / seconds, heard.lag_seconds
    behind = f"always under 1 s: {_judged(max(lags) < 1)}; a second after the end {lag_after:.2f} s"
    lines = (
        f"{seconds / 60:g} minutes, {sent:,} callbacks posted: {pace:.0f} a second",
        f"{found.rate:g} a second were wanted: {_judged(pace >= 0.99 * found.rate)}",
        f"{len(heard.acknowledged):,} acknowledged, other answers: {others or 'none'}",
        f"acknowledged, but not in the ledger exactly once: {lost} ({_judged(lost == 0)})",
        f"lag of the views: {_spread(lags, 's')}; {behind}",
        f"time to 204: {_spread(heard.callback_ms, 'ms')}",
        f"{len(heard.page_ms):,} pages read: {_spread(heard.page_ms, 'ms')}",
        f"{appended:,} events appended in all, those of the sender included",
        "`verify` and `rebuild --check` afterwards: no fault, no difference",
    )
    return "\n".join(f"- {line}" for line in lines)


def _judged(is_reached: bool) -> str:
    return "reached" if is_reached else "not reached"


def _spread(found: Sequence[float], unit: str) -> str:
    if not found:
        return "none"
    ordered = sorted(found)
    middle, late = ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))]
    return f"median {middle:.2f} {unit}, p99 {late:.2f} {unit}, most {ordered[-1]:.2f} {unit}"


def main() -> None:
    """Run it, and print or write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=267, help="callbacks a second")
    parser.add_argument("--write", action="store_true", help="into the page of results")
    given = parser.parse_args()
    began = moment()
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="soak-") as folder:
        text = soak(Path(folder), given.minutes, given.rate)
    text = f"{text}\n\nBegun {began}; ended {moment()}."
    print(text)
    if given.write:
        page.write("machine", machine())
        page.write("soak", text)


if __name__ == "__main__":
    main()
