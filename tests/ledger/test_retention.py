"""Retention: who is due and when, what keeps a contact, and that it is done once and as told."""

import threading
from datetime import timedelta
from io import BytesIO
from itertools import islice

import pytest

from kit.world import ADA, BEN, CLEO, STAFF, World, row
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.legal_holds import PlaceLegalHold, ReleaseLegalHold
from ledger.commands.replies import SendReply
from ledger.commands.retention import (
    ConfirmRetention,
    DeleteOldLists,
    ForgetByRetention,
    SetRetention,
)
from ledger.domain.events import ListVersion, Person, RowsLeftOut
from ledger.domain.retention import Retention
from ledger.errors import BadInput, NotFound, Refused
from ledger.messages.contact_file import read_contacts
from ledger.messages.template import Template
from webapp.contact_lists import (
    ListContacts,
    NewList,
    UploadedFile,
    make_list,
    replace_list,
)
from webapp.parts.proof import verify_ledger
from webapp.retention.forgetting import forget_due, keep_retention
from webapp.retention.lease import LEASE, Lease
from webapp.retention.report import retention_of

pytestmark = pytest.mark.both_databases

DAYS = 30


@pytest.fixture
def rule(world: World) -> Retention:
    """A rule of thirty days that has begun."""
    world.execute(SetRetention(DAYS, STAFF))
    world.execute(ConfirmRetention(1, STAFF))
    return retention_of(world.app)


def ended(world: World, phones=(ADA,), **options: object) -> str:
    """A campaign to these numbers in which everybody got the text."""
    campaign_id = world.launch(list(phones), **options)
    world.send()
    for phone in phones:
        world.callback(world.delivery(campaign_id, phone))
    return campaign_id


def due_in(world: World, days: float) -> list[str]:
    """Who has been due for a moment, when so many days have gone by."""
    world.catch_up()
    now = world.clock.now() + timedelta(days=days, seconds=1)
    due = world.app.retention.due(now - timedelta(days=DAYS), limit=100)
    return [contact.contact_id for contact in due]


def wait(world: World, days: float = DAYS) -> None:
    world.clock.advance(hours=24 * days)
    world.clock.advance(seconds=2)


def forget(world: World) -> int:
    world.catch_up()
    return sum(forget_due(world.app))


@pytest.mark.parametrize("end", ["complete", "closed", "archived"])
def test_a_contact_is_due_days_after_the_campaign_ended(world, end):
    if end == "complete":
        ended(world)
    else:
        act = world.close_campaign if end == "closed" else world.archive
        act(world.launch())
    assert due_in(world, DAYS - 1) == []
    assert due_in(world, DAYS) == [world.contact(ADA)]


def test_an_open_campaign_or_a_later_one_keeps_the_contact(world):
    ended(world, (ADA, BEN))
    world.launch([ADA], name="Open")
    assert due_in(world, 10 * DAYS) == [world.contact(BEN)]
    world.clock.advance(hours=24)
    ended(world, (BEN,), name="Later")
    assert due_in(world, DAYS - 1) == []
    assert due_in(world, DAYS) == [world.contact(BEN)]


def test_a_text_an_opt_out_or_a_reply_delays_it(world):
    ended(world, (ADA, BEN, CLEO))
    world.clock.advance(hours=24)
    world.inbound("See you there", ADA)
    world.opt_out(BEN)
    world.inbound("Who is this?", CLEO, sid="SM2")
    to_cleo = Person(phone=CLEO, name="Cleo Merode", fields={})
    identity = world.app.ledger.identity
    world.execute(SendReply.to(identity, to_cleo, "The school", STAFF, request="req_1"))
    assert due_in(world, DAYS - 1) == []
    assert set(due_in(world, DAYS)) == {world.contact(ADA), world.contact(BEN)}  # Cleo's is pending


def test_a_rule_forgets_who_is_due_and_the_event_names_it(world, rule):
    campaign_id = ended(world, (ADA, BEN))
    wait(world)
    ended(world, (CLEO,), name="Young")
    assert forget(world) == 2
    forgotten = world.last(world.contact(ADA)).event
    assert (forgotten.actor, forgotten.retention_rule) == ("retention", 1)
    assert forgotten.retention_days == DAYS
    assert [row.phone for row in world.rows(campaign_id)] == ["", ""]
    assert world.app.ledger.reader.subjects_with_key([world.contact(CLEO)])
    assert forget(world) == 0


