"""The record of access in the ledger: each occasion once, by ids alone, beside every status."""

from datetime import timedelta

import pytest

from kit.bundles import export, verified
from kit.world import ADA, BEN, STAFF
from ledger.commands.access import AccessRecord, Export
from ledger.commands.permalinks import MakePermalink, RevokePermalink
from ledger.domain.events import ACCESS_TOPICS
from ledger.domain.permalink import PageOfMoment, Permalink
from ledger.domain.vocabulary import (
    DeliveryStatus,
    ExportKind,
    KeyBackupPlace,
    SignInMeans,
    ViewPlace,
)
from ledger.store.search import Kind, Search
from webapp.parts.proof import verify_ledger

OTHER = "usr_2"


@pytest.fixture
def record(world):
    return AccessRecord(world.app.ledger.identity)


def permalink_of(world, campaign):
    """The id of a new permalink of a campaign."""
    command = MakePermalink(
        permalink_id=world.app.ledger.identity.new_permalink_id(),
        page=PageOfMoment(path=f"/campaigns/{campaign}", moment=3, campaign_id=campaign),
        expires_at=world.clock.now() + timedelta(days=1),
        shows_numbers=False,
        by=STAFF,
    )
    world.execute(command)
    return command.permalink_id


@pytest.fixture
def accesses(world):
    """The recorded accesses, in order."""

    def read():
        found = world.app.ledger.reader.search(Search(kind=Kind.ACCESS))
        return [recorded.event for recorded in found]

    return read


def test_a_view_is_recorded_once_per_person_contact_and_hour(world, record, accesses):
    ada, ben = world.contact(ADA), world.contact(BEN)
    at = world.clock.now()
    views = [
        record.view(STAFF, ada, ViewPlace.EVENT, at),
        record.view(STAFF, ada, ViewPlace.CONVERSATION, at + timedelta(minutes=59)),
        record.view(OTHER, ada, ViewPlace.EVENT, at),
        record.view(STAFF, ben, ViewPlace.EVENT, at),
        record.view(STAFF, ada, ViewPlace.CONTACT, at + timedelta(hours=1)),
    ]
    for view in views:
        world.execute(view)
    assert [(each.actor, each.contact_id, each.place) for each in accesses()] == [
        (STAFF, ada, ViewPlace.EVENT),
        (OTHER, ada, ViewPlace.EVENT),
        (STAFF, ben, ViewPlace.EVENT),
        (STAFF, ada, ViewPlace.CONTACT),
    ]


def test_a_preview_beside_a_view_is_recorded_too(world, record, accesses):
    ada, at = world.contact(ADA), world.clock.now()
    world.execute(record.view(STAFF, ada, ViewPlace.EVENT, at))
    world.execute(record.preview(STAFF, ada, "cam_1", at))
    world.execute(record.preview(STAFF, ada, "cam_2", at))
    assert [each.topic for each in accesses()] == ["WordsViewed", "MessagePreviewed"]


def test_equal_exports_of_one_minute_are_recorded_once(world, record, accesses):
    at, contacts = world.clock.now(), Export(kind=ExportKind.CONTACTS, form="csv", until=3)
    for export_, when in (
        (contacts, at),
        (contacts, at + timedelta(seconds=59)),
        (Export(kind=ExportKind.CONTACTS, form="csv", until=4), at),
        (contacts, at + timedelta(minutes=1)),
    ):
        world.execute(record.export(STAFF, export_, when))
    assert [each.until for each in accesses()] == [3, 4, 3]


def test_a_minute_of_failed_sign_ins_is_recorded_once(world, record, accesses):
    at = world.clock.now()
    for user_id, count in ((STAFF, 3), (STAFF, 4), (None, 7), (None, 1)):
        world.execute(record.failed_sign_ins(user_id, at, count))
    assert [(each.actor, each.count) for each in accesses()] == [(STAFF, 3), ("unknown", 7)]


def test_it_holds_no_personal_data_and_changes_no_status(world, record, tmp_path):
    campaign = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign))
    before = world.statuses(campaign)
    ada, at = world.contact(ADA), world.clock.now()
    exported = Export(kind=ExportKind.CONTACTS, form="csv", campaign_id=campaign, contact_id=ada)
    for command in (
        record.sign_in(STAFF, SignInMeans.PASSWORD, at),
        record.failed_sign_ins(STAFF, at, 2),
        record.view(STAFF, ada, ViewPlace.EVENT, at),
        record.preview(STAFF, ada, campaign, at),
        record.export(STAFF, exported, at),
        record.key_backup(STAFF, KeyBackupPlace.BACKUP, "9f86d081884c7d65", at),
    ):
        world.execute(command)
    permalink_id = permalink_of(world, campaign)
    permalink = world.app.ledger.reader.load(Permalink, permalink_id)
    world.execute(record.permalink_read(permalink, at))
    world.execute(RevokePermalink(permalink_id, STAFF))
    recorded = world.app.ledger.reader.search(Search(kind=Kind.ACCESS))
    assert {each.topic for each in recorded} == ACCESS_TOPICS
    assert [each for each in recorded if "private" in each.row.state.decode()] == []
    assert all(each.fact is None for each in recorded)
    assert world.statuses(campaign) == before == [DeliveryStatus.DELIVERED, DeliveryStatus.PENDING]
    assert list(world.app.views.differences()) == []
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
    assert verified(export(world, tmp_path / "all.zip")).code == 0
    assert verified(export(world, tmp_path / "one.zip", campaign_id=campaign)).code == 0


def test_a_forgotten_contact_stays_forgotten_when_it_is_looked_at(world, record):
    world.launch([ADA])
    world.forget()
    command = record.view(STAFF, world.contact(ADA), ViewPlace.CONTACT, world.clock.now())
    world.execute(command)
    assert not world.app.ledger.reader.subjects_with_key([world.contact(ADA)])
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
