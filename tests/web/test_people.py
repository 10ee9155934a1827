"""Changes of people's accounts: each is an event first, and nobody is left half shut out."""

import re
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from kit.api import ApiClient
from kit.permalinks import made, topics
from kit.sign_in import PASSWORD, Browser
from kit.staff import Staff
from kit.world import World
from ledger.commands.people import RecordAccountChange, RecordLeaving
from ledger.commands.permalinks import MakePermalink
from ledger.domain.events import AccountDisabled, AccountEvent, AccountSessionsEnded, Header
from ledger.domain.people import STREAM
from ledger.domain.permalink import PageOfMoment
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, NotFound, Refused, StoreUnavailable
from ledger.unit_of_work import Command
from webapp.accounts import Accounts
from webapp.accounts.api_tokens import TokenOrder
from webapp.accounts.roster import Roster
from webapp.people import People
from webapp.permissions import Access

SHARED = "/campaigns?as_of=1"
LAST = "Ortiz is the only admin who can sign in. Make somebody else an admin first"


@pytest.fixture
def accounts(world: World) -> Accounts:
    return world.app.accounts


@pytest.fixture
def people(world: World) -> People:
    return world.app.people


@pytest.fixture
def ortiz(people: People, accounts: Accounts) -> str:
    """The first admin."""
    return people.add("Ortiz", Role.VIEWER, accounts.id_of("shell")).user_id


def changes(world: World) -> list[tuple[str, AccountEvent]]:
    return [(each.topic, each.event) for each in world.app.ledger.reader.stream(STREAM)]


def test_the_first_account_is_an_admin_whatever_was_asked_for(ortiz, people, accounts):
    assert accounts.known("Ortiz").access.role is Role.ADMIN
    assert people.add("Ito", Role.VIEWER, ortiz).access.role is Role.VIEWER


def test_every_change_is_an_event_with_who_did_it(world, ortiz, people, accounts):
    ito = people.add("Ito", Role.STAFF, ortiz).user_id
    people.change_role(ito, Role.VIEWER, ortiz, sees_numbers=True)
    people.set_password(ito, "correct horse", ortiz)
    people.sign_out(ito, ortiz)
    people.disable(ito, ortiz)
    people.enable(ito, ortiz)
    people.remove(ito, ortiz)
    topics = [topic for topic, event in changes(world) if event.account_id == ito]
    assert topics == [
        *("AccountAdded", "AccountRoleChanged", "AccountAccessGiven", "AccountSessionsEnded"),
        *("AccountDisabled", "AccountEnabled", "AccountRemoved"),
    ]
    assert {event.actor for _, event in changes(world) if event.account_id == ito} == {ortiz}
    assert "Ito" not in str(changes(world))


def test_what_changes_nothing_is_no_event(world, ortiz, people):
    before = changes(world)
    people.change_role(ortiz, Role.ADMIN, ortiz)
    people.enable(ortiz, ortiz)
    assert changes(world) == before


@pytest.mark.both_databases
def test_an_admin_without_a_way_in_does_not_count_as_one(world, ortiz, people, accounts):
    """Neither does one whose link has expired or was used; where none counts, all do."""
    ito = people.add("Ito", Role.ADMIN, ortiz).user_id
    people.set_password(ortiz, "correct horse", ortiz)
    with pytest.raises(Refused, match=LAST):
        people.disable(ortiz, ito)
    token = people.new_link(ito, ortiz, origin="mail", lifetime=timedelta(hours=1))
    with accounts.changing() as roster:
        assert not roster.is_last_admin(ortiz)
    world.clock.advance(seconds=3600)
    with pytest.raises(Refused, match=LAST):
        people.change_role(ortiz, Role.STAFF, ito)
    assert accounts.links.owner_of(token) is None
    people.sign_out(ito, ortiz)
    people.remove(ito, ortiz)


@pytest.mark.parametrize("act", [People.disable, People.remove])
def test_the_last_admin_can_neither_be_disabled_nor_removed(world, ortiz, people, act):
    people.add("Ito", Role.STAFF, ortiz)
    with pytest.raises(Refused, match=LAST):
        act(people, ortiz, ortiz)
    assert len(changes(world)) == 2


def test_the_last_admin_cannot_get_another_role(ortiz, people):
    with pytest.raises(Refused, match=LAST):
        people.change_role(ortiz, Role.STAFF, ortiz)


