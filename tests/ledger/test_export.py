"""Bundles: what they show, and that the verifier in them accepts them."""

import ast
import json
import sys
import textwrap
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from kit.bundles import export, lines, run, unpack, verified
from kit.forging import forging, recompute
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, World
from ledger.errors import BadInput, BadSetting, LedgerDamaged, NotFound, Refused
from ledger.proof import verify
from ledger.proof.dated_keys import dated
from ledger.proof.signed_note import sign, text_of
from ledger.proof.signing_keys import KeyFile, SigningKeys


@pytest.fixture
def school(world: World) -> World:
    """Two campaigns; of the second, Ada's text was delivered and Ben's failed."""
    world.launch([ADA, CLEO], name="Other")
    campaign = world.launch([ADA, BEN])
    world.app.checkpoints.make()
    world.send()
    world.callback(world.delivery(campaign, ADA))
    world.callback(world.delivery(campaign, BEN), status="undelivered", code=30006)
    world.opt_out(CLEO)
    return world


def exported(world: World, **asked: object) -> Path:
    """The unpacked bundle."""
    return unpack(export(world, world.folder / "bundle.zip", **asked))


def shown(folder: Path) -> list[dict]:
    return [line for line in lines(folder) if "seq" in line]


def second_campaign(world: World) -> str:
    """The id of the campaign that Ben is in."""
    delivery = world.app.ledger.reader.deliveries_of(world.contact(BEN))[0]
    return str(world.last(delivery).campaign_id)


def test_a_bundle_of_everything_shows_everything(school):
    folder = exported(school)
    assert len(shown(folder)) == len(lines(folder)) == school.app.ledger.reader.head()
    assert run(folder / "verify.py").text.startswith(f"Right: all {len(shown(folder))} events")


def test_a_bundle_of_a_campaign_shows_it_whole_and_nothing_else(school):
    campaign = second_campaign(school)
    folder = exported(school, campaign_id=campaign)
    answer = run(folder / "verify.py")
    assert answer.code == 0, answer.text
    assert {event["campaign_id"] for event in shown(folder)} == {campaign}
    assert len(shown(folder)) == 10
    others = school.app.ledger.reader.deliveries_of(school.contact(CLEO))
    assert not any(other in (folder / "ledger.ndjson").read_text() for other in others)


def test_a_bundle_of_one_contact_reveals_no_other(school):
    campaign = second_campaign(school)
    ada, ben = (school.delivery(campaign, phone) for phone in (ADA, BEN))
    folder = exported(school, delivery_id=ben)
    assert run(folder / "verify.py").code == 0
    assert {event["stream_id"] for event in shown(folder)} == {campaign, ben}
    told = "".join(file.read_text() for file in folder.rglob("*.*"))
    assert [word for word in (ada, school.contact(ADA), school.contact(CLEO)) if word in told] == []


def test_no_bundle_holds_a_number_or_a_name_in_clear(school):
    folder = exported(school)
    told = (folder / "ledger.ndjson").read_text()
    assert [word for word in (ADA[1:], "Ada", "Lovelace", "Hello") if word in told] == []


def test_a_bundle_can_be_compared_with_a_checkpoint_that_was_kept(school):
    school.stop_sending()
    first = school.folder / "first.txt"
    first.write_text(school.app.checkpoints.make().note)
    school.opt_in(CLEO)
    asked = {"campaign_id": second_campaign(school)}
    assert verified(exported(school, **asked), first).code == 1
    answer = verified(exported(school, **asked, against={"first": first.read_text()}), first)
    assert answer.code == 0, answer.text


def test_the_manifest_says_what_the_bundle_is(school):
    campaign_id = second_campaign(school)
    folder = exported(school, campaign_id=campaign_id)
    size = school.app.ledger.reader.head()
    assert json.loads((folder / "manifest.json").read_text()) == {
        "format": 2,
        "origin": f"texts.school.example/log/{school.app.ledger.ledger_id}",
        "claim": {"kind": "campaign", "campaign_id": campaign_id},
        "size": size,
        "shown": 10,
        "files": [
            "README.txt",
            f"checkpoints/000001-at-{size}.txt",
            "keys.txt",
            "ledger.ndjson",
            "manifest.json",
            "standings.txt",
            "verify.html",
            "verify.py",
        ],
    }


