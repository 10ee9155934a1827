"""Several ledgers in one installation: which there are, and which of them a command means."""

import json
import re
import stat
from pathlib import Path

import pytest

from kit.commands import SchoolInProcess
from kit.processes import School, reserve_port
from kit.world import ADA
from ledger.errors import BadInput
from webapp.ledgers.directory import Directory, directory_in
from webapp.ledgers.settings_file import _OF_THE_INSTALLATION

SETTINGS = Path(__file__).parents[2] / "docs/reference/settings.md"

NORTH = 'LEDGER_DATABASE_URL = "sqlite:///{0}/north.sqlite3"\n'
SOUTH = 'LEDGER_DATABASE_URL = "sqlite:///{0}/south.sqlite3"\nTWILIO_AUTH_TOKEN = "its own token"\n'


@pytest.fixture
def school(tmp_path):
    folder = tmp_path / "ledgers"
    folder.mkdir()
    shared = {
        "LEDGER_DIRECTORY": str(folder),
        "LEDGER_DATABASE_URL": "",
        "LEDGER_PHONE_REGION": "GB",
    }
    return SchoolInProcess(tmp_path, 1, settings=shared)


def add(school, name, content):
    file = school.folder / "settings.toml"
    file.write_text(content.format(school.folder))
    return school.run("ledger", "add", name, str(file))


@pytest.fixture
def two(school):
    for name, content in (("north", NORTH), ("south", SOUTH)):
        assert add(school, name, content).returncode == 0
    return school


def refusal(done):
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.strip().removeprefix("delivery-ledger: ")


def listed(school):
    return json.loads(school.run("ledger", "list", "--json").stdout)


def test_ledgers_are_listed_without_their_passwords(two):
    assert [(document["name"], document["public_url"]) for document in listed(two)] == [
        ("north", None),
        ("south", None),
    ]
    assert "its own token" not in two.run("ledger", "list", "--json").stdout


def test_the_settings_of_a_ledger_can_be_read_by_the_owner_alone(two):
    file = two.folder / "ledgers" / "south.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == SOUTH.format(two.folder)


def test_a_command_acts_on_the_ledger_that_it_names(two):
    assert two.run("contact", "opt-out", ADA, "--ledger", "north").returncode == 0
    counts = [
        len(json.loads(two.run("--ledger", name, "contact", "opt-outs", "--json").stdout))
        for name in ("north", "south")
    ]
    assert counts == [1, 0]


def test_a_command_without_a_name_is_refused_where_there_are_several(two):
    done = two.run("campaign", "list")
    assert refusal(done) == "Name a ledger by --ledger. LEDGER_DIRECTORY has: north, south."


def test_a_command_needs_no_name_where_there_is_one_ledger(school):
    add(school, "north", NORTH)
    assert school.run("campaign", "list").returncode == 0
    assert (school.folder / "north.sqlite3").exists()


def test_an_unknown_name_is_refused(two):
    done = two.run("campaign", "list", "--ledger", "nrth")
    assert refusal(done) == "There is no ledger nrth. LEDGER_DIRECTORY has: north, south."


def test_a_name_without_a_directory_is_refused(tmp_path):
    school = SchoolInProcess(tmp_path, 1)
    done = school.run("campaign", "list", "--ledger", "north")
    words = "--ledger needs LEDGER_DIRECTORY, the folder with a file for each ledger."
    assert refusal(done) == words


def test_a_directory_that_is_no_folder_is_refused(school):
    (school.folder / "ledgers").rmdir()
    folder = f"{school.folder}/ledgers"
    words = f"LEDGER_DIRECTORY must name a folder, and {folder} is not a folder."
    assert refusal(school.run("ledger", "list")) == words


def test_a_removed_ledger_keeps_its_settings_and_its_database(two):
    assert two.run("ledger", "remove", "south").returncode == 0
    assert [document["name"] for document in listed(two)] == ["north"]
    assert (two.folder / "south.sqlite3").exists()
    kept = two.folder / "ledgers" / "south.toml.removed"
    assert kept.read_text() == SOUTH.format(two.folder)