def test_an_opt_out_outlives_it(world, rule):
    world.opt_out(ADA)
    wait(world)
    assert forget(world) == 1
    later = world.launch([ADA], name="Later")
    world.send()
    assert world.provider.sent == []
    assert "asked not to be texted" in world.detail(world.delivery(later))


def test_a_legal_hold_or_an_undecided_text_keeps_a_contact(world, rule):
    ended(world, (ADA, BEN, CLEO))
    world.execute(PlaceLegalHold(world.contact(ADA), "A case", STAFF))
    world.inbound("please no more", BEN)
    wait(world)
    assert forget(world) == 1
    assert world.topics(world.contact(CLEO))[-1] == "ContactForgotten"
    world.execute(ReleaseLegalHold(world.contact(ADA), STAFF))
    assert forget(world) == 0  # its days begin again
    wait(world)
    assert forget(world) == 1


def test_what_happens_meanwhile_counts_under_the_lock(world, rule):
    ended(world, (ADA, BEN))
    wait(world)
    world.catch_up()
    reader = world.app.ledger.reader
    seen, last = reader.head(), reader.seq_before(world.clock.now() - timedelta(days=DAYS))
    world.inbound("Hello again", ADA)
    ids = [world.contact(ADA), world.contact(BEN)]
    assert world.execute(ForgetByRetention(ids, 1, seen, last)) == [world.contact(BEN)]
    assert world.execute(ForgetByRetention(ids, 1, seen, last)) == []


def test_a_rule_that_was_changed_meanwhile_forgets_nobody(world, rule):
    ended(world)
    wait(world)
    seen = world.app.ledger.reader.head()
    world.execute(SetRetention(None, STAFF))
    with pytest.raises(Refused, match="rule was changed"):
        world.execute(ForgetByRetention([world.contact(ADA)], 1, seen, seen))
    assert forget(world) == 0


def test_a_new_rule_waits_a_week_unless_an_admin_confirms_it(world):
    ended(world)
    wait(world)
    world.execute(SetRetention(DAYS, STAFF))
    assert forget(world) == 0
    with pytest.raises(Refused, match="changed meanwhile"):
        world.execute(ConfirmRetention(7, STAFF))
    world.clock.advance(hours=24 * 7)
    assert forget(world) == 1
    with pytest.raises(Refused, match="begun already"):
        world.execute(ConfirmRetention(1, STAFF))


def test_a_shorter_rule_waits_again_and_a_longer_one_goes_on(world, rule):
    world.execute(SetRetention(DAYS - 10, STAFF))
    assert not retention_of(world.app).is_running(world.clock.now())
    world.clock.advance(hours=24 * 7)
    world.execute(SetRetention(DAYS + 10, STAFF))
    assert retention_of(world.app).is_running(world.clock.now())


@pytest.mark.parametrize("days", [0, -1, 6, 36_501])
def test_days_that_cannot_be_are_refused(world, days):
    with pytest.raises(BadInput, match="from 7 to 36,500"):
        world.execute(SetRetention(days, STAFF))


def test_the_background_work_rests_between_commits_and_goes_on_after_a_restart(world, rule):
    phones = [f"+1415555{number:04}" for number in range(23)]
    ended(world, phones)
    wait(world)
    world.catch_up()
    first = keep_retention.steps(world.app, threading.Event())
    idle, _after_one_commit = islice(first, 2)
    assert idle == 60
    first.close()
    second = keep_retention.steps(world.again().app, threading.Event())
    pauses = list(islice(second, 4))
    assert [0.2 <= pause <= 30 for pause in pauses[1:3]] == [True, True]
    assert pauses[3] == 900
    events = world.app.ledger.reader.events(topics=["ContactForgotten"])
    assert len({event.contact_id for event in events}) == len(events) == 23
    second.close()


