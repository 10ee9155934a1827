"""How long callbacks, and a launch's commits, take while a large campaign is launched beside them.

    python -m bench launching [--write]                       the whole table, for the page
    python -m bench.launching [--contacts N] [--seconds S]    other sizes; prints the table

It uses the program as its users do: its command line, its HTTP, and a server in Twilio's place. So
this one file can be copied into an older checkout, and the two can be compared. All that it knows
about the inside is the table `ledger_head`, which every commit reads first and updates last.
"""

import argparse
import asyncio
import gc
import itertools
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import sqlalchemy as sa
import uvloop
from twilio.request_validator import RequestValidator

from bench.load import request
from bench.measuring import Figure, Reach, figure, in_unit, middle, not_run, table

if TYPE_CHECKING:
    from bench.setting import Setting

CONNECTIONS = 32
_SINGLE_SECONDS = 0.02
"""Between the starts of two single callbacks; 50 a second at most."""
_MOST_COMMIT = Reach(50, "ms", is_most=True)
_KINDS = ("SQLite", "PostgreSQL")
_PATHS = os.pathsep.join(str(folder) for folder in Path(__file__).resolve().parents[1:3])
_PUBLIC_URL = "https://texts.school.example"
_TOKEN = 32 * "1"
_SETTINGS = {
    "LEDGER_PUBLIC_URL": _PUBLIC_URL,
    "LEDGER_SECRET_KEY": "a secret for the benchmarks alone",
    "LEDGER_SEND_WINDOW": "none",
    "TWILIO_ACCOUNT_SID": "AC" + 32 * "0",
    "TWILIO_AUTH_TOKEN": _TOKEN,
    "TWILIO_MESSAGING_SERVICE_SID": "MG" + 32 * "2",
}
_MESSAGE = "Dear {{first_name}}, the school is closed tomorrow because of the storm. Stay safe!"


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of everything."""

    contacts: int
    """In each of the three launches of a round."""
    texts: int
    """Accepted before anything is measured; the callbacks are about them in turn."""
    seconds: float
    """How long callbacks are posted while nothing is launched."""
    rounds: int
    """Each in a new database."""


FULL = Size(contacts=100_000, texts=12_000, seconds=15, rounds=3)
SMALL = Size(contacts=1000, texts=64, seconds=0.5, rounds=1)


@dataclass(frozen=True)
class Span:
    """Two moments of `time.perf_counter`, which all processes of a Linux machine share."""

    began: float
    ended: float

    @property
    def milliseconds(self) -> float:
        return 1000 * (self.ended - self.began)


@dataclass(frozen=True)
class Launch:
    """What a launch took."""

    seconds: float
    """Of the whole process, start of the program and reading of the file included."""
    commits: list[Span]

    @property
    def enrolment(self) -> Span:
        """From the first commit to the last."""
        return Span(self.commits[0].began, self.commits[-1].ended)

    def beside(self, callbacks: Sequence[Span]) -> list[Span]:
        """The callbacks that were under way during the enrolment."""
        began, ended = self.enrolment.began, self.enrolment.ended
        return [each for each in callbacks if began <= each.ended and each.began <= ended]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What was measured on one database: callbacks and launches, alone and beside each other."""

    single_calm: list[Span]
    single_beside: list[Span]
    many_calm: list[Span]
    many_beside: list[Span]
    launch_alone: Launch
    launch_beside_single: Launch
    launch_beside_many: Launch


def run(setting: "Setting") -> Iterator[Figure]:
    """The lines of this benchmark."""
    yield from lines(setting, FULL if setting.scale.rounds > 2 else SMALL, _KINDS)


def lines(setting: "Setting", size: Size, kinds: Sequence[str]) -> Iterator[Figure]:
    """The same at any size, on these kinds of database."""
    for kind in kinds:
        if kind == "PostgreSQL" and setting.why_no_postgres:
            yield not_run(f"callbacks while launching, {kind}", "–", setting.why_no_postgres)
        else:
            rounds = [_round(setting, kind, size) for _ in range(size.rounds)]
            yield from _figures(kind, f"{size.contacts:,} contacts", rounds)