def test_a_second_removal_of_the_same_name_keeps_both_files(two):
    two.run("ledger", "remove", "south")
    add(two, "south", SOUTH)
    assert "is there already" in refusal(two.run("ledger", "remove", "south"))
    assert [document["name"] for document in listed(two)] == ["north", "south"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("north", SOUTH, "There is a ledger north already."),
        ("../up", SOUTH, "The name of a ledger has up to 40 letters from a to z, digits and"),
        ("new", 'LEDGER_PHONE_REGION = "US"', "new.toml: LEDGER_DATABASE_URL is missing."),
        ("new", 'LEDGER_DATABASE_URL = " "', "new.toml: LEDGER_DATABASE_URL is missing."),
        ("new", SOUTH + "LEDGER_TIMEZONE = 1", "new.toml: there is no setting LEDGER_TIMEZONE."),
        ("new", SOUTH + "TWILIO_PHONE_NUMBER = [1]", "new.toml: write the value of TWILIO_PHONE"),
        ("new", SOUTH + 'LEDGER_TIME_ZONE = "?"', "new.toml: LEDGER_TIME_ZONE must be a time zone"),
        ("new", "LEDGER_DATABASE_URL =", "new.toml: this is not TOML: Invalid value (at end"),
        ("new", "LEDGERS = " + "[" * 5000, "new.toml: its lists are nested too deeply"),
    ],
)
def test_settings_that_are_wrong_add_nothing(school, name, content, words):
    add(school, "north", NORTH)
    before = sorted(school.folder.rglob("*"))
    assert refusal(add(school, name, content)).startswith(words)
    assert [document["name"] for document in listed(school)] == ["north"]
    assert sorted(school.folder.rglob("*")) == before


def views_in(file):
    return SOUTH + f'LEDGER_VIEWS_URL = "sqlite:///{{0}}/{file}"\n'


@pytest.mark.parametrize(
    ("content", "shared"),
    [
        (NORTH, "north"),
        ('LEDGER_DATABASE_URL = "sqlite:///north.sqlite3"', "north"),
        (views_in("north.sqlite3"), "north.sqlite3"),
        (views_in("north.views.sqlite3"), "north.views.sqlite3"),
        (views_in("north.views.db"), "north.views.workbooks"),
        (views_in("north.accounts.sqlite3"), "north.accounts.sqlite3"),
        (SOUTH + 'LEDGER_SIGNING_KEY = "{0}/north.signing_key"', "north.signing_key"),
        (SOUTH + 'LEDGER_SIGNING_RECORD = "{0}/north.signing_record"', "north.signing_record"),
    ],
)
def test_two_ledgers_share_no_database_and_no_file(school, content, shared):
    add(school, "north", NORTH)
    school.run("contact", "opt-out", ADA)
    done = refusal(add(school, "new", content))
    assert done.startswith(f"The ledger north uses {school.folder / shared} already.")
    assert len(json.loads(school.run("contact", "opt-outs", "--json").stdout)) == 1


POSTGRESQL = """
LEDGER_DATABASE_URL = "postgresql+psycopg://ledger@{}"
LEDGER_SECRET_KEY = "a secret of its own"
"""


@pytest.mark.parametrize(
    "address",
    ["db1:5432/school", "DB1/school", "/school?host=db2:5432&host=db1:5432", "db3,db1/school"],
)
def test_two_ledgers_share_no_postgresql_database(school, address):
    directory = directory_in(school.environment)
    directory.add("north", POSTGRESQL.format("db1/school").encode(), lambda _: None)
    with pytest.raises(BadInput, match="The ledger north uses "):
        directory.add("new", POSTGRESQL.format(address).encode(), lambda _: None)


def test_views_never_empty_the_database_of_a_ledger(school):
    add(school, "north", NORTH)
    school.run("contact", "opt-out", ADA)
    moved = {
        "LEDGER_DIRECTORY": "",
        "LEDGER_DATABASE_URL": f"sqlite:///{school.folder}/else.sqlite3",
    }
    views = {"LEDGER_VIEWS_URL": f"sqlite:///{school.folder}/north.sqlite3"}
    other = SchoolInProcess(school.folder, 1, settings=moved | views)
    assert refusal(other.run("campaign", "list")).startswith("LEDGER_VIEWS_URL names the database")
    assert len(json.loads(school.run("contact", "opt-outs", "--json").stdout)) == 1


