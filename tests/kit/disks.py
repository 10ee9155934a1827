"""Files that cannot be written or are gone, while a block lasts; it needs no rights."""

import os
import resource
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager

import sqlalchemy as sa

from kit.world import World

Trouble = Callable[[sa.Engine], AbstractContextManager[None]]


def full(engine: sa.Engine) -> AbstractContextManager[None]:
    """No page is added to the file, as on a full disk: SQLITE_FULL."""
    return _with_pragma(engine, "max_page_count=1")


def read_only(engine: sa.Engine) -> AbstractContextManager[None]:
    """Nothing in the file is changed, as on a disk that is read-only: SQLITE_READONLY."""
    return _with_pragma(engine, "query_only=ON")


@contextmanager
def no_file_beyond(size: int, process_ids: Collection[int] = ()) -> Iterator[None]:
    """Within the block no file of these processes grows beyond this number of bytes: EFBIG.

    Without ids it is this process.
    """
    before = {}
    for process_id in process_ids or [os.getpid()]:
        before[process_id] = resource.prlimit(process_id, resource.RLIMIT_FSIZE)
        limit = (size, before[process_id][1])
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, limit)
    try:
        yield
    finally:
        for process_id, limit in before.items():
            resource.prlimit(process_id, resource.RLIMIT_FSIZE, limit)


@contextmanager
def _with_pragma(engine: sa.Engine, pragma: str) -> Iterator[None]:
    def set_pragma(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    sa.event.listen(engine, "checkout", set_pragma)
    try:
        yield
    finally:
        sa.event.remove(engine, "checkout", set_pragma)
        engine.dispose()


@contextmanager
def away(world: World, *names: str) -> Iterator[None]:
    """These files of the world are gone, and something else stands in their place."""
    app = world.app
    for engine in (app.ledger.recorder._engine, app.views.engine, app.accounts._engine):
        engine.dispose()
    for name in names:
        (world.folder / name).rename(world.folder / f"{name}.aside")
        (world.folder / name).mkdir()
    yield
    for name in names:
        (world.folder / name).rmdir()
        (world.folder / f"{name}.aside").rename(world.folder / name)
