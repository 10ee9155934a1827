"""One backup of everything and its restore, as an operator sees them."""

import itertools
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from io import BytesIO

import pyrage
import pytest

from kit.backups import SECRET, KeyPair, backed_up, elsewhere
from kit.commands import SchoolInProcess
from kit.forging import forging
from kit.postgres import create_database, drop_database
from kit.store import ledger_file
from webapp.accounts.copying import COPIED
from webapp.accounts.table import metadata as accounts_metadata
from webapp.backups.age import recipient_in
from webapp.backups.archive import Content, Lock, write
from webapp.backups.making import BackupOrder, make_backup

ADA, BEN = "Ada,+14155550101", "Ben,+14155550102"
PASSPHRASE = "correct horse battery"
FOREIGN = {"views.sqlite3": b"!", "../foreign": b"!", "sender": b"!"}


def school_in(folder, api_url=""):
    """A school in a folder of its own, so that a new machine has another."""
    folder.mkdir(mode=0o700)
    return SchoolInProcess(folder, 1, api_url, {"LEDGER_SECRET_KEY": SECRET})


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return KeyPair.new(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The folder of a school with a campaign to two, and a checkpoint."""
    school = school_in(tmp_path_factory.mktemp("example") / "school")
    launch(school)
    return school.folder


@pytest.fixture(scope="module")
def example_backup(example, pair):
    """A backup of it, for tests that only read it."""
    school = SchoolInProcess(example, 1, "", {"LEDGER_SECRET_KEY": SECRET})
    return backed_up(school, pair).read_bytes()


@pytest.fixture
def launched(tmp_path, example):
    """A copy of that school."""
    school = school_in(tmp_path / "school")
    shutil.copytree(example, school.folder, dirs_exist_ok=True)
    return school


def launch(school):
    school.launch(ADA, BEN)
    assert school.run("checkpoint").returncode == 0


@pytest.fixture
def empty_database(postgres):
    url = create_database(postgres)
    yield url
    drop_database(postgres, url)


def refusal(school, *words):
    """The sentence with which a command is refused."""
    done = school.run(*words)
    assert (done.returncode, done.stdout) == (1, ""), done
    return done.stderr.removeprefix("delivery-ledger: ").rstrip("\n")


def restored(school, backup, pair, *words):
    done = school.run("restore", str(backup), "--identity", str(pair.file), *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def events(school, until):
    """The events as the audit trail shows them, opened by their keys."""
    return school.read("audit", "--as-of", str(until))


# The way there and back.


def test_a_file_is_restored_into_postgresql(launched, empty_database, pair):
    assert launched.run("user", "link", "ortiz", "--new").returncode == 0
    backup = backed_up(launched, pair)
    new = elsewhere(launched, empty_database)
    restored(new, backup, pair)
    assert_same(launched, new)
    words = ("restore", str(backup), "--identity", str(pair.file))
    assert refusal(new, *words).startswith("There is a ledger in that database already")


def test_a_ledger_on_postgresql_is_restored_into_a_file(launched, empty_database, pair):
    key = str(launched.folder / "pg.signing_key")
    old = replace_settings(
        launched, {"LEDGER_DATABASE_URL": empty_database, "LEDGER_SIGNING_KEY": key}
    )
    launch(old)
    assert old.run("user", "link", "ortiz", "--new").returncode == 0
    backup, new = backed_up(old, pair), elsewhere(old)
    restored(new, backup, pair)
    assert_same(old, new)
    assert new.run("checkpoint").returncode == 0


def assert_same(old, new):
    assert events(new, 4) == events(old, 4)
    assert new.read("user", "list") == old.read("user", "list")
    assert new.read("verify")["faults"] == []
    (campaign,) = new.read("campaign", "list")
    contacts = new.read("campaign", "contacts", campaign["id"])
    assert {row["name"] for row in contacts} == {"Ada", "Ben"}


def replace_settings(school, settings):
    return replace(school, settings={**school.settings, **settings})


def test_the_proof_is_in_the_words_and_in_the_document(launched, tmp_path, pair):
    words = ("backup", str(tmp_path / "b"), "--recipient", pair.public)
    assert (
        "Read back: 5 events recomputed and right, compared with 1 checkpoint; 2 enrolments "
        "unsealed; 1 account.\n"
    ) in launched.run(*words).stdout
    document = launched.read(*words)
    root = launched.read("verify")["root"]
    assert document["ok"]
    assert (document["events"], document["enrolments_unsealed"]) == (6, 2)
    assert document["bytes"] == (tmp_path / "b").stat().st_size
    assert document["keys"] == []
    assert root != document["root"]  # the record of this backup came after it


def test_an_enrolment_of_a_forgotten_contact_is_counted_apart(launched, tmp_path, pair):
    assert launched.run("contact", "forget", "+14155550101", "--yes").returncode == 0
    document = launched.read("backup", str(tmp_path / "b"), "--recipient", pair.public)
    assert (document["enrolments_unsealed"], document["enrolments_forgotten"]) == (1, 1)


def test_who_made_a_backup_is_in_the_record_of_access(launched, pair):
    backed_up(launched, pair, "--with-keys", "--by", "ortiz")
    found = launched.read("audit", "is:access", "actor:ortiz")
    assert [event["summary"] for event in found] == [
        "Exported a backup of everything (age), up to #5",
        "The master key is in a backup",
    ]


@pytest.mark.both_databases
def test_a_backup_made_while_others_write_is_one_moment(world, tmp_path, pair):
    order = BackupOrder(lock=Lock(recipients=[recipient_in(pair.public)]), work_folder=tmp_path)
    made = []
    world.launch()
    with writing_all_the_time(world):
        for _ in range(3):
            before = world.app.ledger.reader.head()
            while world.app.ledger.reader.head() == before:
                assert threading.active_count() > 1, "nobody writes"
            made.append(make_backup(world.app, tmp_path / "b", order, unseen))
    sizes = [each.proof.events for each in made]
    assert sizes == sorted(set(sizes))
    assert [each.proof.faults for each in made] == [[], [], []]


@contextmanager
def writing_all_the_time(world):
    """Record texts from people in a thread of its own, within the block."""
    stop = threading.Event()

    def write():
        for number in itertools.count():
            if stop.is_set():
                return
            world.inbound(f"Text {number}", sid=f"SM{number:032}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


@contextmanager
def unseen(_label):
    yield lambda _done, _total: None


# The keys alone.


def test_the_keys_alone_are_a_small_backup(launched, tmp_path, pair):
    done = launched.run("backup", str(tmp_path / "k"), "--keys-only", "--recipient", pair.public)
    assert "Read back: the keys secret_key, signing_key. Who can open it" in done.stdout
    assert (tmp_path / "k").stat().st_size < 10_000
    assert list(opened(tmp_path / "k", pair)) == [
        *("about.json", "keys/secret_key", "keys/signing_key")
    ]


def test_keys_that_were_lost_are_put_back_beside_their_ledger(launched, tmp_path, pair):
    words = ("--keys-only", "--recipient", pair.public)
    assert launched.run("backup", str(tmp_path / "k"), *words).returncode == 0
    key = (launched.folder / "ledger.signing_key").read_bytes()
    (launched.folder / "ledger.signing_key").unlink()
    restore = ("restore", str(tmp_path / "k"), "--identity", str(pair.file))
    assert refusal(launched, *restore) == (
        "There are only keys in this backup. Put them back by --with-keys."
    )
    told = restored(launched, tmp_path / "k", pair, "--with-keys")
    assert told.endswith(f"Put back: {launched.folder}/ledger.signing_key\nRestored.\n")
    assert (launched.folder / "ledger.signing_key").read_bytes() == key


def test_only_keys_that_a_ledger_has_are_put_back(launched, tmp_path, pair):
    """Who knows a public key can make a backup for it, with whatever names."""
    content = Content(about={"format": 1, "made_at": "", "keys": []}, databases={}, keys=FOREIGN)
    with (tmp_path / "k").open("w+b") as file:
        write(file, content, Lock(recipients=[recipient_in(pair.public)]))
    before = {path: path.read_bytes() for path in launched.folder.iterdir()}
    restored(launched, tmp_path / "k", pair, "--with-keys")
    after = {path: path.read_bytes() for path in before}
    assert after == before
    assert not (tmp_path / "foreign").exists()


def test_that_the_key_is_kept_elsewhere_is_recorded_with_who_said_it(launched):
    assert launched.run("keys", "backed-up", "--by", "ortiz").returncode == 0
    (said,) = launched.read("audit", "is:access", "actor:ortiz")
    assert said["summary"] == "Said that a backup of the master key is kept elsewhere"


# Encryption.


@pytest.mark.torture
def test_a_passphrase_opens_it_and_another_does_not(launched, tmp_path):
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{PASSPHRASE}\n")
    wrong.write_text("another passphrase\n")
    backup = str(tmp_path / "b")
    assert launched.run("backup", backup, "--passphrase-file", str(right)).returncode == 0
    new = elsewhere(launched)
    assert refusal(new, "restore", backup, "--passphrase-file", str(wrong)) == (
        "The passphrase is not the one of this backup, or the file was altered."
    )
    assert not ledger_file(new.folder).exists()
    done = new.run("restore", backup, "--passphrase-file", str(right), "--check")
    assert "Read back: 5 events" in done.stdout


def test_only_the_private_key_of_a_recipient_opens_it(launched, tmp_path, pair):
    backup, other = backed_up(launched, pair), KeyPair.new(tmp_path)
    check = ("restore", str(backup), "--check", "--identity")
    assert refusal(launched, *check, str(other.file)) == (
        "The private key does not open this backup. Give that of one of its recipients."
    )
    done = launched.run(*check, str(pair.file))
    assert done.stdout.endswith("The backup can be restored. Nothing was changed.\n")


@pytest.mark.parametrize("keys", ["--with-keys", "--keys-only", "--despite-faults"])
def test_without_encryption_there_is_no_backup(launched, tmp_path, keys):
    done = launched.run("backup", str(tmp_path / "b"), keys)
    assert done.returncode == 2
    assert "A backup is always encrypted: give --passphrase-file or --recipient" in done.stderr
    assert not (tmp_path / "b").exists()


def test_who_may_not_export_gets_no_backup(launched, tmp_path, pair):
    launched.run("user", "link", "admin", "--new")
    launched.run("user", "link", "ito", "--new", "--role", "staff")
    words = ("backup", str(tmp_path / "backup"), "--recipient", pair.public, "--by", "ito")
    assert "ito" in refusal(launched, *words)
    assert not (tmp_path / "backup").exists()


def test_keys_are_in_it_by_choice_and_never_readable(launched, pair):
    assert "secret_key" not in opened(backed_up(launched, pair), pair)
    backup = backed_up(launched, pair, "--with-keys")
    assert SECRET.encode() not in backup.read_bytes()
    inside = opened(backup, pair)
    assert inside["keys/secret_key"] == SECRET.encode()
    assert b"PRIVATE KEY" in inside["keys/signing_key"]


def test_keys_are_never_in_a_file_but_the_backup(launched, pair, tmp_path, monkeypatch):
    """Every file that is written while a backup is made, proved and checked is looked at."""
    seen = []
    monkeypatch.setattr(shutil, "rmtree", lambda path, **_: seen.extend(contents(path)))
    backup = backed_up(launched, pair, "--with-keys", "--work-folder", str(tmp_path))
    launched.run("restore", str(backup), "--check", "--identity", str(pair.file))
    assert any(b"SQLite" in content for content in seen)
    assert not any(SECRET.encode() in content or b"PRIVATE KEY" in content for content in seen)


def contents(folder):
    return [path.read_bytes() for path in folder.glob("*") if path.is_file()]


def opened(backup, pair):
    """The files in a backup, by nothing but age, gzip and tar."""
    identity = pyrage.x25519.Identity.from_str(pair.file.read_text().splitlines()[1])
    with tarfile.open(backup) as outside:
        encrypted = outside.extractfile("data.tar.gz.age").read()
    with tarfile.open(fileobj=BytesIO(pyrage.decrypt(encrypted, [identity]))) as inside:
        return {each.name: inside.extractfile(each).read() for each in inside}


def test_what_is_in_it_are_databases_that_anything_opens(launched, tmp_path, pair):
    inside = opened(backed_up(launched, pair), pair)
    assert list(inside) == ["about.json", "ledger.sqlite3", "accounts.sqlite3"]
    assert json.loads(inside["about.json"])["events"] == 5
    file = tmp_path / "by_hand.sqlite3"
    file.write_bytes(inside["ledger.sqlite3"])
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (5,)


def test_sessions_and_links_are_not_in_it(launched, tmp_path, pair):
    launched.run("user", "link", "ortiz", "--new")
    file = tmp_path / "accounts"
    file.write_bytes(opened(backed_up(launched, pair), pair)["accounts.sqlite3"])
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM sign_in_links").fetchone() == (0,)
        assert "ortiz" in {row[0] for row in connection.execute("SELECT name FROM staff")}


def test_every_table_of_accounts_is_copied_but_those_of_open_sessions():
    left = set(accounts_metadata.sorted_tables) - set(COPIED)
    assert sorted(each.name for each in left) == [
        *("sessions", "sign_in_limits", "sign_in_links", "sign_in_places"),
    ]


def test_only_its_owner_may_open_it_whatever_the_umask(launched, pair):
    before = os.umask(0)
    try:
        backup = backed_up(launched, pair, "--with-keys")
        new = elsewhere(launched)
        new = replace(new, settings={})
        restored(new, backup, pair, "--with-keys")
    finally:
        os.umask(before)
    written = [backup, *new.folder.iterdir()]
    assert {path.stat().st_mode & 0o077 for path in written} == {0}


# Files that are not what was written.


SHARES = [0, 0.01, 0.1, 0.3, 0.6, 0.8]
"""Behind them are only zeros, which end every tar archive."""


@pytest.mark.parametrize("share", SHARES)
def test_a_backup_that_was_cut_off_is_refused(tmp_path, example_backup, pair, share):
    cut = example_backup[: int(len(example_backup) * share)]
    assert refusal_of(cut, tmp_path, pair).endswith("Use another copy of it.")


@pytest.mark.parametrize("share", SHARES[2:])
def test_a_backup_that_was_altered_is_refused(tmp_path, example_backup, pair, share):
    altered = bytearray(example_backup)
    altered[int(len(altered) * share)] ^= 1
    assert refusal_of(bytes(altered), tmp_path, pair).endswith("Use another copy of it.")


def refusal_of(content, tmp_path, pair):
    """The sentence with which a backup is refused; nothing is put back."""
    file, new = tmp_path / "b", school_in(tmp_path / "new")
    file.write_bytes(content)
    sentence = refusal(new, "restore", str(file), "--identity", str(pair.file))
    assert not [path for path in new.folder.iterdir() if path.suffix == ".sqlite3"]
    return sentence


def test_a_ledger_with_a_fault_is_not_backed_up_unless_somebody_insists(launched, tmp_path, pair):
    with forging(ledger_file(launched.folder)) as connection:
        connection.execute("UPDATE events SET actor = 'nobody' WHERE seq = 2")
    words = ("backup", str(tmp_path / "b"), "--recipient", pair.public)
    assert "No backup was made, because the ledger in it is not right: #2:" in refusal(
        launched, *words
    )
    assert not (tmp_path / "b").exists()
    done = launched.run(*words, "--despite-faults")
    assert done.returncode == 1
    assert "NOT RIGHT" in done.stdout
    new = elsewhere(launched)
    restore = ("restore", str(tmp_path / "b"), "--identity", str(pair.file))
    assert "Nothing was restored" in refusal(new, *restore)
    assert new.run(*restore, "--despite-faults").returncode == 1
    assert new.read("campaign", "list")


# Interruptions.


def test_a_full_disk_leaves_the_backup_that_was_there(launched, pair):
    backup = backed_up(launched, pair)
    before = backup.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        done = launched.run("backup", str(backup), "--recipient", pair.public)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert done.returncode == 1
    assert done.stderr.startswith("delivery-ledger: ")
    assert backup.read_bytes() == before
    assert [path.name for path in backup.parent.glob("school.backup*")] == ["school.backup"]


@pytest.mark.parametrize("name", ["ledger.sqlite3", "ledger.signing_key"])
def test_no_file_but_a_backup_is_replaced(launched, pair, name):
    path = launched.folder / name
    before = path.read_bytes()
    words = ("backup", str(path), "--recipient", pair.public)
    assert refusal(launched, *words) == (
        f"{path} is there already, and is no backup. Name another file."
    )
    assert path.read_bytes() == before


def test_a_killed_backup_leaves_no_file_and_does_not_get_in_the_way(launched, pair):
    path = launched.folder.parent / "school.backup"
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp", "backup", str(path), "--recipient", pair.public],
        env=launched.environment,
        cwd=launched.folder,
    )
    work = launched.folder / "ledger.backup"
    while not (work.exists() and list(work.iterdir())):
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended with {process.wait(0.01)} before it could be killed")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not path.exists()
    backed_up(launched, pair)
    assert not work.exists()


# What a restore refuses, and what it changes.


def test_a_restore_needs_an_empty_place(launched, pair):
    backup = backed_up(launched, pair)
    words = ("restore", str(backup), "--identity", str(pair.file))
    before = ledger_file(launched.folder).read_bytes()
    assert "already, and a backup is restored into an empty place only. Stop the" in refusal(
        launched, *words
    )
    assert ledger_file(launched.folder).read_bytes() == before
    new = elsewhere(launched)
    (new.folder / "ledger.sqlite3-wal").write_bytes(b"of the file that was there before")
    assert "move ledger.sqlite3-wal away" in refusal(new, *words).replace(f"{new.folder}/", "")


def test_a_restore_needs_the_master_key(launched, pair):
    backup = backed_up(launched, pair)
    words = ("restore", str(backup), "--identity", str(pair.file))
    assert "There is no master key here" in refusal(
        replace(elsewhere(launched), settings={}), *words
    )
    other = replace(elsewhere(launched), settings={"LEDGER_SECRET_KEY": "quite another secret"})
    assert refusal(other, *words).startswith("The master key does not open this ledger.")
    assert not ledger_file(other.folder).exists()


def test_keys_are_put_back_by_choice(launched, pair):
    backup = backed_up(launched, pair, "--with-keys")
    new = replace(elsewhere(launched), settings={})
    restored(new, backup, pair, "--with-keys")
    assert (new.folder / "ledger.secret_key").read_text() == SECRET
    signing = (new.folder / "ledger.signing_key").read_bytes()
    assert signing == (launched.folder / "ledger.signing_key").read_bytes()
    assert new.read("campaign", "list")


def test_a_key_that_is_there_is_never_replaced(launched, pair):
    backup = backed_up(launched, pair, "--with-keys")
    new = elsewhere(launched)
    (new.folder / "ledger.signing_key").write_text("another")
    words = ("restore", str(backup), "--identity", str(pair.file), "--with-keys")
    assert "holds another key than the backup" in refusal(new, *words)
    assert not ledger_file(new.folder).exists()


def test_a_master_key_that_is_a_setting_must_be_set_again(launched, pair):
    with_master = replace_settings(launched, {"LEDGER_NEW_MASTER_KEY": "the next master key"})
    assert with_master.run("keys", "rotate").returncode == 0
    rotated = replace_settings(launched, {"LEDGER_MASTER_KEY": "the next master key"})
    backup = backed_up(rotated, pair, "--with-keys")
    new = replace(elsewhere(launched), settings={})
    told = restored(new, backup, pair, "--with-keys")
    file = new.folder / "ledger.master_key"
    assert f"1. Set LEDGER_MASTER_KEY to the content of {file}.\n" in told
    assert file.read_text() == "the next master key"
    new = replace_settings(new, {"LEDGER_MASTER_KEY": file.read_text()})
    assert new.read("campaign", "list")


@pytest.mark.parametrize("machine", ["the same", "another"])
def test_after_a_restore_nothing_is_sent_until_twilio_was_asked(launched, standin, pair, machine):
    launched = replace(launched, api_url=standin.url)
    backup = backed_up(launched, pair)
    assert launched.run("send", "--once").stderr == "2 attempts made.\n"
    new = elsewhere(launched)
    if machine == "the same":
        shutil.copy(launched.folder / "ledger.sender", new.folder)
    restored(new, backup, pair)
    assert new.read("sending", "show")["lost_attempts"] == (2 if machine == "the same" else 0)
    assert new.run("sending", "allow").returncode == 1
    assert new.run("send", "--once").returncode == 1
    assert new.read("reconcile")["recovered"]["attached"] == 2
    assert new.run("sending", "allow").returncode == 0
    assert new.run("send", "--once").stderr == "0 attempts made.\n"
    assert len(standin.messages()) == 2


def test_an_empty_ledger_is_restored_with_sending_on(tmp_path, pair):
    school = school_in(tmp_path / "school")
    assert school.read("campaign", "list") == []
    new = elsewhere(school)
    assert "Nothing is sent" not in restored(new, backed_up(school, pair), pair)
    assert not new.read("sending", "show")["off"]


def test_a_contact_who_was_forgotten_since_is_forgotten_again(launched, tmp_path, pair):
    backup = backed_up(launched, pair)
    launched.run("contact", "forget", "+14155550101", "--yes")
    listed = tmp_path / "forgotten.json"
    listed.write_text(launched.run("contact", "forgotten", "--details", "--json").stdout)
    new = elsewhere(launched)
    assert "contact forget --listed FILE" in restored(new, backup, pair)
    assert new.run("contact", "forget", "--listed", str(listed), "--yes").returncode == 0
    (campaign,) = new.read("campaign", "list")
    contacts = new.read("campaign", "contacts", campaign["id"])
    assert sorted(str(row["name"]) for row in contacts) == ["Ben", "None"]


# Checkpoints.


def origin_signed_by(school):
    done = school.run("checkpoint")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[0]


def test_a_new_machine_begins_a_new_log(launched, pair):
    backup = backed_up(launched, pair, "--with-keys")
    old = origin_signed_by(launched)  # signed after the backup, so that no restore knows of it
    new = elsewhere(launched)
    assert "the next checkpoint begins a new log" in restored(new, backup, pair, "--with-keys")
    assert origin_signed_by(new).startswith(f"{old}/")
    assert new.read("verify")["faults"] == []


def test_where_the_signing_record_is_the_old_log_is_not_contradicted(launched, pair):
    backup = backed_up(launched, pair, "--with-keys")
    for number in range(4):
        launched.run("contact", "opt-out", f"+1415555020{number}")
    origin_signed_by(launched)
    new = elsewhere(launched)
    shutil.copy(launched.folder / "ledger.signing_record", new.folder)
    assert "new log" not in restored(new, backup, pair, "--with-keys")
    assert "it lost its end. Nothing is signed" in refusal(new, "checkpoint")


def test_the_same_log_goes_on_where_somebody_is_sure(launched, pair):
    backup = backed_up(launched, pair, "--with-keys")
    old = launched.run("checkpoint").stdout.splitlines()[0]
    new = elsewhere(launched)
    restored(new, backup, pair, "--with-keys", "--same-log")
    assert origin_signed_by(new) == old
