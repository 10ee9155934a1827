"""Forged bundles: what is done to a genuine one, and the sentence that refuses it."""

import json
import os
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.bundles import (
    claim,
    edit_lines,
    edit_text,
    export,
    hidden,
    key_line,
    last,
    lines,
    recount,
    unpack,
    write_lines,
)
from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.weak_keys import WEAK_KEYS
from kit.world import ADA, BEN, CLEO, World
from ledger.proof.signed_note import NamedKey, sign, text_of
from ledger.proof.signing_keys import KeyFile

STRANGER = Ed25519PrivateKey.from_private_bytes(32 * b"s")


@dataclass(frozen=True, kw_only=True)
class BundleSchool:
    """A ledger of three campaigns whose signing key was replaced at #3, and bundles of it."""

    folder: Path
    retired: Ed25519PrivateKey
    key: str
    """The key in use, as the auditor got it."""
    early: Path
    """The auditor's checkpoint of #3."""
    newest: Path
    """The auditor's checkpoint of the whole."""
    campaign_id: str
    ben: str
    """Ben's delivery in that campaign, which failed."""


@pytest.fixture(scope="session")
def bundle_school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundleSchool]:
    folder = tmp_path_factory.mktemp("school")
    url = f"sqlite:///{folder}/ledger.sqlite3"
    world = World.open(url, ManualClock(), FakeProvider())
    world.launch([BEN], name="First")
    retired = KeyFile(world.app.settings.signing_key).read_or_make().signing
    world.app.checkpoints.make()
    early = folder / "early.txt"
    early.write_text(world.app.checkpoints.rotate_key().note)
    world.launch([ADA, CLEO], name="Other")
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    world.pause(campaign_id)
    world.opt_out(CLEO)
    newest = folder / "newest.txt"
    newest.write_text(world.app.checkpoints.make().note)
    ben = world.delivery(campaign_id, BEN)
    against = {"early": early.read_text()}
    unpack(export(world, folder / "all.zip"))
    unpack(export(world, folder / "campaign.zip", campaign_id=campaign_id, against=against))
    unpack(export(world, folder / "delivery.zip", delivery_id=ben))
    yield BundleSchool(
        folder=folder,
        retired=retired,
        key=str(world.app.checkpoints.keys()[0]),
        early=early,
        newest=newest,
        campaign_id=campaign_id,
        ben=ben,
    )
    world.close()


@pytest.fixture
def bundles(bundle_school: BundleSchool, tmp_path: Path) -> Path:
    """Copies of the unpacked bundles, to be forged: all, campaign, delivery."""
    for kind in ("all", "campaign", "delivery"):
        shutil.copytree(bundle_school.folder / kind, tmp_path / kind)
    return tmp_path


# What a forger does.


def hide_failures(folder: Path) -> None:
    """Hide Ben's events, the failed delivery, as if they were of another campaign."""
    stream = max(line["stream_id"] for line in lines(folder) if line.get("code") == "30006")
    found = lines(folder)
    write_lines(
        folder, [hidden(line) if line.get("stream_id") == stream else line for line in found]
    )
    recount(folder)


def hide_deliveries(folder: Path) -> None:
    found = lines(folder)
    write_lines(folder, [hidden(line) if "delivery_id" in line else line for line in found])
    recount(folder)


def hide(folder: Path, place: int) -> None:
    """Hide the event in that place of the file."""
    edit_lines(folder, lambda found: found.__setitem__(place, hidden(found[place])))
    recount(folder)


def claimed(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "manifest.json").read_text())["claim"])


def without(folder: Path, *names: str) -> None:
    """Take files out of the folder, and out of the manifest."""
    for name in names:
        (folder / name).unlink()
    files = json.loads((folder / "manifest.json").read_text())["files"]
    claim(folder, files=[name for name in files if name not in names])


def checkpoints(folder: Path) -> list[str]:
    return sorted(f"checkpoints/{file.name}" for file in (folder / "checkpoints").iterdir())


def newest(folder: Path) -> Path:
    return folder / checkpoints(folder)[-1]


