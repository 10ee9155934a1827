"""Bundles, checked as an auditor does: unpacked, by the one file that lies in them."""

import ast
import base64
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from kit.forging import forging, recompute
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, World
from ledger.errors import BadInput, LedgerDamaged, NotFound
from ledger.proof import verify


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
    against = asked.pop("against", {})
    exporter = world.app.exporter
    scope = exporter.scope_of(**{"campaign_id": None, "delivery_id": None, **asked})
    out = world.folder / "bundle.zip"
    exporter.write(scope, out, against=against, progress=lambda _done, _total: None)
    folder = world.folder / "bundle"
    with zipfile.ZipFile(out) as bundle:
        bundle.extractall(folder)
    return folder


def checked(folder: Path, *notes: str) -> subprocess.CompletedProcess[str]:
    """What the bundle's own verifier says, in a process that knows nothing of the program."""
    files = [folder.parent / f"own-{number}.txt" for number in range(len(notes))]
    for file, note in zip(files, notes, strict=True):
        file.write_text(note)
    return subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "ledger.ndjson").read_text().splitlines()]


def shown(folder: Path) -> list[dict]:
    return [line for line in lines(folder) if "seq" in line]


def second_campaign(world: World) -> str:
    """The id of the campaign that Ben is in."""
    delivery = world.app.ledger.reader.deliveries_of(world.contact(BEN))[0]
    return str(world.last(delivery).campaign_id)


def test_a_bundle_of_everything_is_right(school):
    first = school.app.checkpoints.latest().note
    done = checked(exported(school), first)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Right: {school.app.ledger.reader.head()} events")
    assert "0 are not shown. Compared with 2 checkpoints" in done.stdout


def test_a_bundle_of_a_campaign_shows_it_whole_and_nothing_else(school):
    campaign = second_campaign(school)
    folder = exported(school, campaign_id=campaign)
    done = checked(folder)
    assert done.returncode == 0, done.stderr
    assert {event["campaign_id"] for event in shown(folder)} == {campaign}
    assert len(shown(folder)) == 10
    others = school.app.ledger.reader.deliveries_of(school.contact(CLEO))
    assert not any(other in (folder / "ledger.ndjson").read_text() for other in others)


def test_a_bundle_of_one_contact_reveals_no_other(school):
    campaign = second_campaign(school)
    ada, ben = (school.delivery(campaign, phone) for phone in (ADA, BEN))
    folder = exported(school, delivery_id=ben)
    assert checked(folder).returncode == 0
    assert {event["stream_id"] for event in shown(folder)} == {campaign, ben}
    told = "".join(file.read_text() for file in folder.rglob("*.*"))
    assert [word for word in (ada, school.contact(ADA), school.contact(CLEO)) if word in told] == []


def test_no_bundle_holds_a_number_or_a_name_in_clear(school):
    folder = exported(school)
    told = (folder / "ledger.ndjson").read_text()
    assert [word for word in (ADA[1:], "Ada", "Lovelace", "Hello") if word in told] == []


def test_a_bundle_can_be_held_against_a_checkpoint_that_was_kept(school):
    school.stop_sending()
    first = school.app.checkpoints.make().note
    school.opt_in(CLEO)
    asked = {"campaign_id": second_campaign(school)}
    without = checked(exported(school, **asked), first)
    assert "does not show the ledger at that size" in without.stderr
    done = checked(exported(school, **asked, against={"first": first}), first)
    assert done.returncode == 0, done.stderr
    assert "and 1 of your own" in done.stdout


def test_the_same_ledger_gives_the_same_bundle(school):
    exported(school)
    first = (school.folder / "bundle.zip").read_bytes()
    exported(school)
    assert (school.folder / "bundle.zip").read_bytes() == first


def change(folder: Path, kind: str, **values: object) -> None:
    """Change the last line that shows an event, or that hides some."""
    found = lines(folder)
    found[last(found, kind)] |= values
    write(folder, found)


def last(found: list[dict], kind: str) -> int:
    return max(place for place, line in enumerate(found) if kind in line)


def write(folder: Path, found: list[dict]) -> None:
    (folder / "ledger.ndjson").write_text("".join(json.dumps(line) + "\n" for line in found))


