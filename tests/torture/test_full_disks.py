"""A full disk: callbacks are answered 503, nothing is half-written, and it goes on with room.

A limit on a file's size is told to a program as a full disk is; it needs no rights to set.
"""

import itertools
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import requests

from kit.disks import no_file_beyond
from kit.load import Load, check_school
from kit.postgres import PostgresServer
from kit.processes import School, post
from kit.store import sqlite_url

_IN_A_NAMESPACE = ["unshare", "--map-root-user", "--mount"]
_DISK_MEGABYTES = 8
_LESS_THAN_A_PAGE = 1000
"""Bytes: no write to a database fits, wherever in the file it goes."""


def a_callback(mark: str, *, characters: int = 0) -> dict[str, str]:
    form = {"MessageSid": f"SM{mark}", "MessageStatus": "sent", "Mark": mark}
    return form | {"Padding": "x" * characters}


def post_fat(load: Load, mark: str) -> int:
    """Post a callback that takes 50 kB of the disk; gives the answer."""
    return post(load.urls[0], a_callback(mark, characters=50_000))


def test_a_sqlite_file_that_cannot_grow_takes_no_callback_and_breaks_none(school, standin):
    load = Load.about(standin)
    with school.serving() as web:
        load.deliver("before", load.urls[0])
        with no_file_beyond(_LESS_THAN_A_PAGE, [web.pid]), ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda url: post(url, a_callback("full")), load.urls))
        load.deliver("after", load.urls[0])
        assert web.poll() is None
    assert set(answers) == {503}
    check_school(school, load)


@pytest.mark.torture
def test_a_postgresql_table_that_cannot_grow_takes_no_callback_and_breaks_none(
    postgres_school: School, durable_postgres: PostgresServer, standin
):
    load = Load.about(standin)
    with postgres_school.serving():
        load.deliver("before", load.urls[0])
        with no_file_beyond(16 * 2**20, durable_postgres.process_ids()):  # its log's own files
            marks = map(str, range(600))
            taken = itertools.takewhile(lambda mark: post_fat(load, mark) == 204, marks)
            load.acknowledged.extend(taken)
            assert post_fat(load, "full") == 503
        load.deliver("after", load.urls[0])
    assert len(load.acknowledged) > 2
    check_school(postgres_school, load)