def append_event(folder: Path) -> None:
    event = lines(folder)[-1]
    event |= {"seq": event["seq"] + 1, "version": event["version"] + 1}
    with (folder / "ledger.ndjson").open("a") as file:
        file.write(json.dumps(event) + "\n")


def change(folder: Path, kind: str = "seq", **values: object) -> None:
    """Change the last line that shows an event, or that hides some."""
    edit_lines(folder, lambda found: found[last(found, kind)].update(values))


def last_line(folder: Path, old: str, new: str) -> None:
    """Change the text of the last line that shows an event."""
    file = folder / "ledger.ndjson"
    text = file.read_text().splitlines(keepends=True)
    place = max(place for place, line in enumerate(text) if '"seq"' in line)
    assert old in text[place]
    text[place] = text[place].replace(old, new, 1)
    file.write_text("".join(text))


def sign_newest(folder: Path, key: Ed25519PrivateKey) -> None:
    """Sign the newest checkpoint with this key alone."""
    text = text_of(newest(folder).read_text())
    newest(folder).write_text(sign(text, text.split("\n")[0], [key]))


def cosign(folder: Path, name: str, times: int = 1, encoded: str = "AAAAAAAAAAAAAAAA") -> None:
    """Add signatures by somebody else."""
    line = f"\N{EM DASH} {name} {encoded}\n"
    newest(folder).write_text(newest(folder).read_text() + times * line)


def keys(folder: Path, edit: Callable[[list[str]], list[str]]) -> None:
    file = folder / "keys.txt"
    file.write_text("".join(f"{line}\n" for line in edit(file.read_text().splitlines())))


def other_type(folder: Path) -> None:
    """Say of the first key that it is of another type, with the id that fits."""
    line = (folder / "keys.txt").read_text().splitlines()[0]
    name, _, encoded = line.split("+", 2)
    data = b"\2" + b64decode(encoded)[1:]
    key_id = sha256(f"{name}\n".encode() + data).hexdigest()[:8]
    edit_text(folder, "keys.txt", line, f"{name}+{key_id}+{b64encode(data).decode()}")


def delivery_claim(folder: Path, school: BundleSchool) -> None:
    """Lower a campaign's claim to that of a delivery."""
    without(folder, "standings.txt")
    ids = {"campaign_id": school.campaign_id, "delivery_id": school.ben}
    claim(folder, claim={"kind": "delivery", **ids})


def link(folder: Path) -> None:
    (folder / "keys.txt").rename(folder.parent / "keys.txt")
    (folder / "keys.txt").symlink_to(folder.parent / "keys.txt")


def pipe(folder: Path) -> None:
    (folder / "keys.txt").unlink()
    os.mkfifo(folder / "keys.txt")


def swap(found: list) -> None:
    found[2], found[3] = found[3], found[2]


Forge = Callable[[Path], object]