def test_of_admins_none_of_whom_can_sign_in_all_but_one_can_leave(ortiz, people):
    ito = people.add("Ito", Role.ADMIN, ortiz).user_id
    people.remove(ito, ortiz)
    with pytest.raises(Refused, match=LAST):
        people.remove(ortiz, ortiz)


def test_an_admin_who_is_disabled_does_not_count_as_one(ortiz, people):
    ito = people.add("Ito", Role.ADMIN, ortiz).user_id
    people.disable(ito, ortiz)
    with pytest.raises(Refused, match=LAST):
        people.disable(ortiz, ortiz)


def test_nobody_gets_a_second_account(ortiz, people):
    with pytest.raises(Refused, match="Ortiz has an account already"):
        people.add("ORTIZ", Role.STAFF, ortiz)


def test_a_name_that_nobody_could_type_gets_no_account(world, people, ortiz):
    with pytest.raises(BadInput):
        people.add("\u3164", Role.STAFF, ortiz)
    assert len(changes(world)) == 1


def test_a_disabled_account_gets_neither_link_nor_password(ortiz, people):
    ito = people.add("Ito", Role.STAFF, ortiz).user_id
    people.disable(ito, ortiz)
    with pytest.raises(Refused, match="Ito is disabled"):
        people.set_password(ito, "correct horse", ortiz)


@pytest.mark.parametrize("act", [People.disable, People.remove])
def test_a_leaver_is_shut_out_in_one_act(world, ortiz, people, accounts, act):
    """In a browser that is signed in, with a link that is open, by password and by API token."""
    leaver = Staff(world, "Ito", role=Role.STAFF)
    people.set_password(leaver.user_id, PASSWORD, ortiz)
    order = TokenOrder(name="Mine", access=Access(Role.STAFF))
    _, token = world.app.token_changes.add(leaver.user_id, order, ortiz, Access(Role.ADMIN))
    link = accounts.links.new(leaver.user_id, origin="mail", lifetime=timedelta(hours=24))
    api, elsewhere = ApiClient(leaver.app, token), Browser(leaver.app.test_client())
    elsewhere.sign_in("Ito")
    clients = leaver.client, elsewhere.client
    leaver.sign_in_again()
    assert [client.get("/campaigns").status_code for client in clients] == [200, 200]
    assert api.get("/campaigns").status_code == 200
    act(people, leaver.user_id, ortiz)
    assert [client.get("/campaigns").status_code for client in clients] == [302, 302]
    assert leaver.client.get(f"/sign-in/{link}").status_code == 410
    elsewhere.sign_in("Ito")
    assert [client.get("/campaigns").status_code for client in clients] == [302, 302]
    assert api.get("/campaigns").status_code == 401


def test_the_name_of_a_former_colleague_stays_in_the_audit_trail(world, ortiz, people):
    admin = Staff(world, "Ortiz")
    ito = people.add("Ito", Role.STAFF, ortiz).user_id
    people.change_role(ito, Role.APPROVER, ortiz)
    people.remove(ito, ortiz)
    words = admin.read("/audit")
    assert "Role of Ito changed from staff to approver" in words
    assert "Account of Ito removed" in words
    assert "Account added" in admin.read("/audit?type=AccountAdded")


def test_a_removed_name_can_get_an_account_again_with_another_id(ortiz, people, accounts):
    first = people.add("Ito", Role.STAFF, ortiz).user_id
    people.remove(first, ortiz)
    second = people.add("Ito", Role.STAFF, ortiz).user_id
    assert first != second
    assert accounts.names()[first] == accounts.names()[second] == "Ito"


# Permalinks of a leaver.


@pytest.mark.both_databases
@pytest.mark.parametrize("act", ["disable", "remove"])
def test_a_leavers_permalinks_are_revoked_in_the_same_act(world, ortiz, people, act):
    admin, ito = Staff(world, "Ortiz"), Staff(world, "Ito", role=Role.STAFF)
    kept, address = made(admin, SHARED), made(ito, SHARED)
    outsider = admin.app.test_client()
    assert outsider.get(address).status_code == 200
    assert post(admin, f"/people/{ito.user_id}/{act}").status_code == 303
    assert outsider.get(address).status_code == 410
    assert outsider.get(kept).status_code == 200
    assert "1 open permalink of this person was revoked." in admin.read("/people")
    (revoked,) = topics(world, "PermalinkRevoked")
    assert revoked.event.actor == ortiz