# The figures.


def _figures(kind: str, launched: str, rounds: Sequence[Round]) -> Iterator[Figure]:
    calm, beside = f"{kind}, calm", f"{kind}, beside a launch of {launched}"
    many = f"callbacks over {CONNECTIONS} connections"
    yield _p99(f"single callbacks, {calm}: p99", [each.single_calm for each in rounds])
    yield _p99(f"single callbacks, {beside}: p99", [each.single_beside for each in rounds])
    yield _p99(f"{many}, {calm}: p99", [each.many_calm for each in rounds])
    yield _p99(f"{many}, {beside}: p99", [each.many_beside for each in rounds])
    launch = f"launch of {launched}, {kind}"
    yield from _launch(f"{launch}, alone", [each.launch_alone for each in rounds])
    single = f"{launch}, beside single callbacks"
    yield from _launch(single, [each.launch_beside_single for each in rounds])
    yield from _launch(f"{launch}, beside {many}", [each.launch_beside_many for each in rounds])


def _launch(what: str, launches: Sequence[Launch]) -> Iterator[Figure]:
    enrolling = middle([each.enrolment.milliseconds / 1000 for each in launches])
    detail = f"the whole command; {enrolling:.1f} s from the first commit to the last"
    yield _plain(what, "s", [each.seconds for each in launches], detail)
    commits = [each.commits for each in launches]
    yield _p99(f"{what}: p99 of a commit", commits, _MOST_COMMIT)


def _p99(what: str, rounds: Sequence[Sequence[Span]], reach: Reach | None = None) -> Figure:
    """The 99th percentile of each round; median and longest of all rounds are the detail."""
    p99s = [_quantile(spans, 0.99) for spans in rounds]
    spans = [span for each in rounds for span in each]
    median, longest = _quantile(spans, 0.5), _quantile(spans, 1)
    detail = f"{len(spans):,} of them; median {median:.1f} ms, longest {longest:.1f} ms"
    return figure(what, "–", reach, p99s, detail) if reach else _plain(what, "ms", p99s, detail)


def _quantile(spans: Sequence[Span], share: float) -> float:
    """The milliseconds that this share of them kept within."""
    if not spans:
        raise RuntimeError("No callback came during the enrolment; launch more contacts.")
    ordered = sorted(span.milliseconds for span in spans)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _plain(what: str, unit: str, rounds: Sequence[float], detail: str) -> Figure:
    """A figure to compare with that of an older version; it has no reach."""
    return Figure(
        what=what,
        yardstick="–",
        reach="–",
        found=in_unit(middle(rounds), unit),
        spread=f"{in_unit(min(rounds), unit)} – {in_unit(max(rounds), unit)}",
        reached="–",
        detail=detail,
    )


# One round.


def _round(setting: "Setting", kind: str, size: Size) -> Round:
    school = School(setting.new_folder(), setting.new_url(kind))
    texts = school.accepted_texts(size.texts)
    gc.freeze()  # or a collection walks every module while answers are timed
    with school.receiving() as address:
        return uvloop.run(_measured(school, Callbacks(address, texts), size))


async def _measured(school: "School", callbacks: "Callbacks", size: Size) -> Round:
    single_calm = await callbacks.post(1, asyncio.sleep(size.seconds))
    many_calm = await callbacks.post(CONNECTIONS, asyncio.sleep(size.seconds))
    alone = await school.timed_launch(size.contacts)
    beside_single = asyncio.ensure_future(school.timed_launch(size.contacts))
    single = await callbacks.post(1, beside_single)
    beside_many = asyncio.ensure_future(school.timed_launch(size.contacts))
    many = await callbacks.post(CONNECTIONS, beside_many)
    return Round(
        single_calm=single_calm,
        single_beside=beside_single.result().beside(single),
        many_calm=many_calm,
        many_beside=beside_many.result().beside(many),
        launch_alone=alone,
        launch_beside_single=beside_single.result(),
        launch_beside_many=beside_many.result(),
    )