def omit(folder: Path, kind: str) -> None:
    found = lines(folder)
    del found[last(found, kind)]
    write(folder, found)


def spoil_signature(folder: Path) -> None:
    file = max((folder / "checkpoints").iterdir())
    file.write_text(file.read_text().replace("standings ", "standings A", 1))


def replace_digest(folder: Path) -> None:
    file = folder / "standings.txt"
    file.write_text("\n".join(64 * "0" for _ in file.read_text().split()))


def add_digest(folder: Path) -> None:
    file = folder / "standings.txt"
    file.write_text(file.read_text() + 64 * "0")


SPOILS: list[tuple[Callable[[Path], None], str]] = [
    (lambda folder: change(folder, "seq", recorded_at=10**18), "not those of"),
    (lambda folder: change(folder, "seq", code="30003"), "not those of"),
    (lambda folder: change(folder, "seq", state="{}"), "not those of"),
    (lambda folder: change(folder, "hidden", root=64 * "A"), "not those of"),
    (lambda folder: change(folder, "seq", seq=3), "stands at the place of"),
    (lambda folder: change(folder, "seq", version=9), "does not follow"),
    (lambda folder: change(folder, "seq", recorded_at=1), "earlier than"),
    (lambda folder: omit(folder, "seq"), "does not show the ledger at that size"),
    (lambda folder: omit(folder, "hidden"), "does not show the ledger at that size"),
    (spoil_signature, "no valid signature"),
    (replace_digest, "the statuses are not those"),
    (add_digest, "the statuses are not those"),
    (lambda folder: (folder / "ledger.ndjson").write_text("{"), "cannot be read"),
    (lambda folder: (folder / "keys.txt").unlink(), "cannot be read"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILS)
def test_a_bundle_that_was_changed_is_wrong(school, spoil, words):
    folder = exported(school, campaign_id=second_campaign(school))
    assert checked(folder).returncode == 0
    spoil(folder)
    done = checked(folder)
    assert done.returncode == 1
    assert done.stderr.startswith("WRONG: ")
    assert words in done.stderr


def test_a_fact_that_is_left_out_shows_in_the_statuses(school):
    """Hidden as another campaign's, it leaves the tree the same, but not the digest."""
    folder = exported(school, campaign_id=second_campaign(school))
    found = lines(folder)
    place = last(found, "seq")
    values = [found[place].get(name) for name in verify.COLUMNS]
    state = verify.sha256(found[place]["state"].encode())
    leaf = verify.sha256(b"\x00\x02" + msgpack.encode([*values, state]))
    found[place] = {"hidden": 1, "root": base64.b64encode(leaf).decode()}
    write(folder, found)
    assert "something is left out" in checked(folder).stderr


def test_another_history_is_not_that_of_the_checkpoint_you_kept(school):
    first = school.app.checkpoints.make().note
    with forging(ledger_file(school.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
        file.execute("DELETE FROM checkpoints")
        recompute(file)
    school.app.settings.signing_record.unlink()
    liar = school.again()
    folder = exported(liar)
    liar.close()
    assert checked(folder).returncode == 0
    assert "are not those of" in checked(folder, first).stderr


def test_where_all_is_shown_every_status_is_replayed(school):
    text, _, signed = school.app.checkpoints.make().note.partition("\n\n")
    false = text[: text.index("standings")] + "standings " + 43 * "A" + "=\n\n" + signed
    assert "the statuses up to #" in checked(exported(school), false).stderr


def test_a_ledger_that_was_changed_is_not_exported(school):
    campaign = second_campaign(school)
    with forging(ledger_file(school.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE campaign_id = ?", [campaign])
    with pytest.raises(LedgerDamaged):
        exported(school, campaign_id=campaign)
    assert not (school.folder / "bundle.zip").exists()


def test_what_is_not_there_cannot_be_exported(school, tmp_path):
    for asked in ({"campaign_id": "cam_none"}, {"delivery_id": "del_none"}):
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


# The verifier itself.


def test_the_verifier_needs_the_standard_library_and_cryptography_alone():
    tree = ast.parse(Path(verify.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {
        a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names
    }
    outside = {m.split(".")[0] for m in modules} - set(sys.stdlib_module_names)
    assert outside == {"cryptography"}


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
