"""One database beside a launch: the program on it, its texts, and callbacks about them."""

import asyncio
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from bench.load import request
from kit.processes import reserve_port

_SINGLE_SECONDS = 0.02
"""Between the starts of two single callbacks; 50 a second at most."""
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


@dataclass(frozen=True)
class Text:
    """A text that was accepted.

    `/twilio/status/del_…/1/token`, `SM00…01`, `+12122120000`
    """

    path: str
    sid: str
    to: str


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
        self._next_number = 2_122_120_000

    def accepted_texts(self, count: int) -> list[Text]:
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
        address = ("127.0.0.1", reserve_port())
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
                process.terminate()

    async def timed_launch(self, count: int) -> Launch:
        """Launch a campaign to contacts that are new to the ledger."""
        file = self._folder / "commits.json"
        words = ("-m", "bench.commit_times", str(file), *self._launch_words(count))
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
        self._answer(201, {"sid": sid, "status": "queued", "num_segments": "1"})

    def do_GET(self) -> None:
        self._answer(200, {"messages": [], "next_page_uri": None})

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        answer = json.dumps(document).encode()
        self.send_response(status)
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
