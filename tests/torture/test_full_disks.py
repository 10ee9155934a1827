"""A full disk: callbacks are answered 503, nothing is half-written, and it goes on with room.

A limit on a file's size is told to a program as a full disk is; it needs no rights to set.
"""

import itertools
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

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


@contextmanager
def no_file_beyond(size: int, process_ids: Collection[int]) -> Iterator[None]:
    """Within the block no file of these processes grows beyond this number of bytes."""
    before = {}
    for process_id in process_ids:
        before[process_id] = resource.prlimit(process_id, resource.RLIMIT_FSIZE)
        limit = (size, before[process_id][1])
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, limit)
    yield
    for process_id, limit in before.items():
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, limit)


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
def on_a_small_disk(school: School) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The web app over a copy of the school's files on a disk of its own; gives that folder."""
    disk = school.folder / "disk"
    disk.mkdir()
    there = replace(school, settings={**school.settings, "LEDGER_DATABASE_URL": sqlite_url(disk)})
    script = (
        f"mount -t tmpfs -o size={_DISK_MEGABYTES}m none {disk} && cp {school.folder}/*.* {disk} "
        f"&& exec {sys.executable} -m webapp serve --port {school.port}"
    )
    with subprocess.Popen(
        [*_IN_A_NAMESPACE, "sh", "-c", script],
        env=there.environment,
        cwd=school.folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as web:
        assert web.stdout is not None
        try:
            assert web.stdout.readline(), "it did not start"
            yield web, Path(f"/proc/{web.pid}/root{disk}")
        finally:
            web.kill()


@pytest.mark.torture
@pytest.mark.skipif(
    subprocess.run([*_IN_A_NAMESPACE, "true"], capture_output=True, check=False).returncode != 0,
    reason="NOT RUN: a disk of its own (no user namespaces here)",
)
def test_a_disk_that_fills_under_load_loses_nothing(school, standin, tmp_path):
    load = Load.about(standin)
    with on_a_small_disk(school) as (web, disk):
        load.deliver("before", load.urls[0])
        ballast = disk / "ballast"
        with load.running():
            load.wait_for(50)
            fill(ballast)
            load.wait_for_answers(503, 8)
            ballast.unlink()
            load.wait_for(50)
        assert web.poll() is None
        web.send_signal(signal.SIGSTOP)
        shutil.copytree(disk, tmp_path / "kept")
    kept = {**school.settings, "LEDGER_DATABASE_URL": sqlite_url(tmp_path / "kept")}
    check_school(replace(school, settings=kept), load)


def fill(ballast: Path) -> None:
    """Write until there is no room left."""
    try:
        with ballast.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
    except OSError:
        return