@pytest.mark.parametrize("host", ["texts.example", "Texts.Example.", "texts.example:8443"])
def test_a_host_name_belongs_to_one_ledger_however_it_is_written(school, host):
    add(school, "north", NORTH + 'LEDGER_PUBLIC_URL = "https://texts.example/north"\n')
    done = add(school, "south", SOUTH + f'LEDGER_PUBLIC_URL = "https://{host}/south"\n')
    assert refusal(done) == (
        "north.toml has the host name texts.example already, in LEDGER_PUBLIC_URL. A host name "
        "belongs to one ledger: write another one in south.toml."
    )


def test_what_belongs_to_one_ledger_never_comes_from_the_environment(school):
    page = SETTINGS.read_text()
    every = re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE)
    listed = re.search(r"belong to one ledger and never do: (.*?)\. Two", page, re.DOTALL)
    private = tuple(re.findall(r"`([A-Z_]+)`", listed[1]))
    directory = Directory(school.folder / "ledgers", dict.fromkeys(every, "x"))
    taken = set(every) - directory._shared.keys()
    assert taken == {name for name in every if name.startswith(private)}
    assert {"LEDGER_MASTER_KEY", "TWILIO_AUTH_TOKEN_SECONDARY"} < taken


def test_what_belongs_to_the_installation_is_refused_in_a_file(school):
    page = SETTINGS.read_text()
    listed = re.search(r"are refused in a file: (.*?)\.\nIn", page, re.DOTALL)
    names = re.findall(r"`([A-Z_]+)`", listed[1])
    refused = {name: refusal(add(school, "new", f'{SOUTH}{name} = "json"')) for name in names}
    assert refused == {
        name: f"new.toml: {name} is a setting of the whole installation. Set it in the environment."
        for name in _OF_THE_INSTALLATION
    }


def test_the_environment_and_the_directory_do_not_both_name_a_ledger(school):
    both = {**school.settings, "LEDGER_DATABASE_URL": "sqlite:///demo.sqlite3"}
    done = SchoolInProcess(school.folder, 1, settings=both).run("campaign", "list")
    words = "LEDGER_DIRECTORY and LEDGER_DATABASE_URL are both set, and each names a ledger."
    assert refusal(done) == f"{words} Unset one of them."


def test_a_demonstration_is_never_made_in_a_ledger_that_was_not_named(school):
    add(school, "north", NORTH)
    done = school.run("up", "--simulate", "--port", str(reserve_port()))
    assert refusal(done) == "Name a ledger by --ledger. LEDGER_DIRECTORY has: north."


@pytest.mark.torture
def test_the_stand_in_gets_the_ledger_of_the_demonstration(two):
    installed = School(two.folder, reserve_port(), settings=two.settings)
    words = ("up", "--simulate", "--ledger", "south", "--port", str(installed.port))
    with installed.running(*words):
        assert (two.folder / "south.stand-in.sqlite3").exists()
    assert not (two.folder / "north.stand-in.sqlite3").exists()


def test_a_file_with_a_mistake_is_listed_with_it(two):
    (two.folder / "ledgers" / "north.toml").write_text("LEDGER_DATABASE_URL")
    north, south = listed(two)
    assert north["problem"].startswith("north.toml: this is not TOML")
    assert (south["name"], south["problem"]) == ("south", None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--ledger", "north", "ledger", "list"), "`ledger` takes no --ledger."),
        (
            ("--ledger", "north", "campaign", "list", "--ledger", "south"),
            "--ledger names two ledgers: north and south.",
        ),
    ],
)
def test_a_name_that_cannot_be_meant_is_wrong_usage(two, words, sentence):
    done = two.run(*words)
    assert done.returncode == 2
    assert sentence in done.stderr
