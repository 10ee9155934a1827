"""The commands below `user`: who gets a link, and whose accounts they are about."""

import re
import stat

import pytest

from kit.accounts import add_account
from kit.processes import School
from webapp.accounts import Accounts, limits
from webapp.accounts.limits import Origin
from webapp.accounts.links import START_LIFETIME
from webapp.accounts.sessions import SessionOrigin
from webapp.accounts.try_later import TooManyFailures
from webapp.bootstrap import build
from webapp.cli.start_link import offer_link
from webapp.settings import read_settings

PASSWORD = "correct horse"
LINK = re.compile(r"/sign-in/([\w-]{43})\n")


@pytest.fixture
def accounts(school: School) -> Accounts:
    return build(read_settings(school.environment)).accounts


def names(school: School) -> list[str]:
    return [each["name"] for each in school.read("user", "list")]


def test_the_first_account_gets_a_link_without_more_words(school):
    made = school.run("user", "link", "ortiz")
    assert made.returncode == 0
    assert LINK.search(made.stdout)
    assert names(school) == ["ortiz"]


def test_a_mistyped_name_gets_neither_link_nor_account(school):
    school.run("user", "link", "ortiz")
    refused = school.run("user", "link", "otriz")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "delivery-ledger: There is no account named otriz. Check the name. For a new colleague, "
        "add --new.\n"
    )
    assert names(school) == ["ortiz"]


def test_a_new_colleague_gets_a_link_with_one_more_word(school, accounts):
    school.run("user", "link", "ortiz")
    made = school.run("user", "link", "ito", "--new")
    assert accounts.links.redeem(LINK.search(made.stdout)[1]) == accounts.id_of("ito")
    assert names(school) == ["ito", "ortiz"]


def test_each_command_says_in_which_database_the_accounts_are(school):
    for words in (
        *(("add", "ortiz", "--password", PASSWORD), ("link", "ito", "--new"), ("sign-out", "ito")),
        *(
            ("unlock", "ito"),
            ("unlock",),
            ("list",),
            ("role", "ito", "viewer"),
            ("sessions", "ito"),
        ),
        *(("sessions", "ito", "--end", "all"), ("disable", "ito"), ("enable", "ito")),
        ("remove", "ito"),
    ):
        done = school.run("user", *words)
        assert done.returncode == 0
        assert "These are the accounts in " in done.stderr
        assert done.stderr.endswith(".accounts.sqlite3.\n")


def test_an_unknown_name_is_refused_and_gets_no_account(school):
    school.run("user", "link", "ortiz")
    for act in ("disable", "sign-out", "unlock"):
        refused = school.run("user", act, "nobody")
        assert refused.returncode == 1
        assert "There is no account named nobody. Check the name." in refused.stderr
    assert names(school) == ["ortiz"]


def test_where_there_is_no_ledger_none_is_made(school):
    before = sorted(school.folder.iterdir())
    for words in (("list",), ("unlock",), ("unlock", "ortiz"), ("disable", "x"), ("sign-out", "x")):
        refused = school.run("user", *words)
        assert refused.returncode == 1
        assert refused.stderr.startswith("delivery-ledger: There is no ledger in ")
    assert sorted(school.folder.iterdir()) == before


def test_adding_says_whether_the_account_is_new(school):
    for words in ("a new account, admin", "a new password"):
        added = school.run("user", "add", "ortiz", "--password", PASSWORD)
        assert added.stderr.startswith(f"ortiz can sign in: {words}.")


def listed(school: School) -> list[tuple[str, ...]]:
    documents = school.read("user", "list")
    assert all(each["last_sign_in"] is None for each in documents)
    return [tuple(each[key] for key in ("name", "role", "state", "password")) for each in documents]


def test_a_disabled_colleague_has_no_password_and_gets_no_link(school):
    school.run("user", "add", "ada", "--password", PASSWORD)
    school.run("user", "add", "ortiz", "--password", PASSWORD)
    assert listed(school)[1] == ("ortiz", "staff", "active", True)
    assert school.run("user", "disable", "ORTIZ").stderr.startswith("ortiz can no longer sign in.")
    assert listed(school)[1] == ("ortiz", "staff", "disabled", False)
    assert re.search(r"ortiz +staff +disabled +no", school.run("user", "list").stdout)
    refused = school.run("user", "link", "ortiz")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "ortiz is disabled, so nothing lets ortiz in." in refused.stderr
    assert school.run("user", "enable", "ortiz").returncode == 0
    assert school.run("user", "link", "ortiz").returncode == 0


def test_a_colleague_gets_a_role_and_another(school):
    school.run("user", "link", "ortiz")
    school.run("user", "add", "ito", "--role", "viewer", "--password", PASSWORD)
    assert listed(school)[0] == ("ito", "viewer", "active", True)
    said = school.run("user", "role", "ito", "auditor").stderr
    assert said.startswith("ito is auditor.")
    assert listed(school)[0] == ("ito", "auditor", "active", True)


def test_the_last_admin_is_neither_disabled_nor_removed_nor_given_another_role(school):
    school.run("user", "link", "ortiz")
    for words in (("disable", "ortiz"), ("remove", "ortiz"), ("role", "ortiz", "staff")):
        refused = school.run("user", *words)
        assert refused.returncode == 1
        assert "ortiz is the only admin who can sign in." in refused.stderr