def test_one_process_at_a_time_has_the_lease(world):
    engine, clock = world.app.sending_engine, world.clock
    first, second = Lease(engine, clock), Lease(engine, clock)
    assert (first.take(), second.take(), first.take()) == (True, False, True)
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert (second.take(), first.take()) == (True, False)
    second.give_back()
    assert first.take()


def test_drafts_that_nobody_saved_for_that_long_are_discarded(world, rule):
    order = DraftOrder(name="Spring", message="Dear parents")
    old = save_draft(world.app.ledger, order, STAFF)
    wait(world)
    young = save_draft(world.app.ledger, order, STAFF)
    forget(world)
    world.catch_up()
    assert [draft.draft_id for draft in world.app.drafts.all()] == [young]
    assert world.app.ledger.reader.subjects_with_key([old, young]) == {young}
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []


def test_rows_that_a_file_left_out_are_destroyed_after_the_campaign(world, rule):
    file = b"First name,Phone,Time zone\nAda,4155550101,\nBen,4155550102,Nowhere\nCy,none,\n"
    parsed = read_contacts(
        BytesIO(file), region="US", template=Template.parse("Hello"), skip_invalid=True
    )
    order = LaunchOrder(
        name="Fair",
        message="Hello",
        rows=parsed.rows,
        columns=parsed.columns,
        left_out=parsed.bad,
    )
    campaign_id = launch(world.app.ledger, order, STAFF)
    wait(world)
    assert forget(world) == 0
    assert left_out(world) == ["Ben", "Cy"]
    world.close_campaign(campaign_id)
    wait(world)
    assert forget(world) == 3
    assert left_out(world) == []
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
    assert forget(world) == 0


def left_out(world: World) -> list[str]:
    """The first cells of the rows left out that can still be read."""
    events = world.app.ledger.reader.events(topics=(RowsLeftOut.topic,))
    parts = [recorded.event.private_part for recorded in events]
    return [row.cells[0] for part in parts if part for row in part.rows]


def kept_list(world: World, name: str) -> str:
    """A contact list with Ada in it."""
    uploaded = UploadedFile(file=BytesIO(b"First name,Phone\nAda,4155550101\n"))
    list_id, _parsed = make_list(world.app, NewList(name=name), uploaded, STAFF)
    world.catch_up()
    return list_id


def test_contact_lists_that_nobody_used_for_that_long_are_deleted(world, rule):
    unused, launched = kept_list(world, "Unused"), kept_list(world, "Launched")
    wait(world, DAYS - 1)
    order = LaunchOrder(
        name="Fair",
        message="Hello",
        rows=[row(BEN)],
        contact_list=ListVersion(list_id=launched, number=1),
    )
    launch(world.app.ledger, order, STAFF)
    young = kept_list(world, "Young")
    wait(world, 1)
    forget(world)
    world.catch_up()
    kept = {each.list_id for each in world.app.contact_lists.all()}
    assert kept == {launched, young}
    assert world.app.ledger.reader.subjects_with_key([unused, launched]) == {launched}
    deleted = world.last(unused).event
    assert (deleted.topic, deleted.actor, deleted.rule) == ("ContactListDeleted", "retention", 1)
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
    assert forget(world) == 0


def test_a_list_that_is_used_before_the_lock_is_kept(world, rule):
    list_id = kept_list(world, "Families")
    seen = world.app.ledger.reader.head()
    wait(world)
    uploaded = UploadedFile(file=BytesIO(b"Phone\n4155550102\n"))
    replace_list(world.app, list_id, uploaded, STAFF)
    assert world.execute(DeleteOldLists([list_id], 1, seen)) == []
    world.execute(SetRetention(None, STAFF))
    with pytest.raises(Refused, match="rule was changed"):
        world.execute(DeleteOldLists([list_id], 1, world.app.ledger.reader.head()))


def test_an_upload_keeps_its_contacts_for_the_days_of_the_rule(world, rule):
    ended(world)
    wait(world, DAYS - 1)
    list_id = kept_list(world, "Families")
    wait(world, 1)
    assert forget(world) == 0
    wait(world, DAYS - 1)
    assert forget(world) == 1
    with pytest.raises(NotFound), ListContacts.of(world.app, list_id).opened():
        pass
