"""A move of a ledger that is killed at any step: one place takes events, and nothing is lost."""

import pytest

from kit.killed_move import STEPS, kill_move
from kit.moves import installed, places_in_use
from kit.world import ADA, BEN
from webapp.parts.proof import verify_ledger

pytestmark = pytest.mark.torture
KINDS = ("sqlite", "postgresql")


@pytest.mark.parametrize("kinds", [KINDS, KINDS[::-1]], ids="-".join)
@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_move_goes_on_and_loses_nothing(request, tmp_path, kinds, step, is_after):
    with installed(tmp_path, kinds, lambda: request.getfixturevalue("postgres")) as installation:
        world = installation.world()
        world.launch([ADA, BEN])
        world.app.accounts.id_of("ortiz")
        kill_move(installation, step, is_after=is_after)
        in_use = places_in_use(installation)
        assert len(in_use) <= 1
        opted_out = [installation.world(url).opt_out(ADA) for url in in_use]
        installation.move()
        moved = installation.world(installation.new)
        assert verify_ledger(moved.app.settings, {}, lambda *_: None).faults == []
        assert moved.app.accounts.known_id_of("ortiz")
        moved.catch_up()
        assert moved.app.opt_outs.count() == len(opted_out)
        assert places_in_use(installation) == [installation.new]
