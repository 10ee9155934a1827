"""Several ledgers in one installation: which there are, and which of them a command means."""

import json
import stat

import pytest

from kit.commands import SchoolInProcess
from kit.world import ADA
from webapp.ledgers.directory import directory_in

NORTH = 'LEDGER_DATABASE_URL = "sqlite:///{}/north.sqlite3"\n'
SOUTH = 'LEDGER_DATABASE_URL = "sqlite:///{}/south.sqlite3"\nTWILIO_AUTH_TOKEN = "its own token"\n'


@pytest.fixture
def school(tmp_path):
    folder = tmp_path / "ledgers"
    folder.mkdir()
    shared = {"LEDGER_DIRECTORY": str(folder), "LEDGER_PHONE_REGION": "GB"}
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
    words = f"LEDGER_DIRECTORY must be a folder; {school.folder}/ledgers is none."
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
        ("new", NORTH, "The ledger north has this LEDGER_DATABASE_URL already."),
        ("new", 'LEDGER_PHONE_REGION = "US"', "new.toml: LEDGER_DATABASE_URL is missing."),
        ("new", SOUTH + "LEDGER_TIMEZONE = 1", "new.toml: LEDGER_TIMEZONE is no setting."),
        ("new", SOUTH + "TWILIO_PHONE_NUMBER = [1]", "new.toml: write the value of TWILIO_PHONE"),
        ("new", SOUTH + 'LEDGER_TIME_ZONE = "?"', "new.toml: LEDGER_TIME_ZONE must be a time zone"),
        ("new", "LEDGER_DATABASE_URL =", "new.toml: this is not TOML: Invalid value (at end"),
    ],
)
def test_settings_that_are_wrong_add_nothing(school, name, content, words):
    add(school, "north", NORTH)
    assert refusal(add(school, name, content)).startswith(words)
    assert [document["name"] for document in listed(school)] == ["north"]


def test_a_host_name_belongs_to_one_ledger(school):
    address = 'LEDGER_PUBLIC_URL = "https://texts.example/{}"\n'
    add(school, "north", NORTH + address.replace("{}", "north"))
    done = add(school, "south", SOUTH + address.replace("{}", "south"))
    assert refusal(done) == "The ledger north has the host name texts.example already."


def test_a_ledger_shares_settings_but_nothing_that_belongs_to_one(school):
    add(school, "north", NORTH)
    north = directory_in(school.environment).ledger("north").settings
    assert (north.phone_region, north.public_url, north.twilio.auth_tokens) == ("GB", None, ())
