"""Backups of a school, and key pairs that open them; a passphrase would take a second each time."""

from dataclasses import dataclass
from pathlib import Path

import pyrage

from kit.commands import SchoolInProcess
from kit.processes import School, reserve_port

SECRET = "a secret for the tests alone"


@dataclass(frozen=True)
class KeyPair:
    """A pair of age's keys, and the file of the private one."""

    public: str
    file: Path

    @classmethod
    def new(cls, folder: Path) -> "KeyPair":
        identity = pyrage.x25519.Identity.generate()
        file = folder / f"{str(identity.to_public())[-8:]}.identity"
        file.write_text(f"# made for a test\n{identity}\n")
        return cls(str(identity.to_public()), file)


def backed_up(school: School, pair: KeyPair, *words: str) -> Path:
    """Make a backup of a school for the pair; return its file."""
    path = school.folder.parent / "school.backup"
    done = school.run("backup", str(path), "--recipient", pair.public, *words)
    assert done.returncode == 0, done.stderr
    return path


def elsewhere(school: School, url: str | None = None) -> SchoolInProcess:
    """A new machine with the settings of the school and none of its files."""
    folder = school.folder.parent / f"machine-{reserve_port()}"
    folder.mkdir(mode=0o700)
    settings = dict(school.settings)
    settings.pop("LEDGER_DATABASE_URL", None)
    if url:
        settings |= {"LEDGER_DATABASE_URL": url, "LEDGER_SIGNING_KEY": str(folder / "signing_key")}
    return SchoolInProcess(folder, school.port, school.api_url, settings)
