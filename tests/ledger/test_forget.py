"""Forgetting a contact: the key is gone in the same commit, and nothing but open facts follows."""

import time
from contextlib import contextmanager
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from kit.provider import refusal, sid
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, STAFF
from kit.world import row as person_row
from ledger.commands.enrolment import EnrolContacts
from ledger.commands.forget import not_forgotten_since
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import NotFound, Refused, StoreUnavailable
from ledger.providers.contract import UnknownOutcome
from ledger.store.schema import contact_keys
from projections.campaigns.resend_plan import Selection

PENDING, DELIVERED, FAILED = DeliveryStatus


def subjects(world):
    with world.app.ledger.recorder._engine.connect() as connection:
        return set(connection.scalars(sa.select(contact_keys.c.subject_id)))


def state_of(entry):
    return msgspec.json.decode(entry.row.state)


def until_noticed(world, is_noticed):
    """Another process knows of a destroyed key a moment later."""
    deadline = time.monotonic() + 5
    while not is_noticed(world) and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_noticed(world)


# What it does.


def test_a_forgetting_withdraws_and_destroys_the_key_in_one_commit(world):
    campaign_id = world.launch([ADA, BEN])
    assert world.forget() == 1
    last = world.app.ledger.reader.events()[-2:]
    assert [entry.topic for entry in last] == ["ContactForgotten", "DeliveryWithdrawn"]
    assert {entry.event.actor for entry in last} == {STAFF}
    assert subjects(world) == {campaign_id, world.contact(BEN)}
    row = world.row(world.delivery(campaign_id))
    assert (row.status, row.failed_reason) == (FAILED, Reason.FORGOTTEN)


def test_when_the_commit_fails_the_key_is_still_there(world):
    world.launch()
    engine = world.app.ledger.recorder._engine

    def fail(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO events"):
            raise OSError("the disk is full")

    sa.event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(StoreUnavailable):
        world.forget()
    sa.event.remove(engine, "before_cursor_execute", fail)
    assert world.contact() in subjects(world)
    assert world.topics(world.contact()) == []


def test_statuses_stay_and_the_rows_say_when_it_was_forgotten(world, clock):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id))
    clock.advance(hours=1)
    world.forget()
    row = world.row(world.delivery(campaign_id))
    assert (row.status, row.phone, row.name) == (DELIVERED, "", "")
    assert row.forgotten_at == clock.now()
    world.catch_up()
    assert world.app.conversations.correspondent(world.contact()).forgotten_at == clock.now()
    assert [message.body for message in world.conversation()] == [""]


def test_the_live_views_are_what_a_rebuild_without_the_key_gives(world):
    world.launch([ADA, BEN])
    world.send()
    world.inbound("Thank you")
    world.catch_up()
    world.forget()
    world.forget(BEN)
    world.launch([ADA], name="Again")
    world.catch_up()
    assert list(world.app.views.differences()) == []