def test_enabling_brings_no_permalink_back(world, ortiz, people):
    ito = Staff(world, "Ito", role=Role.STAFF)
    address = made(ito, SHARED)
    assert people.disable(ito.user_id, ortiz) == 1
    people.enable(ito.user_id, ortiz)
    assert ito.app.test_client().get(address).status_code == 410
    assert people.disable(ito.user_id, ortiz) == 0


def test_what_is_made_while_others_are_looked_up_is_revoked_or_refused(
    world, ortiz, people, monkeypatch
):
    ito = Staff(world, "Ito", role=Role.STAFF)
    execute = world.app.ledger.execute

    def make_before(command: Command[object]) -> Future[object]:
        if isinstance(command, RecordLeaving):
            execute(permalink_by(world, ito.user_id)).result()
        return execute(command)

    monkeypatch.setattr(world.app.ledger, "execute", make_before)
    assert people.disable(ito.user_id, ortiz) == 1
    with pytest.raises(Refused, match="Your account is disabled or removed"):
        execute(permalink_by(world, ito.user_id)).result()


def permalink_by(world: World, user_id: str) -> MakePermalink:
    return MakePermalink(
        permalink_id=world.app.ledger.identity.new_permalink_id(),
        page=PageOfMoment(path="/campaigns", moment=1),
        expires_at=world.clock.now() + timedelta(days=7),
        shows_numbers=False,
        by=user_id,
    )


# Two databases.


def recorded_only(
    world: World, change: Callable[..., AccountEvent], user_id: str, **fields: object
) -> None:
    """Record a change as a process does that is killed before it does it."""

    def event(header: Header) -> AccountEvent:
        return change(**header, account_id=user_id, **fields)

    world.app.ledger.execute(RecordAccountChange("usr_admin", event)).result()


class Killed(BaseException):
    """The process ends: what it had not committed is not there."""


