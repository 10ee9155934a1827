"""Checkpoints and proofs through the API, which a program of somebody else checks."""

from datetime import timedelta

from kit import tlog
from kit.api import ApiClient
from kit.world import ADA, BEN, World
from webapp.verifications import Verification, keep_verification


def test_a_proof_of_the_newest_checkpoint_is_proven_to_a_client_of_other_logs(
    world: World, api: ApiClient
):
    world.launch([ADA, BEN])
    assert api.get("/checkpoint").status_code == 404
    made = world.app.checkpoints.make()
    world.opt_out()
    checkpoint = api.get("/checkpoint").json
    assert (checkpoint["size"], checkpoint["root"]) == (made.size, made.frontier.root().hex())
    assert checkpoint["note"] == made.note
    key = tlog.Vkey(checkpoint["keys"][0])
    proof = api.get("/events/3/proof").json
    assert tlog.proven(proof["tlog_proof"], key).index == 2
    assert proof["checkpoint_size"] == made.size
    assert api.get(f"/events/{made.size + 1}/proof").status_code == 404
    assert api.get("/events/3/proof?as_of=3").status_code == 404
    assert api.get("/checkpoint?as_of=3").status_code == 404


def test_the_head_and_the_last_verification_are_told(world: World, api: ApiClient):
    world.launch([ADA])
    reader = world.app.ledger.reader
    assert api.get("/head").json == {
        "ledger_id": world.app.ledger.ledger_id,
        "seq": reader.head(),
        "recorded_at": reader.time_at(reader.head()).isoformat(),
    }
    assert api.get("/head?as_of=2").json["seq"] == 2
    before = api.get("/verification").json
    assert (before["state"], before["began_at"]) == ("wait", None)
    began_at = world.clock.now()
    found = Verification(
        began_at=began_at,
        seconds=1,
        size=2,
        fault_count=1,
        first_seq=3,
        first_fault="event 3 was changed",
    )
    keep_verification(world.app.sending_engine, found)
    world.clock.advance(timedelta(seconds=5))
    assert api.get("/verification").json == {
        "state": "bad",
        "detail": "Verification found 1 fault just now: event 3 was changed.",
        "began_at": began_at.isoformat(),
        "size": 2,
        "checkpoint_size": 0,
        "fault_count": 1,
        "first_wrong_seq": 3,
        "first_fault": "event 3 was changed",
    }
