"""The witness, asked by the log of another program: what it cosigns, and every refusal."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask.testing import FlaskClient

from kit import tlog
from kit.clock import ManualClock
from kit.weak_keys import OF_ORDER_4, sign_without_secret
from ledger.proof import verify
from ledger.proof.note_keys import NamedKey, SignatureType
from ledger.proof.record_file import RecordFile
from ledger.proof.witness import Witness
from webapp.witness import create_witness

ORIGIN = "log.example/42"


@pytest.fixture
def log() -> tlog.Log:
    return tlog.Log(ORIGIN)


@pytest.fixture
def witness(log: tlog.Log, tmp_path: Path, clock: ManualClock) -> Witness:
    return Witness(
        name="witness.example/w1",
        key=Ed25519PrivateKey.generate(),
        logs=[NamedKey.parse(log.vkey, SignatureType.LOG)],
        state=RecordFile(tmp_path / "cosigned", purpose="It is a test.", elsewhere="stop"),
        clock=clock,
    )


@pytest.fixture
def client(witness: Witness) -> FlaskClient:
    return create_witness(witness).test_client()


def add(client: FlaskClient, body: str | bytes) -> tuple[int, str]:
    answer = client.post("/add-checkpoint", data=body)
    return answer.status_code, answer.text


def latest(client: FlaskClient) -> tuple[int, str]:
    answer = client.get(f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
    return answer.status_code, answer.text


def test_it_cosigns_a_log_that_grows(log, witness, client):
    vkey = tlog.Vkey(str(witness.public_key))
    for old, new in ((0, 3), (3, 3), (3, 4), (4, 64), (64, 99)):
        status, line = add(client, log.request(old, new))
        assert status == 200, (old, new)
        assert vkey.signed(log.note(new) + line)
    assert latest(client) == (200, log.note(99) + line)


def test_it_cosigns_lines_behind_the_root_with_the_rest(log, witness, client):
    note = log.note(5, extension="standings 1\n")
    status, line = add(client, f"old 0\n\n{note}")
    assert status == 200
    vkey = tlog.Vkey(str(witness.public_key))
    assert vkey.signed(note + line)
    assert not vkey.signed(note.replace("standings 1", "standings 2") + line)


def test_its_cosignature_has_the_time(log, client, clock):
    _, line = add(client, log.request(0, 3))
    data = tlog.b64decode(line.split(" ")[2])
    assert int.from_bytes(data[4:12], "big") == int(clock.now().timestamp())


def test_it_cosigns_one_history_of_a_log(log, client):
    assert add(client, log.request(0, 60))[0] == 200
    fork = tlog.Log(ORIGIN)
    fork.key, fork.entries = log.key, [b"other", *log.entries[1:]]
    assert add(client, fork.request(60, 60))[0] == 422
    assert add(client, fork.request(60, 70))[0] == 422
    assert add(client, fork.request(0, 70)) == (409, "60\n")
    assert add(client, log.request(50, 70)) == (409, "60\n")
    assert latest(client)[1].startswith(log.note(60))
    assert add(client, log.request(60, 70))[0] == 200


def test_the_size_that_it_cosigned_last_has_the_type_of_a_size(log, client):
    answer = client.post("/add-checkpoint", data=log.request(3, 4))
    assert (answer.status_code, answer.content_type) == (409, "text/x.tlog.size")
    assert answer.text == "0\n"


def test_every_other_request_is_refused_with_its_status(log, client):
    stranger = tlog.Log(ORIGIN)
    empty = log.signed(f"{ORIGIN}\n0\n{tlog.b64encode(bytes(32)).decode()}\n")
    note, spoilt = log.note(3), log.note(3).replace("\n3\n", "\n4\n")
    other_bits = f"{note[:-3]}{chr(ord(note[-3]) + 1)}=\n"  # the same bytes to a lax reader
    cases = {
        "not UTF-8": (b"\xff", 400),
        "nothing": ("", 400),
        "no checkpoint": ("old 0\n\nhello\n", 400),
        "no old size": (f"\n\n{note}", 400),
        "a leading zero": (f"old 00\n\n{note}", 400),
        "a proof that is no hash": (f"old 0\nabc\n\n{note}", 400),
        "too many nodes": (f"old 1\n{64 * (43 * 'A' + '=' + chr(10))}\n{note}", 400),
        "a size that is none": (f"old 0\n\n{note.replace(chr(10) + '3', chr(10) + '-3')}", 400),
        "an old size above the new one": (f"old 4\n\n{note}", 400),
        "an unknown log": (tlog.Log("log.example/43").request(0, 3), 404),
        "an unknown key": (stranger.request(0, 3), 403),
        "a signature of another text": (f"old 0\n\n{spoilt}", 403),
        "base64 that ends in other bits": (f"old 0\n\n{other_bits}", 400),
        "a proof from nothing": (f"old 0\n{43 * 'A'}=\n\n{note}", 422),
        "an empty tree with a root": (f"old 0\n\n{empty}", 422),
        "too long": (f"old 0\n\n{note}" + 65536 * "A", 413),
    }
    answers = {name: add(client, body)[0] for name, (body, _) in cases.items()}
    assert answers == {name: status for name, (_, status) in cases.items()}
    assert latest(client) == (404, "No checkpoint was cosigned.\n")


def test_it_does_not_take_a_key_with_which_anybody_can_sign(witness, client):
    """The key has order 4, so a signature for it is found without a secret, by trying."""
    named = NamedKey(ORIGIN, Ed25519PublicKey.from_public_bytes(OF_ORDER_4))
    weak = create_witness(replace(witness, logs=[named])).test_client()
    text = f"{ORIGIN}\n1\n{43 * 'A'}=\n"
    signature = sign_without_secret(OF_ORDER_4, verify._point(OF_ORDER_4), text.encode())
    named.public.verify(signature, text.encode())  # the library accepts it
    encoded = tlog.b64encode(named.id + signature).decode()
    note = f"{text}\n\N{EM DASH} {ORIGIN} {encoded}\n"
    assert add(weak, f"old 0\n\n{note}")[0] == 403


def test_what_it_cosigned_survives_a_restart_and_is_for_its_owner_alone(log, witness, client):
    add(client, log.request(0, 3))
    assert witness.state.path.stat().st_mode & 0o777 == 0o600
    again = create_witness(witness).test_client()
    assert add(again, log.request(0, 3)) == (409, "3\n")
    witness.state.path.write_text("nothing\n")
    status, words = add(again, log.request(3, 4))
    assert (status, words[:9]) == (503, str(witness.state.path)[:9])


def test_after_a_rotation_the_log_is_known_by_either_key(log, witness, client):
    assert add(client, log.request(0, 3))[0] == 200
    rotated = tlog.Log(ORIGIN)
    both = log.note(4) + rotated.note(4).partition("\n\n")[2]
    proof = log.request(3, 4).partition("\n\n")[0]
    assert add(client, f"{proof}\n\n{both}")[0] == 200
    assert latest(client)[1].count("\N{EM DASH}") == 2
