"""A ledger moves to another database, and loses nothing on the way."""

import pytest

from kit.moves import Installation, address, rows_of
from kit.world import ADA, BEN, CLEO
from webapp.parts.proof import verify_ledger

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=[(old, new) for old in KINDS for new in KINDS], ids="-".join)
def installation(request, tmp_path, clock, provider):
    yield from installed(request, tmp_path, clock, provider, *request.param)


def installed(request, tmp_path, clock, provider, old_kind, new_kind):
    needs_server = "postgresql" in (old_kind, new_kind)
    server = request.getfixturevalue("postgres") if needs_server else None
    for name in ("ledgers", "old", "new"):
        (tmp_path / name).mkdir()
    with (
        address(old_kind, tmp_path / "old", server) as old,
        address(new_kind, tmp_path / "new", server) as new,
    ):
        made = Installation(tmp_path / "ledgers", old, new, clock, provider)
        yield made
        made.close()


def test_everything_is_at_the_new_place(installation):
    world = installation.world()
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.forget(CLEO)
    world.app.checkpoints.make()
    before = rows_of(world.app.store.engine)
    installation.move()
    assert installation.present == installation.new
    moved = installation.world(installation.new)
    assert rows_of(moved.app.store.engine) == before
    assert len(moved.rows(campaign_id)) == 3
    verification = verify_ledger(moved.app.settings, {}, lambda *_: None)
    assert (verification.faults, verification.kept_count) == ([], 1)
    assert list(moved.app.views.differences()) == []
    assert moved.send() == 0
    moved.app.checkpoints.make()