def test_who_acts_by_name_has_the_role_of_that_account(school):
    school.run("user", "link", "ortiz")
    school.run("user", "link", "ito", "--new", "--role", "viewer")
    for words in (("sending", "stop"), ("user", "disable", "ortiz")):
        refused = school.run(*words, "--by", "ito")
        assert refused.returncode == 1
        assert "The role of ito, viewer, may not do this." in refused.stderr
    assert school.run("sending", "stop", "--by", "Grace").returncode == 0
    school.run("user", "disable", "ito")
    assert (
        "ito is disabled and may do nothing."
        in school.run("sending", "allow", "--by", "ito").stderr
    )
    school.run("user", "remove", "ito")
    assert "a former colleague" in school.run("sending", "allow", "--by", "ito").stderr
    assert school.run("sending", "allow").returncode == 0
    assert names(school) == ["ortiz"]


def test_sessions_are_shown_and_ended(school, accounts):
    school.run("user", "link", "ortiz")
    user_id = accounts.known_id_of("ortiz")
    for token in ("one", "two"):
        accounts.sessions.start(token, user_id, 0, SessionOrigin("192.0.2.7", "Firefox/1"))
    shown = school.read("user", "sessions", "ortiz")
    assert [each["address"] for each in shown] == ["192.0.2.7"] * 2
    assert school.run("user", "sessions", "ortiz", "--end", shown[0]["id"]).returncode == 0
    assert [each["id"] for each in school.read("user", "sessions", "ortiz")] == [shown[1]["id"]]
    refused = school.run("user", "sessions", "ortiz", "--end", shown[0]["id"])
    assert "This session has ended already" in refused.stderr
    school.run("user", "sessions", "ortiz", "--end", "all")
    assert school.read("user", "sessions", "ortiz") == []


def test_unlocking_lets_a_name_try_again_at_once(school, accounts):
    add_account(accounts, "ortiz")
    stranger = Origin(address="203.0.113.9", device=None)
    for words, said in (
        (("unlock", "ortiz"), "2 counts of wrong passwords removed for ortiz. A limit of an addr"),
        (("unlock", "ortiz"), "2 counts of wrong passwords removed for ortiz. A limit of an addr"),
        (("unlock",), "3 counts of wrong passwords removed: everybody can try again at once."),
    ):
        for _ in range(limits.OF_NAME_AT_ADDRESS.failures):
            with accounts.limits.begin("ortiz", None, stranger):
                pass
        with pytest.raises(TooManyFailures):
            accounts.limits.begin("ortiz", None, stranger)
        done = school.run("user", *words)
        assert done.returncode == 0
        assert done.stderr.startswith(said)
    accounts.limits.begin("ortiz", None, stranger)


def test_a_password_that_no_hasher_takes_is_refused_with_a_sentence(school):
    for password in ("short", "x" * 5000, "ten or more \udcff"):
        refused = school.run("user", "add", "ortiz", "--password", password)
        assert refused.returncode == 1
        assert refused.stderr.startswith("delivery-ledger: A password ")
    assert names(school) == []


def test_what_can_be_no_name_is_refused_with_a_sentence(school):
    school.run("user", "link", "ortiz")
    for act in (("link",), ("link", "--new"), ("disable",), ("unlock",)):
        refused = school.run("user", *act, "two\nlines")
        assert refused.returncode == 1
        assert "A staff member's name is 1 to 64 characters on one line." in refused.stderr


# The link of a start.


def test_a_start_writes_its_link_into_a_file_for_its_user_alone(world, capsys):
    offer_link(world.app, "http://127.0.0.1:5000")
    file = world.app.settings.databases.file("sign_in_link")
    printed = capsys.readouterr().out
    assert printed == f"The link in {file} signs you in, once and within an hour.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = LINK.search(file.read_text())[1]
    assert world.app.accounts.links.redeem(token)


def test_a_start_shows_its_link_on_a_terminal(world, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    offer_link(world.app, "http://127.0.0.1:5000")
    printed = capsys.readouterr().out
    assert printed.startswith(
        "Sign in, once and within an hour, with http://127.0.0.1:5000/sign-in/"
    )
    assert world.app.accounts.links.redeem(LINK.search(printed)[1])
    assert not world.app.settings.databases.file("sign_in_link").exists()


def test_the_link_of_a_start_works_for_an_hour(world, capsys):
    offer_link(world.app, "http://127.0.0.1:5000")
    token = LINK.search(world.app.settings.databases.file("sign_in_link").read_text())[1]
    world.clock.advance(seconds=START_LIFETIME.total_seconds())
    assert START_LIFETIME.total_seconds() == 3600
    assert world.app.accounts.links.redeem(token) is None


def test_a_file_that_cannot_be_written_stops_no_start(world, capsys):
    world.app.settings.databases.file("sign_in_link").mkdir()
    offer_link(world.app, "http://127.0.0.1:5000")
    assert "`delivery-ledger user link NAME` makes one." in capsys.readouterr().err
