"""Nobody but the user who runs the program can open its files, whatever the umask."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kit.private_files import looser
from ledger.errors import BadSetting
from webapp.file_permissions import check_databases_can_be_written, files_of, warning_of
from webapp.settings import Settings, read_settings

NOBODY = 65534


@pytest.fixture
def _umask_of_zero() -> Iterator[None]:
    umask = os.umask(0)
    yield
    os.umask(umask)


@pytest.mark.usefixtures("_umask_of_zero")
def test_every_file_that_a_command_writes_is_private(school):
    school = replace(school, settings={"LEDGER_DATABASE_URL": "sqlite:///data/ledger.sqlite3"})
    campaign = school.launch("Ada,+14155550101")
    (school.folder / "contacts.csv").chmod(0o600)  # the test wrote it
    for command in (
        ("send", "--once"),
        ("rebuild",),
        ("verify",),
        ("checkpoint", "--out", "out/checkpoint.txt"),
        ("export", "--campaign", campaign, "--out", "out/bundle.zip"),
        ("contact", "file", "+14155550101", "--out", "out/ada.txt"),
        ("audit", "--csv", "--out", "out/audit.csv"),
        ("user", "link", "--new", "ortiz"),
        ("contact", "forget", "+14155550101", "--yes"),
    ):
        (school.folder / "out").mkdir(mode=0o700, exist_ok=True)
        done = school.run(*command)
        assert done.returncode == 0, (command, done.stderr)
    names = {path.name for path in school.folder.rglob("*")}
    assert {"bundle.zip", "audit.csv", "ada.txt", "ledger.views.sqlite3", "ledger.sender"} <= names
    assert looser(school.folder) == []


# Files that were there before.


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a ledger whose files are there, in the folder `my data`."""
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    settings = read_settings({"LEDGER_DATABASE_URL": "sqlite:///my data/ledger.sqlite3"})
    for name in ("ledger.sqlite3", "ledger.views.sqlite3", "ledger.secret_key"):
        Path("my data", name).write_text("")
        Path("my data", name).chmod(0o600)
    Path("my data").chmod(0o700)
    return settings


@pytest.fixture
def _as_ordinary_user() -> Iterator[None]:
    """Root may write everything, so a test that runs as root becomes another user."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)


def test_nothing_is_said_of_private_files(settings):
    assert warning_of(files_of(settings)) == ""


def test_files_that_others_may_open_are_named_with_the_cure(settings):
    Path("my data").chmod(0o750)
    Path("my data/ledger.sqlite3").chmod(0o644)
    Path("my data/ledger.sqlite3-wal").touch(0o644)
    Path("my data/ledger.sqlite3-wal").chmod(0o604)
    warning = warning_of(files_of(settings))
    assert warning.startswith("Other users of this machine may open files of the program, with")
    cure = warning.partition("run: ")[2]
    assert cure == (
        "chmod 700 'my data' && chmod 600 'my data/ledger.sqlite3' 'my data/ledger.sqlite3-wal'"
    )
    subprocess.run(["sh", "-c", cure], check=True)
    assert warning_of(files_of(settings)) == ""


def test_a_folder_that_others_need_is_not_to_be_closed(settings):
    Path("my data").chmod(0o755)
    Path("my data/of another program").mkdir()
    assert warning_of(files_of(settings)) == ""


def test_a_server_names_the_files_that_others_may_open(school):
    assert school.run("send", "--once").stderr == "0 attempts made.\n"
    (school.folder / "ledger.accounts.sqlite3").touch(0o644)
    (school.folder / "ledger.accounts.sqlite3").chmod(0o644)
    assert "chmod 600 " in school.run("send", "--once").stderr


@pytest.mark.usefixtures("settings", "_as_ordinary_user")
def test_a_secret_of_another_user_is_refused_with_a_sentence():
    if os.geteuid() != NOBODY:
        Path("my data").chmod(0)
    with pytest.raises(BadSetting, match="The secret of this ledger, my data"):
        read_settings({"LEDGER_DATABASE_URL": "sqlite:///my data/ledger.sqlite3"})


@pytest.mark.parametrize("name", ["", "ledger.sqlite3", "ledger.views.sqlite3"])
def test_databases_that_cannot_be_written_are_refused_with_the_cure(settings, name, request):
    Path("my data").chmod(0o777 if name else 0o555)
    for file in Path("my data").iterdir():
        file.chmod(0o666)
    if name:
        Path("my data", name).chmod(0o444)
    check = check_databases_can_be_written
    request.getfixturevalue("_as_ordinary_user")
    with pytest.raises(BadSetting, match=f"my data/?{name} cannot be written: .* Run: ") as refused:
        check(settings)
    is_other = os.geteuid() == NOBODY
    assert ("sudo chown -R nobody 'my data'" if is_other else "chmod u+rwX") in str(refused.value)


def test_a_folder_in_the_place_of_a_database_is_named(settings):
    Path("my data/ledger.accounts.sqlite3").mkdir()
    with pytest.raises(BadSetting, match="sqlite3 is a folder"):
        check_databases_can_be_written(settings)
