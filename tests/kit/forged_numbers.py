"""Bundles about one number, and what forgers do with them."""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.bundles import (
    claim,
    edit_lines,
    edit_text,
    hidden,
    key_line,
    lines,
    recount,
    sign_all,
    unpack,
    write_lines,
)
from kit.clock import ManualClock
from kit.forged_bundles import STRANGER, checkpoints, keys, newest, sign_newest
from kit.forging import forging, recompute
from kit.provider import FakeProvider
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, World
from ledger.proof.note_keys import NamedKey
from ledger.proof.verify import COLUMNS, pack, sha256


@dataclass(frozen=True, kw_only=True)
class NumberSchool:
    """A ledger of three campaigns, and two bundles about Ben: `narrow` and `complete`."""

    folder: Path
    ben: str
    """Ben's contact id."""
    cleo: str
    campaigns: tuple[str, str, str]
    deliveries: tuple[str, str]
    """Ben's, in the first campaign and in the third."""
    origin: str
    early: Path
    """The auditor's checkpoint of before Ben asked to stop."""


def export_number(world: World, out: Path, phone: str, *, is_complete: bool) -> Path:
    """Write a bundle about that number, and unpack it."""
    exporter = world.app.exporter
    scope = exporter.number_scope(world.contact(phone), is_complete=is_complete)
    exporter.write(scope, out, against={}, progress=lambda _done, _total: None)
    return unpack(out)


@pytest.fixture(scope="session")
def number_school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NumberSchool]:
    folder = tmp_path_factory.mktemp("number")
    url, zone = f"sqlite:///{folder}/ledger.sqlite3", "America/New_York"
    world = World.open(url, ManualClock(), FakeProvider(), LEDGER_TIME_ZONE=zone)
    first = world.launch([BEN], name="First")
    world.send()
    other = world.launch([ADA, CLEO], name="Other")
    world.send()
    world.callback(world.delivery(first, BEN))
    world.archive(first)
    early = folder / "early.txt"
    early.write_text(world.app.checkpoints.make().note)
    world.inbound("STOP", BEN, OptOutType="STOP")
    world.opt_in(BEN)
    third = world.launch([BEN], name="Third")
    world.send()
    world.callback(world.delivery(third, BEN), status="undelivered", code=30006)
    world.opt_out(BEN)
    for kind in ("narrow", "complete"):
        export_number(world, folder / f"{kind}.zip", BEN, is_complete=kind == "complete")
    yield NumberSchool(
        folder=folder,
        ben=world.contact(BEN),
        cleo=world.contact(CLEO),
        campaigns=(first, other, third),
        deliveries=(world.delivery(first, BEN), world.delivery(third, BEN)),
        origin=early.read_text().split("\n")[0],
        early=early,
    )
    world.close()


@pytest.fixture
def number_bundles(number_school: NumberSchool, tmp_path: Path) -> Path:
    """Copies of the unpacked bundles, to be forged: narrow, complete."""
    for kind in ("narrow", "complete"):
        shutil.copytree(number_school.folder / kind, tmp_path / kind)
    return tmp_path


def hide_topic(folder: Path, topic: str) -> None:
    """Hide the first of Ben's events of that topic."""
    found = lines(folder)
    place = next(i for i, line in enumerate(found) if line.get("topic") == topic)
    found[place] = hidden(found[place])
    write_lines(folder, found)
    recount(folder)


def withhold(line: dict) -> None:
    """Put the digest of its state into the place of an event's state."""
    digest = sha256(line.pop("state").encode())
    line["state_digest"] = base64.b64encode(digest).decode()


def withhold_last(folder: Path) -> None:
    """Show Ben's last event, his request to stop, as if it were somebody else's."""
    edit_lines(folder, lambda found: withhold(found[-1]))
    recount_whole(folder)


def disown_last(folder: Path) -> None:
    """The same, with another contact's id."""
    withhold_last(folder)
    edit_lines(folder, lambda found: found[-1].update(contact_id="con_other"))


def hide_other(folder: Path) -> None:
    """Hide the last event of somebody else in a complete bundle."""
    found = lines(folder)
    place = max(i for i, line in enumerate(found) if "state_digest" in line)
    values = [found[place].get(name) for name in COLUMNS]
    digest = base64.b64decode(found[place]["state_digest"])
    root = sha256(b"\x00\x02" + pack([*values, digest]))
    found[place] = {"hidden": 1, "root": base64.b64encode(root).decode()}
    write_lines(folder, found)


def recount_whole(folder: Path) -> None:
    """Make `shown` fit: it counts the events with their state."""
    claim(folder, shown=sum("state" in line for line in lines(folder)))


def rewrite_page(folder: Path, edit: Callable[[list[str]], object]) -> None:
    file = folder / "number.txt"
    page = file.read_text().split("\n")
    edit(page)
    file.write_text("\n".join(page))


def dated(page: list[str]) -> int:
    """The place of the first dated line."""
    return next(place for place, line in enumerate(page) if "  #" in line)


