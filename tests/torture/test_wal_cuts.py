"""A power cut leaves a write-ahead log that ends anywhere: SQLite's log is cut at every frame."""

import random
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.soundness import check_ledger, check_world
from kit.store import sqlite_url
from kit.world import ADA, BEN, CLEO, World

_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
LEDGER, VIEWS = "ledger.sqlite3", "ledger.views.sqlite3"


@pytest.fixture
def history(tmp_path: Path, clock: ManualClock, provider: FakeProvider) -> Iterator[World]:
    """A small history, all of it still in the logs: its world is open."""
    folder = tmp_path / "whole"
    folder.mkdir()
    world = World.open(sqlite_url(folder), clock, provider)
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.catch_up()
    world.send()
    world.callback(world.delivery(campaign_id, ADA), 1, "delivered")
    world.callback(world.delivery(campaign_id, BEN), 1, "undelivered", 30001)
    world.catch_up()
    world.opt_out(BEN)
    world.catch_up()
    yield world
    world.close()


def frames_of(log: bytes) -> int:
    return (len(log) - _HEADER_BYTES) // (_page_size(log) + _FRAME_HEADER_BYTES)


def cut(log: bytes, frame: int, more: int = 0) -> bytes:
    """The log up to a frame, and some bytes of the next."""
    return log[: _HEADER_BYTES + frame * (_page_size(log) + _FRAME_HEADER_BYTES) + more]


def _page_size(log: bytes) -> int:
    (size,) = struct.unpack_from(">I", log, 8)
    return int(size)


def after_the_cut(history: World, name: str, log: bytes) -> World:
    """A world over copies of all files as they lie there now, one of the logs being this."""
    folder = history.folder.with_name("cut")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(history.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
    (folder / f"{name}-wal").write_bytes(log)
    return World.open(sqlite_url(folder), history.clock, history.provider)


def check_prefix(world: World, history: World) -> int:
    """Nothing but the newest events is missing; gives how many are left."""
    found = check_ledger(world.app.ledger)
    whole = history.app.ledger.recorder.select_rows()
    assert [row.leaf for row in found] == [row.leaf for row in whole[: len(found)]]
    return len(found)


def log_of(history: World, name: str) -> bytes:
    return (history.folder / f"{name}-wal").read_bytes()


def every_frame(log: bytes) -> range:
    return range(frames_of(log) + 1)


def around_commits(log: bytes) -> list[int]:
    """The number of frames up to each commit, and that without its last frame; and none."""
    ends = [end for end in every_frame(log)[1:] if _is_commit(log, end - 1)]
    return sorted({0, *ends, *(end - 1 for end in ends)})


def _is_commit(log: bytes, frame: int) -> bool:
    """Whether a frame ends a commit: its header has the size of the database after it."""
    start = len(cut(log, frame))
    (pages,) = struct.unpack_from(">I", log, start + 4)
    return bool(pages)


@pytest.mark.parametrize(
    "frames", [around_commits, pytest.param(every_frame, marks=pytest.mark.torture)]
)
def test_a_ledger_cut_at_any_frame_is_a_sound_beginning_and_goes_on(history, frames):
    log = log_of(history, LEDGER)
    sizes = [-1]
    for frame in frames(log):
        world = after_the_cut(history, LEDGER, cut(log, frame))
        size = check_prefix(world, history)
        if size > sizes[-1]:
            sizes.append(size)
            check_world(world)
            world.opt_out(CLEO)
            check_world(world)
        assert size == sizes[-1]
        world.close()
    assert (sizes[1], sizes[-1]) == (0, history.app.ledger.reader.head())


@pytest.mark.torture
def test_views_cut_at_any_frame_are_read_on_or_rebuilt(history):
    log = log_of(history, VIEWS)
    for frame in range(frames_of(log) + 1):
        world = after_the_cut(history, VIEWS, cut(log, frame))
        check_world(world)
        world.close()


@pytest.mark.torture
def test_logs_cut_anywhere_or_damaged_at_their_end_change_nothing_but_the_end(history, seed):
    chance = random.Random(seed)
    for name in (LEDGER, VIEWS):
        log = log_of(history, name)
        for frame in range(frames_of(log)):
            torn = bytearray(cut(log, frame, chance.randrange(1, _page_size(log))))
            torn[-1] ^= 1 << chance.randrange(8)
            world = after_the_cut(history, name, bytes(torn))
            check_prefix(world, history)
            check_world(world)
            world.close()