class School:
    """The program on one database, its commands run as processes of their own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("LEDGER_", "TWILIO_"))},
            **_SETTINGS,
            "PYTHONPATH": _PATHS,
            "LEDGER_DATABASE_URL": url,
        }
        self._next_number = 2_120_000_000

    def accepted_texts(self, count: int) -> "list[Text]":
        """Launch a campaign and send it; return its texts, whose status can be reported."""
        self._run("-m", "webapp", *self._launch_words(count))
        with _twilio() as twilio:
            self._run("-m", "webapp", "send", "--once", LEDGER_TWILIO_API_URL=twilio.url)
        if len(twilio.texts) != count:
            raise RuntimeError(f"{len(twilio.texts)} texts were sent instead of {count}.")
        return twilio.texts

    @contextmanager
    def receiving(self) -> Iterator[tuple[str, int]]:
        """Run the receiver of callbacks; yields its address."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            address = probe.getsockname()
        command = [sys.executable, "-m", "webapp", "receive", "--port", str(address[1])]
        with (
            (self._folder / "receive.log").open("w") as log,
            subprocess.Popen(
                command,
                env=self._environment,
                cwd=self._folder,
                stdout=subprocess.PIPE,
                stderr=log,
            ) as process,
        ):
            assert process.stdout is not None
            try:
                if not process.stdout.readline():
                    raise RuntimeError((self._folder / "receive.log").read_text())
                yield address
            finally:
                process.send_signal(signal.SIGINT)

    async def timed_launch(self, count: int) -> Launch:
        """Launch a campaign to contacts that are new to the ledger."""
        file = self._folder / "commits.json"
        words = ("-m", "bench.launching", "--time-commits", str(file), *self._launch_words(count))
        began = time.perf_counter()
        await asyncio.to_thread(self._run, *words)
        seconds = time.perf_counter() - began
        return Launch(seconds, [Span(*each) for each in json.loads(file.read_text())])

    def _launch_words(self, count: int) -> tuple[str, ...]:
        file, first = self._folder / "contacts.csv", self._next_number
        self._next_number += count
        with file.open("w") as contacts:
            contacts.write("first_name,last_name,mobile\n")
            contacts.writelines(f"Given{n},Family{n},+1{n}\n" for n in range(first, first + count))
        named = ("--name", "Everybody", "--message", _MESSAGE, "--contacts", str(file))
        return ("campaign", "launch", *named)

    def _run(self, *words: str, **settings: str) -> None:
        done = subprocess.run(
            [sys.executable, *words],
            env=self._environment | settings,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{words} failed: {done.stderr[-2000:]}")


# The texts, and the callbacks about them.


@dataclass(frozen=True)
class Text:
    """A text that was accepted.

    `/twilio/status/del_…/1/token`, `SM00…01`, `+12120000000`
    """

    path: str
    sid: str
    to: str


class Callbacks:
    """Posts signed callbacks about all texts in turn; no two callbacks are the same."""

    def __init__(self, address: tuple[str, int], texts: Sequence[Text]) -> None:
        self._address = address
        self._callbacks = (
            _callback(texts[number % len(texts)], number) for number in itertools.count()
        )

    async def post(self, connections: int, until: Awaitable[Any]) -> list[Span]:
        """Post over that many connections until `until` is done; each waits for its answer.

        A single connection keeps a steady rate; several post as fast as they are answered.
        """
        spans: list[Span] = []
        stop = asyncio.Event()
        rest = _SINGLE_SECONDS if connections == 1 else 0.0
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._post_over_one(spans, stop, rest))
            await until
            stop.set()
        return spans

    async def _post_over_one(self, spans: list[Span], stop: asyncio.Event, rest: float) -> None:
        reader, writer = await asyncio.open_connection(*self._address)
        while not stop.is_set():
            callback = next(self._callbacks)
            began = time.perf_counter()
            writer.write(callback)
            answer = await reader.readuntil(b"\r\n\r\n")
            spans.append(Span(began, time.perf_counter()))
            if b" 204 " not in answer.partition(b"\r\n")[0]:
                raise RuntimeError(f"A callback was not taken: {answer.decode()}")
            if rest:
                await asyncio.sleep(max(0.0, began + rest - time.perf_counter()))
        writer.close()
        await writer.wait_closed()