@contextmanager
def serving_on(
    school: School, preparation: str, **settings: str
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The web app, after shell commands that find an empty disk of its own at $DISK.

    Gives the process and the disk. $DISK is also the place that `settings` may name.
    """
    disk = school.folder / "disk"
    disk.mkdir(exist_ok=True)
    there = replace(school, settings={**school.settings, **settings})
    script = (
        f"mount -t tmpfs -o size={_DISK_MEGABYTES}m none $DISK && {preparation} "
        f"&& exec {sys.executable} -m webapp serve --port {school.port}"
    )
    log = school.folder / "disk.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*_IN_A_NAMESPACE, "sh", "-c", script],
            env={**there.environment, "DISK": str(disk)},
            cwd=school.folder,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as web,
    ):
        assert web.stdout is not None
        try:
            assert web.stdout.readline(), log.read_text()
            yield web, Path(f"/proc/{web.pid}/root{disk}")
        finally:
            web.kill()


needs_mounts = pytest.mark.skipif(
    subprocess.run([*_IN_A_NAMESPACE, "true"], capture_output=True, check=False).returncode != 0,
    reason="NOT RUN: a disk of its own (no user namespaces here)",
)


@pytest.mark.torture
@needs_mounts
def test_a_disk_that_fills_under_load_loses_nothing(school, standin, tmp_path):
    load = Load.about(standin)
    url = sqlite_url(school.folder / "disk")
    copied = f"cp {school.folder}/*.* $DISK"
    with serving_on(school, copied, LEDGER_DATABASE_URL=url) as (web, disk):
        load.deliver("before", load.urls[0])
        ballast = disk / "ballast"
        with load.running():
            load.wait_for(50)
            fill(ballast)
            load.wait_for_answers(503, 8)
            assert health_of(school) == (503, 503, {"ledger", "views", "accounts", "sending"})
            ballast.unlink()
            load.wait_for(50)
        assert web.poll() is None
        web.send_signal(signal.SIGSTOP)
        shutil.copytree(disk, tmp_path / "kept")
    kept = {**school.settings, "LEDGER_DATABASE_URL": sqlite_url(tmp_path / "kept")}
    check_school(replace(school, settings=kept), load)


_ELSEWHERE = {
    "views": ("true", {"LEDGER_VIEWS_URL": "sqlite:///disk/views.sqlite3"}),
    "accounts": (
        "mv ledger.accounts.sqlite3 $DISK && ln -s $DISK/ledger.accounts.sqlite3 .",
        {},
    ),
    "sending": (
        "mv ledger.sending.sqlite3 $DISK && ln -s $DISK/ledger.sending.sqlite3 .",
        {},
    ),
    "uploads": ("true", {"TMPDIR": "disk"}),
    "signing": ("true", {"LEDGER_SIGNING_KEY": "disk/key", "LEDGER_SIGNING_RECORD": "disk/record"}),
}
"""Place → how it comes to be on a disk of its own."""


_UNWRITABLE = {
    "full": "(cat /dev/zero > $DISK/ballast; true)",
    "read-only": "mount -o remount,ro $DISK",
}
_CURED = {"full": "rm $DISK/ballast", "read-only": "mount -o remount,rw $DISK"}


@pytest.mark.torture
@needs_mounts
@pytest.mark.parametrize(
    ("place", "state"),
    [
        *((place, "full") for place in _ELSEWHERE),
        ("uploads", "read-only"),
        ("signing", "read-only"),
    ],
)
def test_an_unwritable_disk_under_anything_but_the_ledger_refuses_no_callback(
    school, standin, place, state
):
    """No disk becomes read-only under a database that is open; the next test has these."""
    load = Load.about(standin)
    link = school.run("user", "link", "j.ortiz", "--new").stdout
    preparation, settings = _ELSEWHERE[place]
    with serving_on(school, preparation, **settings) as (web, _):
        visitor = Visitor.signed_in(school, link)
        load.deliver("before", load.urls[0])
        wait_for_health(school, (200, 200, set()))
        in_namespace(web, school, _UNWRITABLE[state])
        with load.running():
            load.wait_for(200)
            wait_for_health(school, (503, 200, {place}))
            check_answers(visitor)
            told = in_namespace(web, school, f"{sys.executable} -m webapp campaign list", settings)
            assert place != "views" or f"The disk of the views is {state}." in told
        in_namespace(web, school, _CURED[state])
        wait_for_health(school, (200, 200, set()))
        load.deliver("after", load.urls[0])
        check_answers(visitor, expected={200})
        assert web.poll() is None
    assert set(load.answers) == {204}
    assert len((school.folder / "disk.log").read_text().splitlines()) < 50
    check_school(school, load)


def in_namespace(
    web: "subprocess.Popen[str]", school: School, script: str, settings: Mapping[str, str] = {}
) -> str:
    """Run shell commands where the server's disk is mounted; gives what they print."""
    enter = ["nsenter", "-t", str(web.pid), "-m", "-U", "--preserve-credentials"]
    there = replace(school, settings={**school.settings, **settings})
    done = subprocess.run(
        [*enter, "sh", "-c", f"cd {school.folder} && {script}"],
        env={**there.environment, "DISK": str(school.folder / "disk")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


class Visitor:
    """A person in front of the pages, who keeps cookies and presses buttons."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url, requests.Session()

    @classmethod
    def signed_in(cls, school: School, link: str) -> "Visitor":
        """Somebody who has used a link that a command printed."""
        visitor = cls(school.url)
        path = re.search(r"/sign-in/\S+", link)
        assert path, link
        assert visitor.press(path[0]).status_code == 200
        return visitor

    def open(self, path: str) -> requests.Response:
        return self._session.get(self._url + path, timeout=120)

    def press(self, path: str, files: dict[str, bytes] | None = None, **fields: str) -> Any:
        """Post the form of a page, with its token; gives the page that follows."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.open(path).text)
        data = {"csrf_token": token[1] if token else "", **fields}
        return self._session.post(self._url + path, data=data, files=files, timeout=120)


_PAGES = ("/campaigns", "/conversations", "/audit", "/people", "/health-page")
_CONTACTS = b"first_name,phone\nAda,+14155550101\n"
_WIDE = b"first_name,phone,note\nAda,+14155550101," + b"x" * 400 + b"\n"
_LARGE = _WIDE + b"".join(b"P,+1415556%04d,%s\n" % (n, b"x" * 400) for n in range(3000))
"""Too large to be kept in memory."""


def check_answers(visitor: Visitor, expected: Collection[int] = (200, 503)) -> None:
    """Pages and buttons work, or say in a sentence which disk prevents it."""
    fields = {"name": "Fair", "message": "Hello {{first_name}}", "step": "check"}
    answers = [
        *map(visitor.open, _PAGES),
        visitor.press("/campaigns/new", {"contacts": _CONTACTS}, **fields),
        visitor.press("/campaigns/new", {"contacts": _LARGE}, **fields),
        visitor.press("/sending", act="stop", reason="a test"),
        visitor.press("/sending", act="resume", reason="a test"),
    ]
    for answer in answers:
        assert answer.status_code in expected, (answer.url, answer.text)
        assert "Traceback" not in answer.text
        assert answer.status_code == 200 or "The disk of " in answer.text, answer.text
    assert visitor.open("/livez").status_code == 200


@pytest.mark.torture
@needs_mounts
@pytest.mark.parametrize("place", ["views", "accounts", "sending"])
@pytest.mark.parametrize("state", _UNWRITABLE)
def test_a_server_starts_on_an_unwritable_disk_and_heals_without_a_restart(
    school, standin, place, state
):
    load = Load.about(standin)
    assert school.run("user", "link", "j.ortiz", "--new").returncode == 0
    preparation, settings = _ELSEWHERE[place]
    with serving_on(school, f"{preparation} && {_UNWRITABLE[state]}", **settings) as (web, _):
        load.deliver("before", load.urls[0])
        status, body = asked(f"{school.url}/health")
        assert (status, asked(f"{school.url}/readyz")[0]) == (503, 200)
        assert f"is {state}." in json.loads(body)["words"]
        in_namespace(web, school, _CURED[state])
        wait_for_health(school, (200, 200, set()))
        load.deliver("after", load.urls[0])
    assert set(load.answers) == {204}
    check_school(school, load)


def health_of(school: School) -> tuple[int, int, set[str]]:
    """The statuses of /health and /readyz, and the places that /health complains of."""
    status, body = asked(f"{school.url}/health")
    ready, _ = asked(f"{school.url}/readyz")
    return status, ready, {problem["place"] for problem in json.loads(body)["problems"]}


def asked(url: str) -> tuple[int, bytes]:
    """Status and body of the answer."""
    try:
        with urllib.request.urlopen(url, timeout=15) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def wait_for_health(school: School, expected: tuple[int, int, set[str]]) -> None:
    """Return once `health_of` says so, and the views have read everything if all is well."""
    deadline = time.monotonic() + 60
    while (found := health_of(school)) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def fill(ballast: Path) -> None:
    """Write until there is no room left."""
    try:
        with ballast.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
    except OSError:
        return