def test_the_keys_of_a_bundle_say_when_each_was_replaced(school):
    first = school.app.checkpoints.rotate_key().size
    school.opt_in(CLEO)
    second = school.app.checkpoints.rotate_key().size
    present, middle, oldest = (exported(school) / "keys.txt").read_text().splitlines()
    assert " " not in present
    assert middle.endswith(f" until {second}")
    assert oldest.endswith(f" until {first}")
    assert verified(school.folder / "bundle").code == 0


def test_a_stolen_key_does_not_count_longer_because_it_was_used_again(school):
    """Its thief signs a checkpoint after the change of keys, and puts it into the database."""
    stolen = KeyFile(school.app.settings.signing_key).read_or_make()
    replaced_at = school.app.checkpoints.rotate_key().size
    school.opt_in(CLEO)
    note = school.app.checkpoints.make().note
    origin = note.split("\n")[0]
    forged = sign(text_of(note), origin, [stolen.signing])
    keys = school.app.checkpoints.keys()
    notes = [(kept.size, kept.note) for kept in school.app.checkpoints.kept(until=10**9)]
    retired = dated(keys, [*notes, (99, forged)])[1]
    assert (retired.until, retired.counts_at(99)) == (replaced_at, False)


def test_the_same_ledger_gives_the_same_bundle(school):
    exported(school)
    first = (school.folder / "bundle.zip").read_bytes()
    exported(school)
    assert (school.folder / "bundle.zip").read_bytes() == first


def test_without_the_keys_of_its_checkpoints_no_bundle_is_written(school):
    """The public keys of replaced ones were taken out of the key file."""
    school.app.checkpoints.rotate_key()
    school.stop_sending()
    school.app.checkpoints.make()
    key_file = KeyFile(school.app.settings.signing_key)
    key_file.write_next(SigningKeys(key_file.read_or_make().signing, []))
    key_file.use_next()
    with pytest.raises(BadSetting, match="Put that file back from a backup"):
        exported(school)
    assert not (school.folder / "bundle.zip").exists()


def test_a_campaign_without_contacts_has_no_bundle_of_its_own(world):
    """Nothing proves that it has no statuses: with all of them hidden it looks the same."""
    campaign_id = world.launch([ADA])
    with forging(ledger_file(world.folder)) as file:
        file.execute("DELETE FROM events WHERE delivery_id IS NOT NULL")
        file.execute("UPDATE events SET seq = 2 WHERE seq = 3")
        recompute(file)
    with pytest.raises(Refused, match="has no contacts, so it has no statuses to prove"):
        exported(world, campaign_id=campaign_id)


