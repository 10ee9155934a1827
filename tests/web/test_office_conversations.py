"""One person whom two offices texted: who waits for a reply of which, and who looks after it."""

from collections.abc import Callable

import pytest

from kit.offices import add_office, launch_for
from kit.world import CLEO, STAFF, World
from ledger.commands.conversations import AssignConversation, FinishConversation
from ledger.commands.replies import SendReply
from ledger.domain.events import Person
from ledger.domain.offices import EVERYTHING, Scope
from projections.conversations.inbox import Inbox
from projections.conversations.rows import InboxFilter, InboxScope

pytestmark = pytest.mark.both_databases

Inboxes = Callable[[], tuple[Inbox, Inbox, Inbox]]


@pytest.fixture
def offices(world: World) -> tuple[Scope, Scope]:
    """North and South: each texted the person, who answered each."""
    north, south = add_office(world, "North"), add_office(world, "South")
    for number, (office_id, name) in enumerate([(north, "Gala"), (south, "Fair")]):
        launch_for(world, office_id, name, {CLEO: "Cleo"})
        world.send()
        world.inbound(f"Where is the {name}?", CLEO, sid=f"SM{number}")
    return Scope(frozenset({north})), Scope(frozenset({south}))


@pytest.fixture
def inboxes(world: World, offices: tuple[Scope, Scope]) -> Inboxes:
    """The conversations of North, of South and of everybody, as they are then."""

    def read() -> tuple[Inbox, Inbox, Inbox]:
        world.catch_up()
        north, south = (world.app.within(scope).conversations for scope in offices)
        return north, south, world.app.conversations

    return read


def waiting(inboxes: tuple[Inbox, ...]) -> list[int]:
    return [inbox.count_waiting() for inbox in inboxes]


def reply(world: World, scope: Scope, request: str) -> None:
    """Reply as the page does."""
    world.catch_up()
    office_id = world.app.within(scope).conversations.answered_office(world.contact(CLEO))
    person = Person(phone=CLEO, name="Cleo", fields={})
    identity = world.app.ledger.identity
    command = SendReply.to(
        identity, person, "In the hall.", STAFF, request=request, office_id=office_id
    )
    world.execute(command)


def test_a_reply_of_one_office_answers_no_text_that_waits_for_another(world, offices, inboxes):
    north, _south = offices
    assert waiting(inboxes()) == [1, 1, 1]
    reply(world, north, "req_1")
    assert waiting(inboxes()) == [0, 1, 1]
    before = world.app.ledger.reader.head() - 2  # the reply is the campaign's and its delivery
    past = [inbox.as_of(before - 1).counts(STAFF).needs_reply for inbox in inboxes()]
    assert past == [1, 1, 1]
    world.app.views.rebuild()
    assert waiting(inboxes()) == [0, 1, 1]


def test_somebody_who_sees_all_answers_the_latest_text_that_waits_first(world, inboxes):
    reply(world, EVERYTHING, "req_1")
    assert waiting(inboxes()) == [1, 0, 1]
    reply(world, EVERYTHING, "req_2")
    assert waiting(inboxes()) == [0, 0, 0]


def test_done_is_for_the_texts_of_the_offices_of_who_decides(world, offices, inboxes):
    north, south = offices
    contact = world.contact(CLEO)
    for _time in range(2):
        world.execute(FinishConversation(contact, STAFF, south))
    assert [e.topic for e in world.app.ledger.reader.stream(contact)][-2:].count(
        "ConversationDone"
    ) == 1
    assert waiting(inboxes()) == [1, 0, 1]
    world.execute(FinishConversation(contact, STAFF, north))
    assert waiting(inboxes()) == [0, 0, 0]
    world.inbound("And the fair?", CLEO, sid="SM9")
    world.execute(FinishConversation(contact, STAFF))
    assert waiting(inboxes()) == [0, 0, 0]


def test_an_opt_out_ends_the_waiting_for_every_office(world, inboxes):
    world.opt_out(CLEO)
    assert waiting(inboxes()) == [0, 0, 0]


def test_each_office_has_its_own_member_of_staff_for_a_conversation(world, offices, inboxes):
    north, south = offices
    contact = world.contact(CLEO)

    def assign(user: str | None, scope: Scope = EVERYTHING) -> list[str | None]:
        world.execute(AssignConversation(contact, user, STAFF, scope))
        return [inbox.correspondent(contact).assignee for inbox in inboxes()]

    assert assign("usr_a") == ["usr_a", "usr_a", "usr_a"]
    assert assign("usr_n", north) == ["usr_n", "usr_a", "usr_n"]
    assert assign("usr_s", south) == ["usr_n", "usr_s", "usr_s"]
    assert assign(None, north) == [None, "usr_s", "usr_s"]
    head = world.app.ledger.reader.head()
    assert assign(None, north) == [None, "usr_s", "usr_s"]
    assert world.app.ledger.reader.head() == head
    of_south = InboxScope(chosen=InboxFilter.MINE, user_id="usr_s")
    listed = [len(inbox.page(of_south, size=5).rows) for inbox in inboxes()]
    counted = [inbox.counts("usr_s").mine for inbox in inboxes()]
    assert listed == counted == [0, 1, 1]
    assert assign("usr_b") == ["usr_b", "usr_b", "usr_b"]
    assert [inbox.counts("usr_b").mine for inbox in inboxes()] == [1, 1, 1]
    assert [i.as_of(head).correspondent(contact).assignee for i in inboxes()] == [
        None,
        "usr_s",
        "usr_s",
    ]
