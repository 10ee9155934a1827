"""`delivery-ledger tlog-proof`, read by a client written from the C2SP pages alone."""

import pytest
from msgspec import msgpack

from kit import tlog
from kit.forging import forging, recompute
from kit.store import ledger_file

ADA, BEN, CLEO = "Ada,+14155550101", "Ben,+14155550102", "Cleo,+14155550103"


@pytest.fixture
def key(school) -> tlog.Vkey:
    """The public key of a school with a campaign to three, of five events, signed."""
    school.launch(ADA, BEN, CLEO)
    return tlog.Vkey(school.run("checkpoint").stderr.removeprefix("Key: ").strip())


def test_each_event_is_proven_to_a_client_that_has_only_the_public_key(school, key):
    for seq in range(1, 6):
        entry = tlog.proven(school.run("tlog-proof", str(seq)).stdout, key)
        assert entry.index == seq - 1
        assert entry.entry[:1] == b"\x02"
        assert msgpack.decode(entry.entry[1:])[0] == seq


def test_an_event_behind_the_newest_checkpoint_gets_a_new_one(school, key):
    school.run("contact", "opt-out", ADA.partition(",")[2])
    file = school.folder / "seven.tlog-proof"
    assert school.run("tlog-proof", "8", "--out", str(file)).stdout == ""
    assert tlog.proven(file.read_text(), key).index == 7
    assert school.run("checkpoint").stdout in file.read_text()


def test_an_event_that_is_not_there_is_refused(school, key):
    done = school.run("tlog-proof", "7")
    assert (done.returncode, done.stderr) == (1, "delivery-ledger: There is no event #7.\n")
    assert school.run("tlog-proof", "0").returncode == 2


def test_a_changed_event_is_not_proven_and_neither_is_its_neighbour_in_a_changed_tree(school, key):
    changed = (
        "delivery-ledger: The ledger was changed by other means, so there is nothing to prove. See "
        "what `delivery-ledger verify` says.\n"
    )
    with forging(ledger_file(school.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
    assert school.run("tlog-proof", "2").stderr == changed
    assert school.run("tlog-proof", "3").returncode == 0
    with forging(ledger_file(school.folder)) as file:
        recompute(file)
    assert school.run("tlog-proof", "3").stderr == changed