def test_a_rebuild_needs_no_key_of_anybody(world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    before = world.statuses(campaign_id)
    with world.app.ledger.recorder._engine.begin() as connection:
        connection.execute(sa.delete(contact_keys))
    again = world.again()
    again.app.views.rebuild()
    assert again.statuses(campaign_id) == before
    assert list(again.app.views.differences()) == []
    again.close()


def test_a_forgetting_never_moves_an_archived_campaign(world):
    campaign_id = world.launch()
    world.archive(campaign_id)
    assert world.forget() == 0
    assert world.statuses(campaign_id) == [PENDING]
    assert world.rows(campaign_id)[0].phone == ""


def test_the_past_shows_a_forgotten_contact_as_forgotten_too(world):
    campaign_id = world.launch()
    head = world.app.ledger.reader.head()
    world.forget()
    world.catch_up()
    (row,) = world.app.status.as_of(head).contacts(campaign_id)
    assert (row.status, row.phone) == (PENDING, "")
    assert row.forgotten_at is not None


# Refusals.


def test_an_unknown_number_cannot_be_forgotten(world):
    with pytest.raises(NotFound, match="Nothing is known"):
        world.forget()


def test_a_second_forgetting_is_refused(world):
    world.launch()
    world.forget()
    with pytest.raises(Refused, match="forgotten already"):
        world.forget()


def test_after_a_later_upload_it_can_be_forgotten_again(world):
    world.launch()
    world.forget()
    world.launch(name="Again")
    assert world.forget() == 1
    assert world.topics(world.contact()) == ["ContactForgotten", "ContactForgotten"]


def test_who_only_wrote_to_us_can_be_forgotten(world):
    world.inbound("Who is this?", phone=BEN)
    assert world.forget(BEN) == 0
    assert subjects(world) == set()


def test_a_ledger_lacks_only_forgettings_of_contacts_whose_data_it_has(world, clock):
    world.launch([ADA, BEN])
    early, now = clock.now() - timedelta(days=1), clock.now()
    world.forget(BEN)
    listed = [(world.contact(each), now) for each in (ADA, BEN, CLEO)]
    assert not_forgotten_since(world.app.ledger.reader, listed) == [world.contact(ADA)]
    world.launch([BEN], name="Again")
    again = [(world.contact(BEN), early), (world.contact(BEN), now)]
    assert not_forgotten_since(world.app.ledger.reader, again) == []
    later = now + timedelta(seconds=1)
    assert not_forgotten_since(world.app.ledger.reader, [(world.contact(BEN), later)]) == [
        world.contact(BEN)
    ]


# What comes later.


def test_a_later_callback_keeps_its_open_fields_only(world):
    campaign_id = world.launch()
    world.send()
    world.forget()
    delivery_id = world.delivery(campaign_id)
    world.callback(delivery_id, To=ADA)
    entry = world.last(delivery_id)
    assert entry.event.status == "delivered"
    assert "private" not in state_of(entry)
    assert world.contact() not in subjects(world)
    assert world.statuses(campaign_id) == [DELIVERED]


def test_a_later_refusal_keeps_its_open_fields_only(world, provider):
    campaign_id = world.launch()
    provider.will_answer(ADA, refusal(21211))
    provider.when_asked = lambda _text: world.forget()
    world.send()
    entry = world.last(world.delivery(campaign_id))
    assert (entry.topic, entry.event.code) == ("AttemptRefused", "21211")
    assert "private" not in state_of(entry)


def test_a_later_stray_keeps_its_open_fields_only(world):
    campaign_id = world.launch()
    world.forget()
    world.callback(world.delivery(campaign_id), sid=sid(7), token="wrong", To=ADA)
    stray = world.app.ledger.reader.stream(world.app.ledger.identity.stray_id(sid(7)))[0]
    assert stray.event.contact_id == world.contact()
    assert "private" not in state_of(stray)


def test_a_later_text_is_recorded_without_its_words_and_a_stop_still_stops(world):
    world.launch()
    world.forget()
    world.inbound("STOP")
    assert world.topics(world.contact())[-2:] == ["InboundReceived", "ContactOptedOut"]
    assert all(
        "private" not in state_of(e) for e in world.app.ledger.reader.stream(world.contact())
    )
    later = world.launch(name="Again")
    assert world.statuses(later) == [FAILED]


def test_an_opt_out_made_before_survives(world):
    world.launch()
    world.opt_out()
    world.forget()
    later = world.launch(name="Again")
    assert world.row(world.delivery(later)).failed_reason is Reason.OPTED_OUT


def test_staffs_opt_out_made_after_keeps_no_number(world):
    world.launch()
    world.forget()
    world.opt_out()
    assert "private" not in state_of(world.last(world.contact()))
    assert world.contact() not in subjects(world)


def test_what_bounces_softly_after_a_forgetting_is_withdrawn(world):
    campaign_id = world.launch()
    world.send()
    world.forget()
    world.callback(world.delivery(campaign_id), 1, "undelivered", 30001)
    row = world.row(world.delivery(campaign_id))
    assert (row.status, row.failed_reason) == (FAILED, Reason.FORGOTTEN)


def test_an_unknown_outcome_of_a_forgotten_contact_lapses_and_is_withdrawn(world, provider, clock):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    campaign_id = world.launch()
    world.send()
    world.forget()
    clock.advance(hours=5)
    world.send()
    assert world.topics(world.delivery(campaign_id))[-2:] == ["AttemptLapsed", "DeliveryWithdrawn"]
    assert world.row(world.delivery(campaign_id)).failed_reason is Reason.FORGOTTEN


def test_a_resend_leaves_a_forgotten_contact_out(world, provider):
    provider.will_answer(ADA, refusal(30007))
    campaign_id = world.launch()
    world.send()
    world.forget()
    done = world.resend(campaign_id)
    assert [left.reason for left in done.left_out] == [Reason.FORGOTTEN]
    assert world.app.status.resend_plan(campaign_id, Selection()).left_out == {Reason.FORGOTTEN: 1}


def test_a_later_upload_gets_a_new_key_and_old_data_stays_sealed(world, provider):
    first = world.launch()
    world.forget()
    second = world.launch(name="Again")
    world.send()
    assert [text.to for text in provider.sent] == [ADA]
    old, new = world.row(world.delivery(first)), world.row(world.delivery(second))
    assert (old.phone, new.phone, new.forgotten_at) == ("", ADA, None)
    assert old.forgotten_at is not None
    assert world.app.ledger.reader.stream(world.delivery(first))[0].event.private is None


# Other processes, which may hold the key in memory.


def test_another_process_soon_shows_the_number_no_more(world):
    campaign_id = world.launch()
    other = world.again()
    delivery_id = world.delivery(campaign_id)
    assert other.app.ledger.reader.stream(delivery_id)[0].event.private.phone == ADA
    world.forget()
    assert until_noticed(
        other, lambda w: w.app.ledger.reader.stream(delivery_id)[0].event.private is None
    )
    other.close()


def test_another_process_writes_nothing_by_a_key_that_it_still_holds(world):
    campaign_id = world.launch()
    world.send()
    other = world.again()
    delivery_id = world.delivery(campaign_id)
    assert other.app.ledger.reader.stream(delivery_id)[0].event.private.phone == ADA
    other.app.ledger._mapper._keyring._trusted_until = float("inf")
    world.forget()
    other.callback(delivery_id, To=ADA)
    other.inbound("Call me", sid="SM2")
    assert "private" not in state_of(world.last(delivery_id))
    assert "private" not in state_of(world.last(world.contact()))
    other.close()


def enrolment(world, campaign_id):
    return EnrolContacts(
        identity=world.app.ledger.identity,
        campaign_id=campaign_id,
        rows=[person_row(ADA)],
        offset=1,
        zone="",
        by=STAFF,
    )


@contextmanager
def happening_before_the_lock(world, act):
    """Lets `act` happen after a command was sealed and before it is decided."""
    group = world.app.ledger._group
    submit = group.submit

    def act_first(submission):
        act()
        return submit(submission)

    group.submit = act_first
    yield
    group.submit = submit


def test_what_was_sealed_under_a_key_destroyed_before_the_lock_is_sealed_again(world):
    first, second = world.launch(), world.launch([BEN], name="Second")
    other = world.again()
    with happening_before_the_lock(world, other.forget):
        world.execute(enrolment(world, second))
    assert world.text(world.delivery(second)).to == ADA
    assert world.text(world.delivery(first)) is None
    other.close()


def test_what_was_sealed_under_a_new_key_is_sealed_again_where_another_came_first(world):
    mine, theirs = world.launch([BEN], name="Mine"), world.launch([BEN], name="Theirs")
    other = world.again()
    with happening_before_the_lock(world, lambda: other.execute(enrolment(other, theirs))):
        world.execute(enrolment(world, mine))
    assert [world.text(world.delivery(c)).to for c in (mine, theirs)] == [ADA, ADA]
    other.close()


def test_a_forgetting_and_an_upload_at_one_moment_leave_nothing_that_is_sent(world, provider):
    world.launch()
    other = world.again()
    late = other.launch(name="Late")
    world.forget()
    world.send()
    assert provider.sent == []
    row = world.row(world.delivery(late))
    assert (row.status, row.failed_reason) == (FAILED, Reason.FORGOTTEN)
    other.close()


# The files.


def test_key_and_words_are_gone_from_the_files_once_the_logs_are_empty(world, tmp_path):
    campaign_id = world.launch([ADA, BEN])
    world.inbound("Thank you", phone=ADA)
    world.catch_up()
    with world.app.ledger.recorder._engine.connect() as connection:
        query = sa.select(contact_keys.c.wrapped_key)
        wrapped = connection.scalar(query.where(contact_keys.c.subject_id == world.contact()))
    world.forget()
    assert world.app.scrubber.scrub()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for words in (wrapped, ADA[1:].encode(), b"Lovelace", b"Hello Ada", b"Thank you"):
        assert words not in written
    assert b"Ben Okri" in written
    assert world.statuses(campaign_id) == [FAILED, PENDING]


def test_a_log_that_a_reader_holds_is_reported_and_emptied_later(world):
    world.launch()
    world.catch_up()
    reader = world.app.ledger.recorder._engine.connect()
    reader.exec_driver_sql("SELECT count(*) FROM events").all()
    world.forget()
    wal = ledger_file(world.folder).with_name("ledger.sqlite3-wal")
    assert not world.app.scrubber.scrub()
    assert wal.stat().st_size > 0
    reader.close()
    assert world.app.scrubber.scrub()
    assert wal.stat().st_size == 0