ACTS = {
    "disable": lambda people, user_id, by, _: people.disable(user_id, by),
    "remove": lambda people, user_id, by, _: people.remove(user_id, by),
    "sign out": lambda people, user_id, by, _: people.sign_out(user_id, by),
    "end session": lambda people, user_id, by, session: people.end_session(user_id, session, by),
    "password": lambda people, user_id, by, _: people.set_password(user_id, "battery staple", by),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_was_killed_after_its_event_is_completed(
    world, ortiz, accounts, monkeypatch, act
):
    """What was open before is over, and the old password lets nobody in."""
    ito = Staff(world, "Ito", role=Role.STAFF)
    with accounts.changing() as roster:
        roster.set_password(ito.user_id, "an old hash")
    ito.sign_in_again()
    (session,) = accounts.sessions.of(ito.user_id)
    with monkeypatch.context() as patch:
        patch.setattr(Roster, "apply", killed)
        with pytest.raises(Killed):
            ACTS[act](world.app.people, ito.user_id, ortiz, session.session_id)
    assert ito.client.get("/campaigns").status_code == 200
    People(world.app.ledger, accounts).complete()
    assert ito.client.get("/campaigns").status_code == 302
    account = accounts.with_id(ito.user_id)
    if act in {"disable", "remove", "password"}:
        assert account is None or not account.has_password


def killed(*_: object) -> None:
    raise Killed


def test_an_end_of_a_session_that_an_earlier_version_recorded_ends_none(
    world, ortiz, people, accounts
):
    ito = Staff(world, "Ito", role=Role.STAFF)
    recorded_only(world, AccountSessionsEnded, ito.user_id, is_everywhere=False)
    people.complete()
    assert ito.client.get("/campaigns").status_code == 200


def test_what_was_recorded_before_a_crash_is_done_at_the_next_start(world, ortiz, people, accounts):
    ito = Staff(world, "Ito", role=Role.STAFF)
    recorded_only(world, AccountDisabled, ito.user_id)
    assert ito.client.get("/campaigns").status_code == 200
    People(world.app.ledger, accounts).complete()
    assert ito.client.get("/campaigns").status_code == 302
    assert accounts.known("Ito").is_disabled


def test_the_next_change_does_what_a_crash_left(world, ortiz, people, accounts):
    ito = people.add("Ito", Role.ADMIN, ortiz).user_id
    recorded_only(world, AccountDisabled, ito)
    with pytest.raises(Refused, match=LAST):
        people.disable(ortiz, ortiz)


def test_nothing_changes_where_the_ledger_takes_no_event(
    world, ortiz, people, accounts, monkeypatch
):
    ito = people.add("Ito", Role.STAFF, ortiz).user_id
    refused: Future[int] = Future()
    refused.set_exception(StoreUnavailable("The disk is full."))
    monkeypatch.setattr(world.app.ledger, "execute", lambda _command: refused)
    with pytest.raises(StoreUnavailable):
        people.disable(ito, ortiz)
    assert not accounts.known("Ito").is_disabled


def test_a_ledger_that_lost_its_end_undoes_no_change_and_prevents_none(
    world, ortiz, people, accounts
):
    ito = people.add("Ito", Role.STAFF, ortiz).user_id
    with accounts.changing() as roster:
        roster.set_applied(99)
    people.complete()
    people.disable(ito, ortiz)
    assert accounts.known("Ito").is_disabled
    assert accounts.applied_changes == len(changes(world))


# Pages.


def test_an_admin_adds_somebody_who_signs_in_by_the_link_that_is_shown_once(world, ortiz):
    admin = Staff(world, "Ortiz")
    shown = admin.press("/people", name="Ito", role="auditor")
    assert shown.status_code == 200
    token = re.search(r"/sign-in/([\w-]{43})</code>", shown.text)[1]
    accounts = world.app.accounts
    assert accounts.links.owner_of(token) == accounts.known_id_of("Ito")
    assert accounts.known("Ito").access.role is Role.AUDITOR
    assert token not in admin.open("/people").text


def test_the_people_page_does_what_the_commands_do(world, ortiz, accounts):
    admin, ito = Staff(world, "Ortiz"), Staff(world, "Ito", role=Role.STAFF)
    page = f"/people/{ito.user_id}"
    assert "Ito Staff Active" in admin.read("/people")
    session = accounts.sessions.of(ito.user_id)[0].session_id
    assert post(admin, f"{page}/sessions/{session}/end").status_code == 303
    assert accounts.sessions.of(ito.user_id) == []
    assert post(admin, f"{page}/role", role="viewer").status_code == 303
    assert accounts.known("Ito").access.role is Role.VIEWER
    assert post(admin, f"{page}/disable").status_code == 303
    assert accounts.known("Ito").is_disabled
    for act, code in (("enable", 303), ("link", 200), ("sign-out", 303), ("remove", 303)):
        assert post(admin, f"{page}/{act}").status_code == code
    assert admin.open(page).status_code == 404


def post(staff: Staff, path: str, **fields: str) -> TestResponse:
    """Post a form that a page holds."""
    token = staff.open("/account/password").text.partition('name="csrf_token"')[2]
    value = token.partition('value="')[2].partition('"')[0]
    return staff.client.post(path, data={"csrf_token": value, **fields})


def test_a_refusal_is_shown_on_the_page_of_the_account(world, ortiz):
    admin = Staff(world, "Ortiz")
    answer = post(admin, f"/people/{ortiz}/disable")
    assert answer.status_code == 303
    assert LAST in admin.read(f"/people/{ortiz}")


def test_an_account_that_does_not_exist_is_not_found(world, ortiz, people):
    with pytest.raises(NotFound):
        people.disable("usr_nobody", ortiz)
    assert post(Staff(world, "Ortiz"), "/people/usr_nobody/disable").status_code == 404


# One's own account.


def test_somebody_ends_a_session_elsewhere_and_stays_signed_in_here(world, ortiz):
    here, elsewhere = Staff(world, "Ortiz"), Staff(world, "Ortiz")
    page = here.open("/account").text
    (address,) = re.findall(r'action="(/account/sessions/\w+/end)"', page)
    assert post(here, address).status_code == 303
    assert here.client.get("/campaigns").status_code == 200
    assert elsewhere.client.get("/campaigns").status_code == 302


def test_nobody_ends_a_session_of_somebody_else(world, ortiz, accounts):
    ito = Staff(world, "Ito", role=Role.STAFF)
    Staff(world, "Ortiz")
    (session,) = accounts.sessions.of(ortiz)
    post(ito, f"/account/sessions/{session.session_id}/end")
    assert accounts.sessions.of(ortiz) == [session]


def test_the_account_page_says_in_which_browser_a_session_is(world, ortiz):
    ortiz_at_home = Staff(world, "Ortiz")
    (session,) = world.app.accounts.sessions.of(ortiz)
    assert session.origin.address == "127.0.0.1"
    assert f"Unknown browser This one {session.origin.address}" in ortiz_at_home.read("/account")
