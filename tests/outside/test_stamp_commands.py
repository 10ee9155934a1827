"""`delivery-ledger stamp`: a query for an authority, and its answer in the ledger and bundles."""

import pytest

from kit.bundles import unpack, verified
from kit.time_stamps import ANSWER, FIRST, TIME, stamp_of
from ledger.proof.stamps import query_of


@pytest.fixture
def signed(school):
    """A school with a campaign to one, and its newest checkpoint."""
    school.launch("Ada,+14155550101")
    school.run("checkpoint")
    return school


def test_a_checkpoint_is_stamped_and_the_stamp_is_in_bundles(signed):
    query, answer = signed.folder / "march.tsq", signed.folder / "march.tsr"
    done = signed.run("stamp", "query", "--out", str(query))
    note = signed.run("checkpoint").stdout
    assert query.read_bytes() == query_of(note)
    assert done.returncode == 0
    assert done.stderr == (
        f"{query}: for the checkpoint of 4 events. Send it to a stamping authority, and attach the "
        "answer with `delivery-ledger stamp attach FILE`.\n"
    )
    answer.write_bytes(stamp_of(note))
    done = signed.run("stamp", "attach", str(answer))
    assert done.returncode == 0
    assert done.stderr == (
        f"Kept: a time stamp of the checkpoint of 4 events, which says {TIME}. Its signature was "
        "not checked; `openssl ts -verify` does that.\n"
    )
    bundle = signed.folder / "all.zip"
    signed.run("export", "--all", "--out", str(bundle))
    assert (unpack(bundle) / FIRST).read_bytes() == answer.read_bytes()
    assert verified(bundle).code == 0
    document = signed.read("verify")
    assert document["ok"]
    assert any("`openssl ts -verify`" in words for words in document["unproven"])


def test_an_answer_about_something_else_is_refused(signed):
    file = signed.folder / "other.tsr"
    file.write_bytes(ANSWER)
    done = signed.run("stamp", "attach", str(file))
    assert done.returncode == 1
    assert done.stderr == (
        "delivery-ledger: The time stamp is of no checkpoint that this ledger keeps. Ask for one "
        "with `delivery-ledger stamp query`, and attach the answer to that.\n"
    )
    file.write_bytes(bytes((1 << 20) + 1))
    done = signed.run("stamp", "attach", str(file))
    assert done.stderr == f"delivery-ledger: {file} is too large to be a time stamp.\n"
    assert signed.run("stamp", "attach", "nowhere.tsr").returncode == 2


def test_a_query_that_cannot_be_written_is_refused(signed):
    done = signed.run("stamp", "query", "--out", "/nowhere/march.tsq")
    assert done.returncode == 1
    assert done.stderr.startswith("delivery-ledger: /nowhere/march.tsq cannot be written: ")


def test_a_query_never_replaces_a_file(signed):
    out = signed.folder / "march.tsq"
    out.write_bytes(b"An earlier query")
    done = signed.run("stamp", "query", "--out", str(out))
    assert done.returncode == 1
    assert done.stderr == f"delivery-ledger: {out} exists already. Choose another name.\n"
    assert out.read_bytes() == b"An earlier query"


def test_an_empty_ledger_has_nothing_to_stamp(school):
    done = school.run("stamp", "query", "--out", str(school.folder / "march.tsq"))
    assert (done.returncode, "The ledger is empty" in done.stderr) == (1, True)