def test_a_ledger_that_was_changed_is_not_exported(school):
    campaign = second_campaign(school)
    with forging(ledger_file(school.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE campaign_id = ?", [campaign])
    with pytest.raises(LedgerDamaged):
        exported(school, campaign_id=campaign)
    assert not (school.folder / "bundle.zip").exists()


def test_what_is_not_there_cannot_be_exported(school, tmp_path):
    campaign_id = second_campaign(school)
    ids = ({"campaign_id": "cam_none"}, {"delivery_id": "del_none"}, {"delivery_id": campaign_id})
    for asked in ids:
        with pytest.raises(NotFound):
            exported(school, **asked)
    with pytest.raises(BadInput, match="cannot be used"):
        exported(school, against={"a file": "no checkpoint"})
    with pytest.raises(BadInput, match="cannot be written"):
        school.app.exporter.write(
            school.app.exporter.scope_of(campaign_id=None, delivery_id=None),
            tmp_path / "nowhere" / "bundle.zip",
            against={},
            progress=lambda _done, _total: None,
        )


def test_the_reference_has_the_text_of_readme_txt():
    page = Path(__file__).parents[2] / "docs" / "reference" / "bundle.md"
    text = verify.README.format(what="CLAIM, of ORIGIN with SIZE events")
    assert textwrap.indent(text, "    ") in page.read_text()


# The verifier itself.


def test_the_verifier_needs_nothing_but_the_standard_library():
    tree = ast.parse(Path(verify.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {
        a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names
    }
    outside = {m.split(".")[0] for m in modules} - set(sys.stdlib_module_names)
    assert outside == set()


values = (
    st.none() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=300) | st.binary(max_size=300)
)


@given(values | st.lists(values, max_size=20))
def test_its_messagepack_is_that_of_the_ledger(value):
    assert verify.pack(value) == msgpack.encode(value)


@pytest.mark.parametrize("length", [0, 15, 16, 31, 32, 255, 256, 65535, 65536])
def test_its_messagepack_changes_forms_where_the_ledgers_does(length):
    for value in (length * "x", length * b"x", length * [None], length, -length):
        assert verify.pack(value) == msgpack.encode(value)


# Events that are no facts.


def test_an_event_that_does_not_open_does_not_shut_the_bundle_of_its_delivery(school):
    delivery = school.app.ledger.reader.deliveries_of(school.contact(BEN))[0]
    seq = school.last(delivery).seq
    school.close()
    with forging(ledger_file(school.folder)) as file:
        file.execute("UPDATE events SET topic = 'TextRead' WHERE seq = ?", (seq,))
        recompute(file)
        file.execute("DELETE FROM checkpoints")
    folder = exported(school, delivery_id=delivery)
    assert [line["topic"] for line in shown(folder)][-1] == "TextRead"
    assert run(folder / "verify.py").text.startswith("Right")


def test_no_bundle_is_made_of_an_altered_event(school):
    delivery = school.app.ledger.reader.deliveries_of(school.contact(BEN))[0]
    seq = school.last(delivery).seq
    school.close()
    for change in ("actor = 'x'", "state = x'ff'", "state = 'text'"):
        with forging(ledger_file(school.folder)) as file:
            file.execute(f"UPDATE events SET {change} WHERE seq = {seq}")
        with pytest.raises(LedgerDamaged, match="changed by other means"):
            exported(school, delivery_id=delivery)


# Its Ed25519, compared with that of the package cryptography.


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_its_ed25519_accepts_what_is_signed(seed, message):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key = private.public_key().public_bytes_raw()
    signature = private.sign(message)
    assert verify.is_signature(key, signature, message)
    assert not verify.is_signature(key, signature, message + b"!")
    assert not verify.is_signature(bytes([key[0] ^ 1]) + key[1:], signature, message)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 511))
def test_its_ed25519_refuses_what_cryptography_refuses(seed, bit):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    spoilt = int.from_bytes(private.sign(b"text"), "little") ^ (1 << bit)
    signature, key = spoilt.to_bytes(64, "little"), private.public_key()
    with pytest.raises(InvalidSignature):
        key.verify(signature, b"text")
    assert not verify.is_signature(key.public_bytes_raw(), signature, b"text")


def test_its_ed25519_refuses_second_encodings():
    """A larger S, and points that RFC 8032 has no such encoding of."""
    private = Ed25519PrivateKey.from_private_bytes(32 * b"k")
    key, signature = private.public_key().public_bytes_raw(), private.sign(b"text")
    larger = int.from_bytes(signature[32:], "little") + verify.ORDER
    assert not verify.is_signature(key, signature[:32] + larger.to_bytes(32, "little"), b"text")
    assert not verify.is_signature(key, signature + b"!", b"text")
    assert not verify.is_signature(key, signature[:63], b"text")
    for number in (verify.P, verify.P + 1, 2, 1 | 1 << 255):
        assert verify._point(number.to_bytes(32, "little")) is None
        assert not verify.is_signature(number.to_bytes(32, "little"), signature, b"text")


def test_its_ed25519_accepts_the_second_example_of_rfc_8032():
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    Ed25519PublicKey.from_public_bytes(key).verify(signature, b"\x72")
    assert verify.is_signature(key, signature, b"\x72")
