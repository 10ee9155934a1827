"""Runs the commands that the README and the tutorial show, as they are written there."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text().replace("\\\n", " ")
TUTORIAL = (ROOT / "docs/tutorial.md").read_text()


def words_of(page: str, begin: str) -> list[str]:
    """The words of a command line of the page, without the program."""
    (line,) = re.findall(rf"delivery-ledger ({begin}[^`\n]*)", page)
    return shlex.split(line)


def contact_file() -> str:
    """The contact file that the tutorial shows."""
    (rows,) = re.findall(r"(?:^ {7}\S*,.*\n)+", TUTORIAL, re.MULTILINE)
    return re.sub(r"^ +", "", rows, flags=re.MULTILINE)


def test_the_commands_of_readme_and_tutorial_run(school):
    (school.folder / "contacts.csv").write_text(contact_file())
    launched = school.read(*words_of(README, "campaign launch"))
    assert launched["enrolled"] == 3
    last = school.read("audit", "--campaign", launched["id"])[-1]
    name, show, _id, as_of, _moment = words_of(README, "campaign show")
    shown = school.run(name, show, launched["id"], as_of, str(last["seq"]))
    assert shown.stdout.startswith("Fall aid")
    assert "Launched to 3 contacts" in school.run(*words_of(TUTORIAL, "audit")).stdout
    assert school.run(*words_of(TUTORIAL, "rebuild")).returncode == 0