FORGED: dict[str, list[tuple[Forge, str]]] = {
    "all": [
        (append_event, "ledger.ndjson shows 27 of 27 events; the manifest says 26 of 26"),
        (
            lambda f: [append_event(f), recount(f)],
            "manifest.json: no checkpoint is of exactly 27 events",
        ),
        (
            lambda f: [change(f, actor="x"), (newest(f)).unlink()],
            "checkpoints/000003-at-26.txt is missing; a bundle of all events has it",
        ),
        (
            lambda f: [change(f, actor="x"), without(f, *checkpoints(f))],
            "manifest.json: no checkpoint is of exactly 26 events",
        ),
        (
            lambda f: [change(f, actor="x"), without(f, checkpoints(f)[-1])],
            "manifest.json: no checkpoint is of exactly 26 events",
        ),
        (
            # The newest checkpoint is renamed, so that it seems to be of the appended event too.
            lambda f: [
                append_event(f),
                (f / "checkpoints" / "000003-at-26.txt").rename(
                    f / "checkpoints" / "000003-at-27.txt"
                ),
                claim(
                    f,
                    files=[
                        name.replace("3-at-26", "3-at-27")
                        for name in json.loads((f / "manifest.json").read_text())["files"]
                    ],
                ),
                recount(f),
            ],
            "checkpoints/000003-at-27.txt is of #26",
        ),
        (
            lambda f: [
                (f / "checkpoints" / "000003-at-26.txt").rename(
                    f / "checkpoints" / "0000003-at-26.txt"
                ),
                edit_text(f, "manifest.json", "000003-at-26", "0000003-at-26"),
            ],
            "manifest.json: the checkpoints are not numbered in order",
        ),
        (lambda f: hide(f, 20), "events behind #20 are hidden; all are claimed"),
        (lambda f: edit_lines(f, swap), "#4 stands at the place of #3"),
        (
            lambda f: [edit_lines(f, lambda found: found.pop(9)), recount(f)],
            "manifest.json: no checkpoint is of exactly 25 events",
        ),
        (
            lambda f: change(f, actor="x"),
            "the events up to #26 are not those of checkpoints/000003",
        ),
        (
            lambda f: edit_text(f, checkpoints(f)[0], "standings ", "standings A"),
            "checkpoints/000001-at-3.txt is not a checkpoint of Delivery Ledger",
        ),
        (
            lambda f: edit_text(f, checkpoints(f)[2], "\n26\n", "\n026\n"),
            "checkpoints/000003-at-26.txt is not a checkpoint of Delivery Ledger",
        ),
        (
            lambda f: [(f / "checkpoints" / "000001-at-3.txt").rename(f / "x"), (f / "x").unlink()],
            "checkpoints/000001-at-3.txt is missing; a bundle of all events has it",
        ),
        (
            lambda f: shutil.copy(newest(f), f / "checkpoints" / "000004-at-26.txt"),
            "a bundle of all events has no file checkpoints/000004-at-26.txt",
        ),
    ],
    "campaign": [
        # Facts that are left out, and claims that are made smaller.
        (
            lambda f: [hide_failures(f), (f / "standings.txt").unlink()],
            "standings.txt is missing; a bundle of campaign cam_",
        ),
        (
            lambda f: [hide_failures(f), without(f, "standings.txt")],
            "manifest.json: the files are not those of such a bundle: standings.txt",
        ),
        (
            hide_failures,
            "the statuses are not those of checkpoints/000001-at-26.txt: something is left out",
        ),
        (hide_deliveries, "no delivery is shown, so no status is proven"),
        (
            lambda f: hide(f, last(lines(f), "rank")),
            "the statuses are not those of checkpoints/000001-at-26.txt: something is left out",
        ),
        (
            lambda f: (f / "standings.txt").write_text("\n".join(2 * [64 * "0"]) + "\n"),
            "standings.txt: the statuses are not those of checkpoints/000001-at-26.txt",
        ),
        (
            lambda f: (f / "standings.txt").write_text((f / "standings.txt").read_text() * 2),
            "standings.txt: the statuses are not those of checkpoints/000001-at-26.txt",
        ),
        (
            lambda f: (f / "standings.txt").write_text((f / "standings.txt").read_text().upper()),
            "standings.txt is not made of digests",
        ),
        (
            lambda f: claim(f, claim={"kind": "campaign", "campaign_id": "cam_other"}),
            "is no event of campaign cam_other",
        ),
        (
            lambda f: edit_text(f, "README.txt", "campaign cam_", "campaign cam_x"),
            "README.txt does not describe what the manifest claims",
        ),
        (
            lambda f: (f / "README.txt").write_text("Everything is proven.\n"),
            "README.txt does not describe what the manifest claims",
        ),
        # Values that have two readings.
        (
            lambda f: change(f, note="all is well"),
            "cannot be read: unknown or missing fields: note",
        ),
        (lambda f: change(f, "hidden", note="x"), "it is neither an event nor a count of hidden"),
        (lambda f: last_line(f, '"actor":', '"actor":"x","actor":'), "it gives a field twice"),
        (
            lambda f: edit_text(f, "ledger.ndjson", '{"hidden":', '{"hidden":9,"hidden":'),
            "it gives a field twice",
        ),
        (
            lambda f: change(f, "hidden", seq=1, stream_id="del_x", topic="CallbackReceived"),
            "it is neither an event nor a count of hidden ones",
        ),
        (
            lambda f: change(f, hidden=1, root=44 * "A"),
            "it is neither an event nor a count of hidden",
        ),
        (lambda f: change(f, version=True), "version has a value of the wrong type"),
        (lambda f: change(f, code=None), "code has a value of the wrong type"),
        (lambda f: last_line(f, '"version":3', '"version":3.0'), "3.0 is not an integer"),
        (lambda f: change(f, next_at=1 << 63), "9223372036854775808 is out of range"),
        (lambda f: change(f, next_at=1 << 53), "9007199254740992 is out of range"),
        (lambda f: last_line(f, '"actor":', '"next_at":-0,"actor":'), "-0 is out of range"),
        (lambda f: change(f, rank=16 + 15), "there is no rank 31"),
        (lambda f: change(f, actor="\ud800"), "surrogates not allowed"),
        (lambda f: change(f, "hidden", root=43 * "A" + "B"), "is not 32 bytes in base64"),
        (lambda f: change(f, "hidden", hidden=-1), "-1 is out of range"),
        (lambda f: change(f, "hidden", hidden=0), "a part of the tree is out of place"),
        (
            lambda f: [change(f, "hidden", hidden=2), recount(f)],
            "manifest.json: no checkpoint is of exactly",
        ),
        (
            lambda f: (f / "ledger.ndjson").write_text((f / "ledger.ndjson").read_text()[:-1]),
            "ledger.ndjson: a line has no end, or is too long",
        ),
        (
            lambda f: (f / "ledger.ndjson").write_text((f / "ledger.ndjson").read_text() + "\n"),
            "the line behind #26 cannot be read",
        ),
        (
            lambda f: (f / "ledger.ndjson").write_text("[" * 100_000 + "\n"),
            "the line behind #0 cannot be read",
        ),
        (
            lambda f: (f / "ledger.ndjson").write_text("[1]\n" * 26),
            "the line behind #0 cannot be read: it is not a JSON object",
        ),
        # The order of events.
        (lambda f: change(f, seq=3), "stands at the place of #"),
        (lambda f: change(f, version=9), "does not follow the event before it in its stream"),
        (lambda f: change(f, recorded_at=1), "was recorded earlier than the event before it"),
        # The manifest.
        (
            lambda f: edit_text(f, "manifest.json", '"size": 26', '"size": 26, "size": 22'),
            "manifest.json cannot be read: it gives a field twice",
        ),
        (
            lambda f: claim(f, note="x"),
            "manifest.json has unknown or missing fields: note",
        ),
        (lambda f: claim(f, shown=3), "the manifest says 3 of 26"),
        (lambda f: claim(f, origin="another/ledger"), "keys.txt: a key is not of another/ledger"),
        (
            lambda f: claim(f, claim={"kind": "campaign", "campaign_id": "cam_\x1b[2K"}),
            "manifest.json: the claim names something that is not an id",
        ),
        (
            lambda f: claim(f, claim={"kind": "campaign", "campaign_id": "cam_x", "by": "me"}),
            "manifest.json: the claim has unknown or missing fields",
        ),
        # Other files.
        (lambda f: (f / "json.py").write_text(""), "has no file json.py"),
        (lambda f: (f / "keys.txt").unlink(), "keys.txt is missing; a bundle of campaign cam_"),
        # Keys and signatures.
        (lambda f: keys(f, lambda found: [*found, found[-1]]), "keys.txt: a key is there twice"),
        (
            lambda f: keys(f, lambda found: [*found, f"{key_line(f, STRANGER)} until 9"]),
            "keys.txt: the keys are not in order, the newest first",
        ),
        (lambda f: keys(f, lambda found: [found[0], "", found[1]]), "keys.txt: it is not made of"),
        (other_type, "is not of type 1"),
        (
            lambda f: keys(f, lambda found: [line.split()[0] for line in found]),
            "keys.txt: the first key alone has no limit",
        ),
        (lambda f: keys(f, lambda found: [line + " " for line in found]), "is not a key"),
        (
            lambda f: keys(f, lambda found: [found[0].replace("+", "+0", 1), *found[1:]]),
            "is not a key",
        ),
        (lambda f: keys(f, lambda found: found[2:]), "keys.txt: it is not made of lines"),
        (
            lambda f: edit_text(f, checkpoints(f)[0], "\nstandings ", "\nnote\nstandings "),
            "is not a checkpoint of Delivery Ledger",
        ),
        (
            lambda f: newest(f).write_bytes(newest(f).read_bytes().replace(b"\n", b"\r\n")),
            "is not a checkpoint of Delivery Ledger",
        ),
        (
            lambda f: cosign(f, "witness\1.example/w1"),
            "is not a signature",
        ),
        (lambda f: cosign(f, "wítness.example/w1"), "is not a signature"),
        (lambda f: cosign(f, ""), "is not a signature"),
        (lambda f: cosign(f, "witness.example/w1", times=64), "has more than 64 signatures"),
        (lambda f: cosign(f, "witness.example/w1", encoded="AAAA"), "is not a signature"),
        (lambda f: cosign(f, "witness.example/w1", encoded="AAAAAAAAB=="), "is not a signature"),
        (lambda f: cosign(f, "witness.example/w1", encoded="AAAAAAAAAB=="), "is not a signature"),
        (lambda f: cosign(f, "witness.example w1"), "is not a signature"),
        (
            lambda f: sign_newest(f, STRANGER),
            "checkpoints/000001-at-26.txt bears no valid signature by a known key",
        ),
        *((forge, "000001-at-26.txt bears no valid signature by the key ") for forge in WEAK_KEYS),
    ],
    "delivery": [
        (
            lambda f: hide(f, [line.get("version") for line in lines(f)].index(2)),
            "does not follow the event before it in its stream",
        ),
        (hide_deliveries, "no event of del_"),
        (
            lambda f: claim(f, claim={"kind": "all"}),
            "are hidden; all are claimed",
        ),
        (
            lambda f: claim(f, claim={**claimed(f), "campaign_id": "cam_other"}),
            "is no event of delivery del_",
        ),
        (
            lambda f: claim(f, claim={**claimed(f), "delivery_id": claimed(f)["campaign_id"]}),
            "manifest.json: the claim names one id twice",
        ),
    ],
}

