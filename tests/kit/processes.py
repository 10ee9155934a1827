"""The program as its users run it: commands and servers in processes of their own."""

import base64
import functools
import hashlib
import hmac
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, TextIO
from unittest.mock import patch
from urllib.parse import urlencode

from kit.log_watch import read_lines

TOKEN = 32 * "1"
ACCOUNT = "AC" + 32 * "0"
_COMMAND = [sys.executable, "-m", "webapp"]
_END_SECONDS = 30
_NO_API = "http://127.0.0.1:9"
"""An API at which nobody answers. At Twilio's own, a public address of this machine is refused."""


def reserve_port() -> int:
    """Return a port that belongs to this process until it ends, and that nobody listens on.

    It stays bound, so the system gives it to nobody else. It is not listened on, so a server of
    the tests may still bind it: both allow the address to be reused.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    port: int = reservation.getsockname()[1]
    reservation.detach()
    return port


@dataclass(frozen=True)
class School:
    """One school's installation: a folder, its settings, and its commands."""

    folder: Path
    port: int
    api_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings that differ from those of every school."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith(("LEDGER_", "TWILIO_"))},
            "PYTHONPATH": str(Path(__file__).parent.parent.parent),
            "LEDGER_DATABASE_URL": f"sqlite:///{self.folder / 'ledger.sqlite3'}",
            "LEDGER_PUBLIC_URL": self.url,
            "LEDGER_SEND_WINDOW": "none",
            "LEDGER_UNDO_SECONDS": "0",
            "LEDGER_TWILIO_API_URL": self.api_url or _NO_API,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_PHONE_NUMBER": "+15005550006",
            **self.settings,
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        done = subprocess.run(
            [*_COMMAND, *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        read_lines(done.stderr)
        return done

    def read(self, *words: str) -> Any:
        """The JSON document that a command prints."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def launch(self, *rows: str, message: str = "Hello {{first_name}}", **options: str) -> str:
        """Launch a campaign to `first_name,phone` rows; gives its id."""
        file = self.folder / "contacts.csv"
        file.write_text("\n".join(("first_name,phone", *rows)))
        extra = [word for name, value in options.items() for word in (f"--{name}", value)]
        base = ("campaign", "launch", "--again", "--name", "Fall", "--message", message)
        document = self.read(*base, "--contacts", str(file), *extra)
        campaign_id: str = document["id"]
        return campaign_id

    @contextmanager
    def running(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """A long-running command; its first line of output has come. Ends with the block."""
        log = self.folder / f"{words[0]}.log"
        with log.open("a") as errors:
            process = self._start(words, errors)
        try:
            if words[0] != "send":
                assert process.stdout is not None
                assert process.stdout.readline(), log.read_text()
            yield process
        finally:
            end(process)
            read_lines(log.read_text())

    def _start(self, words: Sequence[str], errors: TextIO) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*_COMMAND, *words],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )

    def serving(self) -> Any:
        """The web app, listening."""
        return self.running("serve", "--port", str(self.port))


@functools.cache
def separate_processes() -> BaseContext:
    """Return what starts processes that share nothing with this one, and import nothing again.

    They are forks of one server process, which has imported the program. It is given the path of
    imports by the environment, for Python 3.11 hands it none.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "kit.rows", "kit.world", "kit.whole_program"])
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):
        forkserver.ensure_running()
    return context


def child_of(pid: int, command: str) -> int:
    """Return the id of the process that runs a command of the program for the one with that id.

    The command is one of its arguments, or the name of a fork (`kit.forks`).
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next(int(each) for each in children if command in _words_of(each))


def _words_of(pid: str) -> list[str]:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return [*words, Path(f"/proc/{pid}/comm").read_text().strip()]


def end(process: "subprocess.Popen[Any]") -> None:
    """End a server in good order; kill it, and fail, where it does not end in time.

    By SIGTERM, for SIGINT is ignored by everything that `nohup` or cron started.
    """
    process.terminate()
    try:
        process.wait(timeout=_END_SECONDS)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def signature(
    url: str, form: Mapping[str, str] | Sequence[tuple[str, str]], token: str = TOKEN
) -> str:
    """Twilio's signature, reckoned with nothing but the standard library.

    Every value of a repeated name counts, but the same value once.
    """
    pairs = form.items() if isinstance(form, Mapping) else form
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.digest(token.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def post(url: str, form: Mapping[str, str], *, token: str = TOKEN) -> int:
    """Post a signed form as Twilio does; the HTTP status, 0 where no answer came."""
    request = urllib.request.Request(
        url,
        data=urlencode(form).encode(),
        headers={"X-Twilio-Signature": signature(url, form, token)},
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            status: int = answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
    return status