def _callback(text: Text, number: int) -> bytes:
    """A signed POST as it goes over the wire."""
    form = {
        "AccountSid": _SETTINGS["TWILIO_ACCOUNT_SID"],
        "ApiVersion": "2010-04-01",
        "From": "+15005550006",
        "MessageSid": text.sid,
        "MessageStatus": "sent",
        "RawDlrDoneDate": str(number),
        "SmsSid": text.sid,
        "SmsStatus": "sent",
        "To": text.to,
    }
    signature = RequestValidator(_TOKEN).compute_signature(_PUBLIC_URL + text.path, form)
    return request(
        text.path,
        urlencode(form).encode(),
        Content_Type="application/x-www-form-urlencoded",
        X_Twilio_Signature=signature,
    )


class _Twilio(ThreadingHTTPServer):
    """Accepts every text, and keeps the address at which its status is reported."""

    request_queue_size = 128
    """The sender opens all its connections at once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TwilioHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.texts: list[Text] = []
        self._mutex = threading.Lock()

    def take(self, form: Mapping[str, list[str]]) -> str:
        """Accept a text and return its SID."""
        with self._mutex:
            sid = f"SM{len(self.texts) + 1:032x}"
            path = urlsplit(form["StatusCallback"][0]).path
            self.texts.append(Text(path, sid, form["To"][0]))
        return sid


class _TwilioHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Twilio

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sid = self.server.take(parse_qs(body.decode()))
        answer = json.dumps({"sid": sid, "status": "queued", "num_segments": "1"}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: object) -> None:
        """Print nothing for a request."""


@contextmanager
def _twilio() -> Iterator[_Twilio]:
    with _Twilio() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


# In the process that launches.


def _time_commits(spans: list[tuple[float, float]]) -> None:
    """Add the moments at which this process got and released the lock, for every commit.

    SQLite's lock is held from before BEGIN, PostgreSQL's from the answer to the first statement
    that asks for the head's row; the wait for the lock does not count. Both are released when the
    commit is durable, just before the connection goes back to its pool.
    """

    @sa.event.listens_for(sa.Engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.info["began"] = time.perf_counter()

    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def executed(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if "ledger_head" not in statement:
            return
        is_sqlite = connection.dialect.name == "sqlite"
        now = connection.info["began"] if is_sqlite else time.perf_counter()
        connection.info.setdefault("held", now)
        if statement.startswith("UPDATE"):
            connection.info["is_written"] = True

    @sa.event.listens_for(sa.Pool, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        held, is_written = record.info.pop("held", None), record.info.pop("is_written", False)
        if held and is_written:
            spans.append((held, time.perf_counter()))


def _run_timed(file: Path, words: Sequence[str]) -> None:
    """Run a command of the program in this process, and write the times of its commits."""
    spans: list[tuple[float, float]] = []
    _time_commits(spans)
    sys.argv[1:] = words
    try:
        runpy.run_module("webapp", run_name="__main__", alter_sys=True)
    finally:
        file.write_text(json.dumps(spans))


def main() -> None:
    """Run this benchmark at the size that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.launching")
    parser.add_argument("--contacts", type=int, default=FULL.contacts)
    parser.add_argument("--texts", type=int, default=FULL.texts)
    parser.add_argument("--seconds", type=float, default=FULL.seconds)
    parser.add_argument("--rounds", type=int, default=FULL.rounds)
    parser.add_argument("--kinds", nargs="+", choices=_KINDS, default=_KINDS)
    given = vars(parser.parse_args())
    kinds = given.pop("kinds")
    # Here, so that the process that launches loads little more than the program itself.
    from bench import setting as settings  # noqa: PLC0415 - see above

    with tempfile.TemporaryDirectory(dir="/tmp", prefix="bench-") as folder:
        setting = settings.Setting(settings.FULL, Path(folder))
        try:
            print(table(list(lines(setting, Size(**given), kinds))))
        finally:
            setting.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--time-commits"]:
        _run_timed(Path(sys.argv[2]), sys.argv[3:])
    else:
        main()
