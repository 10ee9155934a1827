"""Bundles as auditors get them: written, unpacked, verified; and what forgers do with them."""

import base64
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import msgpack

from kit.world import World
from ledger.proof import verify
from ledger.proof.note_keys import NamedKey
from ledger.proof.signed_note import sign


class Answer(NamedTuple):
    """The exit code, and all that was printed."""

    code: int
    text: str


def export(world: World, out: Path, *, against: Mapping[str, str] = {}, **asked: str) -> Path:
    """Write a bundle of everything, or of what was asked for, as a zip file."""
    exporter = world.app.exporter
    scope = exporter.scope_of(**{"campaign_id": None, "delivery_id": None, **asked})
    exporter.write(scope, out, against=against, progress=lambda _done, _total: None)
    return out


def unpack(bundle: Path) -> Path:
    """The folder of the unpacked bundle, beside the zip file."""
    folder = bundle.with_suffix("")
    with zipfile.ZipFile(bundle) as file:
        file.extractall(folder)
    return folder


def verified(bundle: Path, *words: str | Path) -> Answer:
    """The verifier's answer on a folder or zip file, in this process."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = verify.main(["--bundle", str(bundle), *map(str, words)])
    return Answer(code, printed.getvalue())


def run(verifier: Path, *words: str | Path, isolated: bool = True) -> Answer:
    """The answer of that file, run as an auditor does, in a process of its own."""
    options = ["-I"] if isolated else []
    command = [sys.executable, *options, verifier, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Answer(done.returncode, done.stdout + done.stderr)


# What a forger does with an unpacked bundle.


def lines(folder: Path) -> list[dict[str, Any]]:
    """The lines of ledger.ndjson."""
    return [json.loads(line) for line in (folder / "ledger.ndjson").read_text().splitlines()]


def write_lines(folder: Path, found: Iterable[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line) + "\n" for line in found)
    (folder / "ledger.ndjson").write_text(text)


def edit_lines(folder: Path, edit: Callable[[list[dict[str, Any]]], object]) -> None:
    """Let `edit` change the list of lines."""
    found = lines(folder)
    edit(found)
    write_lines(folder, found)


def last(found: list[dict[str, Any]], kind: str) -> int:
    """The place of the last line that shows an event (`seq`), or that hides some (`hidden`)."""
    return max(place for place, line in enumerate(found) if kind in line)


def edit_text(folder: Path, name: str, old: str, new: str) -> None:
    """Replace the first occurrence, which must be there."""
    file = folder / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def claim(folder: Path, **members: Any) -> None:
    """Change members of manifest.json, and make README.txt fit."""
    file = folder / "manifest.json"
    document = json.loads(file.read_text()) | members
    document["files"] = sorted(document["files"])
    file.write_text(json.dumps(document))
    manifest = verify.Manifest(
        origin=document["origin"],
        kind=document["claim"]["kind"],
        ids={name: value for name, value in document["claim"].items() if name != "kind"},
        size=document["size"],
        shown=document["shown"],
        files=document["files"],
    )
    (folder / "README.txt").write_text(manifest.readme())


def recount(folder: Path) -> None:
    """Make the manifest's numbers fit the events, as a forger does who knows the format."""
    found = lines(folder)
    shown = sum("seq" in line for line in found)
    claim(folder, shown=shown, size=shown + sum(line.get("hidden", 0) for line in found))


def leaf(event: Mapping[str, Any]) -> bytes:
    """The leaf of a shown event."""
    values = [event.get(name) for name in verify.COLUMNS]
    state = verify.sha256(event["state"].encode())
    return verify.sha256(b"\x00\x02" + msgpack.encode([*values, state]))


def hidden(event: Mapping[str, Any]) -> dict[str, Any]:
    """The line that hides the event of this line."""
    return {"hidden": 1, "root": base64.b64encode(leaf(event)).decode()}


def sign_all(folder: Path, key: Any) -> None:
    """Recompute the root and the statuses, and sign one checkpoint with them."""
    document = json.loads((folder / "manifest.json").read_text())
    tree, standings = verify.Tree(), verify.Standings()
    for line in lines(folder):
        if "hidden" in line:
            tree.add(line["hidden"], base64.b64decode(line["root"]))
        else:
            tree.add(1, leaf(line))
            standings.add(line)
    digest = verify.sha256(b"".join(standings.digests()))
    root, statuses = (base64.b64encode(d).decode() for d in (tree.root(), digest))
    text = f"{document['origin']}\n{tree.size}\n{root}\nstandings {statuses}\n"
    for file in (folder / "checkpoints").iterdir():
        file.unlink()
    name = f"checkpoints/000001-at-{tree.size}.txt"
    (folder / name).write_text(sign(text, document["origin"], [key]))
    others = [name for name in document["files"] if not name.startswith("checkpoints/")]
    claim(folder, files=[*others, name])
    recount(folder)


def key_line(folder: Path, key: Any) -> str:
    """The line of keys.txt for this private key, under the ledger's name."""
    origin = json.loads((folder / "manifest.json").read_text())["origin"]
    return str(NamedKey(origin, key.public_key()))
