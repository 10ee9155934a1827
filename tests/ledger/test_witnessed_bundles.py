"""Witnesses that a reader of a bundle names: who must have cosigned, and what counts."""

import pytest

from kit import page_verifier
from kit.bundles import run, verified
from kit.forged_bundles import newest
from kit.witnessed_bundles import DEMANDS, ONE, TWO, Demand, cosigned


def options(demand: Demand) -> list[str]:
    quorum = [] if demand.quorum is None else [f"--quorum={demand.quorum}"]
    return [*(f"--witness={key}" for key in demand.witnesses), *quorum]


@pytest.mark.parametrize("about", DEMANDS)
def test_the_program_and_the_page_alone_demand_the_same(bundles, about):
    demand, folder = DEMANDS[about], bundles / "campaign"
    demand.forge(folder)
    answer = verified(folder, *options(demand))
    assert (answer.code == 0) is demand.is_accepted, answer.text
    why = page_verifier.verify(folder, [], [], demand.witnesses, demand.quorum)
    assert (why is None) is demand.is_accepted, why


def test_a_cosignature_on_a_checkpoint_of_the_reader_counts(bundles, bundle_school, tmp_path):
    note = bundle_school.newest.read_text()
    own = tmp_path / "own.txt"
    own.write_text(note + ONE.line(note))
    assert verified(bundles / "all", own, "--witness", ONE.key).code == 0
    assert page_verifier.verify(bundles / "all", [], [own.read_bytes()], [ONE.key]) is None
    early = bundle_school.early.read_text()
    own.write_text(early + ONE.line(early))
    assert verified(bundles / "all", own, "--witness", ONE.key).code == 1
    assert page_verifier.verify(bundles / "all", [], [own.read_bytes()], [ONE.key])


def test_the_answer_names_the_witnesses_that_cosigned(bundles):
    cosigned(TWO, ONE)(bundles / "all")
    answer = verified(bundles / "all", "--witness", ONE.key, "--witness", TWO.key, "--quorum", "1")
    ids = ", ".join(sorted(each.key.split("+")[1] for each in (ONE, TWO)))
    assert (
        "Proven: cosigned by 1 of 2 witnesses that you named, which saw no other history of this "
        f"ledger: {ids}\n" in answer.text
    )


@pytest.mark.parametrize("quorum", ["0", "2", "-1", "x"])
def test_an_impossible_number_of_witnesses_is_wrong_usage(bundles, quorum):
    words = ["--witness", ONE.key, f"--quorum={quorum}"]
    assert run(bundles / "all" / "verify.py", *words).code == 2
    assert run(bundles / "all" / "verify.py", "--quorum=1").code == 2


def test_a_cosignature_on_an_older_checkpoint_alone_does_not_count(bundles):
    """A ledger that was rewritten keeps its old cosignatures."""
    older = bundles / "all" / "checkpoints" / "000001-at-3.txt"
    older.write_text(older.read_text() + ONE.line(older.read_text()))
    answer = verified(bundles / "all", "--witness", ONE.key)
    assert answer.code == 1
    assert f"{newest(bundles / 'all').name} was cosigned by 0 witnesses" in answer.text