def other_statuses(folder: Path) -> None:
    """Sign other statuses, as the holder of the key could."""
    text = newest(folder).read_text().split("standings ")[1].split("\n")[0]
    edit_text(folder, checkpoints(folder)[-1], text, base64.b64encode(bytes(32)).decode())
    origin = json.loads((folder / "manifest.json").read_text())["origin"]
    keys(folder, lambda _found: [str(NamedKey(origin, STRANGER.public_key()))])
    sign_newest(folder, STRANGER)


def claim_more(folder: Path) -> None:
    """Claim one event more than are shown."""
    claim(folder, shown=13)


def misattributed(world: World) -> Path:
    """A complete bundle of a ledger whose owner wrote Ben's attempts down under another contact."""
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE events SET contact_id = 'con_x' WHERE topic = 'AttemptStarted'")
        recompute(file)
    return export_number(world, world.folder / "x.zip", BEN, is_complete=True)


def add_to_state(folder: Path, members: str) -> None:
    """Add members to the content of the last event, and sign everything with another key."""

    def add(found: list[dict]) -> None:
        found[-1]["state"] = found[-1]["state"].removesuffix("}") + f",{members}}}"

    edit_lines(folder, add)
    keys(folder, lambda _found: [key_line(folder, STRANGER)])
    sign_all(folder, STRANGER)


def nested(depth: int) -> str:
    """A member with arrays nested to that depth."""
    return f'"x":{depth * "["}{depth * "]"}'


STATES: dict[str, bool] = {
    r'"x":null,"y":true,"z":[0,{"a":9007199254740991}],"":"\u0000\ud83d\ude00"': True,
    nested(19): True,
    nested(20): False,
    nested(20_000): False,
    r'"x":"\ud83d"': False,
    r'"x":[{"\ud83d":1}]': False,
    '"x":-1': False,
    '"x":-0': False,
    '"x":1.0': False,
    '"x":1e3': False,
    '"x":NaN': False,
    '"x":9007199254740992': False,
    '"x":{"a":1,"a":1}': False,
    '"x":1,"x":1': False,
    '"x":1,': False,
}
"""Members that the content of an event of a narrow bundle might have, and whether it may."""

Forge = Callable[[Path], object]

FORGED_PAGES: list[tuple[Forge, str]] = [
    (
        lambda f: edit_text(f, "number.txt", "no attempt to send began", "attempts: #9"),
        "number.txt: line ",
    ),
    (
        lambda f: edit_text(f, "number.txt", "Requests to stop: 2.", "Requests to stop: 0."),
        "line 3 is",
    ),
    (lambda f: edit_text(f, "number.txt", ": delivered", ": failed"), "is not what the events say"),
    (lambda f: edit_text(f, "number.txt", "04:00:00 -05:00", "04:00:01 -05:00"), "line 11 is not"),
    (lambda f: edit_text(f, "number.txt", "04:00:00 -05:00", "04:00:00 -04:00"), "line 11 is not"),
    (
        lambda f: edit_text(f, "number.txt", "04:00:00 -05:00", "04:00:00 -99:00"),
        "number.txt does not have one dated line for each event",
    ),
    (
        lambda f: rewrite_page(f, lambda page: page.pop(dated(page))),
        "number.txt does not have one dated line for each event",
    ),
    (
        lambda f: rewrite_page(f, lambda page: page.insert(dated(page), page[dated(page)])),
        "number.txt does not have one dated line for each event",
    ),
    (
        lambda f: rewrite_page(f, lambda page: page.append("All is well.")),
        "is not what the events say",
    ),
    (
        lambda f: (f / "number.txt").unlink(),
        "number.txt is missing; a bundle of the number of con_",
    ),
    (
        lambda f: edit_text(f, "README.txt", "the number of con_", "the number of con_x"),
        "README.txt does not describe what the manifest claims",
    ),
    (
        lambda f: claim(f, claim={"kind": "number", "contact_id": "con_x"}),
        "is no event of the number of con_x",
    ),
    (lambda f: hide_topic(f, "InboundReceived"), "does not follow the event before it in its str"),
    (
        lambda f: hide_topic(f, "AttemptStarted"),
        "does not follow the event before it in its stream",
    ),
    (
        lambda f: edit_lines(f, lambda found: found[-1].update(state='{"source":"provider"}')),
        "the events up to #",
    ),
    (
        lambda f: edit_lines(f, lambda found: found[-1].update(state="[]")),
        "cannot be read: it is not a JSON object",
    ),
    (
        lambda f: edit_lines(f, lambda found: found[-1].update(state_digest=43 * "A" + "=")),
        "cannot be read: unknown or missing fields",
    ),
    (
        lambda f: edit_lines(f, lambda found: found[-1].pop("state")),
        "cannot be read: unknown or missing fields",
    ),
    (withhold_last, " is no event of the number of con_"),
    (disown_last, "the events up to #"),
]
"""What is done to a bundle of either kind, and the words that refuse it."""

OTHER_FORGERIES: dict[str, list[tuple[Forge, str]]] = {
    "narrow": [(claim_more, "the manifest says ")],
    "complete": [(other_statuses, "the statuses up to #26 are not those of checkpoints/000001")],
}