NO_FILES: list[tuple[Forge, str]] = [
    (lambda f: (f / "more").mkdir(), "more is not a file of a bundle: it is a folder, a link or"),
    (link, "keys.txt is not a file of a bundle: it is a folder, a link or a device"),
    (pipe, "keys.txt is not a file of a bundle: it is a folder, a link or a device"),
]
"""What a folder on the disk can hold beside files."""


def raise_end(folder: Path, school: BundleSchool) -> None:
    """Sign the newest checkpoint with the replaced key, and say that it counts until there."""
    sign_newest(folder, school.retired)
    edit_text(folder, "keys.txt", "until 3", "until 26")


def cosign_wrongly(folder: Path, school: BundleSchool) -> None:
    """Add a signature by the stranger that is wrong."""
    name, key_id, _ = key_line(folder, STRANGER).split("+", 2)
    cosign(folder, name, encoded=b64encode(bytes.fromhex(key_id) + bytes(64)).decode())


def keep(folder: Path, school: BundleSchool) -> None:
    """Leave the genuine bundle as it is."""


NamedKeys = Callable[[Path, BundleSchool], list[str]]

FORGED_FOR_A_READER: list[tuple[Callable[[Path, BundleSchool], None], NamedKeys, str]] = [
    (keep, lambda _, s: [s.key, s.key], "--key: a key is named twice"),
    (keep, lambda _, s: [f"{s.key} until 30", s.key], "--key: a key is named twice"),
    (keep, lambda _, s: [f"{s.key} until 25"], "is of #26, signed by a retired key, "),
    (
        keep,
        lambda _, s: [s.key, str(NamedKey("another/ledger", STRANGER.public_key()))],
        "--key: the key ",
    ),
    (keep, lambda f, _: [key_line(f, STRANGER)], "by a key that you named, but by "),
    (raise_end, lambda _, s: [s.key], "by a key that you named, but by "),
    (
        raise_end,
        lambda f, s: [f"{key_line(f, s.retired)} until 3"],
        "is of #26, signed by a retired key, ",
    ),
    (
        cosign_wrongly,
        lambda f, s: [s.key, key_line(f, STRANGER)],
        "bears no valid signature by the key ",
    ),
]
"""Campaign bundles that are refused because of the keys that the reader names."""
