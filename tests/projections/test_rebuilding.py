"""A rebuild fills other tables than the live ones: no reader sees it before it is complete."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kit.recording import views_url
from kit.stories import (
    DELIVERY,
    accepted,
    bounced,
    created,
    delivered,
    enrolled,
    forgotten,
    launched,
    of_ben,
    opted_out,
    started,
    wrote,
)
from kit.world import ADA, BEN
from ledger.domain.vocabulary import DeliveryStatus
from ledger.store.engine import writing
from ledger.store.schema import contact_keys
from projections.engine import parking
from projections.engine.projection import Projection
from projections.engine.view_store import open_view_store
from projections.engine.views import Views
from projections.tables.schema import campaigns
from webapp.all_projections import all_projections

pytestmark = pytest.mark.both_databases

SENT = (created(), enrolled(), of_ben(enrolled(2)), launched(), started(), accepted())


def reopened_store(folder, ledger_url):
    """Open the view store once more, as another process does."""
    return open_view_store(views_url(ledger_url, folder), ledger_url, setting="test")


class Meanwhile(Projection):
    """A projection that calls `act` in the middle of a rebuild."""

    metadata = sa.MetaData()

    def __init__(self, act):
        self.act = act

    def derive(self, _connection, event_range):
        if event_range.is_whole:
            self.act()


def views_with(record, act):
    """The views, which call `act` in the middle of a rebuild."""
    projections = [*all_projections(), Meanwhile(act)]
    return Views(record.view_store, record.ledger.reader, lambda: projections)


def rebuild_while(record, act):
    """Rebuild, and call `act` in the middle of it."""
    views_with(record, act).rebuild()


def test_while_it_lasts_pages_show_the_old_rows_and_what_is_new(record):
    record(*SENT)
    seen = []

    def look():
        record(delivered())
        seen.append(record.row.status)

    rebuild_while(record, look)
    assert seen == [DeliveryStatus.DELIVERED]
    assert record.row.status is DeliveryStatus.DELIVERED
    assert list(record.views.differences()) == []


def test_a_comparison_while_views_catch_up_finds_no_difference(record):
    record(*SENT)
    seen = []

    def catch_up():
        record(delivered())
        seen.append(record.row.status)

    assert list(views_with(record, catch_up).differences()) == []
    assert seen == [DeliveryStatus.DELIVERED]


def test_pages_never_see_an_empty_or_half_view(record):
    record(*SENT)
    stop = []

    def read():
        seen = set()
        while not stop:
            seen.add((len(record.status.contacts("cam_spring")), record.campaign.counts.total))
        return seen

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        for _ in range(5):
            record.views.rebuild()
        stop.append(True)
        assert reader.result() == {(2, 2)}


def test_an_interrupted_rebuild_changes_nothing(record):
    record(*SENT)
    with record.view_store.engine.begin() as connection:
        connection.execute(sa.update(campaigns).values(pending=7))

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_while(record, interrupt)
    assert record.campaign.counts.pending == 7


def test_two_rebuilds_at_once_follow_one_another(record, tmp_path, database_url):
    record(*SENT)
    other_store = reopened_store(tmp_path, database_url)
    other = Views(other_store, record.ledger.reader, all_projections)
    with ThreadPoolExecutor(2) as pool:
        rebuilds = [pool.submit(views.rebuild) for views in (record.views, other)]
        assert [rebuild.result() for rebuild in rebuilds] == [None, None]
    assert list(record.views.differences()) == []
    other_store.engine.dispose()


def test_pages_never_step_back(record):
    record(*SENT)
    rebuild_while(record, lambda: record(of_ben(started()), of_ben(accepted(sid="SM2"))))
    assert record.views.position().seq == record.ledger.reader.head()


def test_damage_found_while_catching_up_is_repaired(record):
    record(*SENT)
    with record.view_store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE standings"))
    assert record(delivered()).row.status is DeliveryStatus.DELIVERED
    assert list(record.views.differences()) == []


def test_rows_that_exist_already_are_repaired_too(record):
    record(*SENT)
    with record.view_store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE position SET seq = 2"))
    assert record(delivered()).row.status is DeliveryStatus.DELIVERED
    assert list(record.views.differences()) == []


# What is forgotten.


@pytest.fixture
def forgot(record):
    """Ada was texted, wrote, and was forgotten; her key is destroyed."""
    record(*SENT, bounced(), wrote("My name is Ada"), opted_out("inbound"))
    with writing(record.ledger.recorder._engine) as connection:
        connection.execute(sa.delete(contact_keys).where(contact_keys.c.subject_id == "con_ada"))
    record.ledger._mapper._keyring._cache.keys.clear()
    return record(forgotten())


def test_a_forgotten_contact_has_no_name_number_or_texts(forgot, clock):
    row = forgot.row
    assert (row.phone, row.name, row.forgotten_at) == ("", "", clock.now())
    messages = forgot.conversations.conversation("con_ada")
    assert [message.body for message in messages] == ["", ""]
    assert {message.forgotten_at for message in messages} == {clock.now()}
    correspondent = forgot.conversations.correspondent("con_ada")
    assert (correspondent.phone, correspondent.name, correspondent.forgotten_at) == (
        "",
        "",
        clock.now(),
    )


def test_no_personal_data_of_a_forgotten_contact_is_in_the_views(forgot):
    with forgot.view_store.engine.connect() as connection:
        for metadata in (parking.metadata, *(p.metadata for p in all_projections())):
            for table in metadata.sorted_tables:
                rows = str(connection.execute(sa.select(table)).all())
                assert "Lovelace" not in rows
                assert "My name" not in rows
                assert ADA not in rows


def test_forgetting_changes_no_status_and_nobody_else(forgot):
    assert (forgot.row.status, forgot.row.is_opted_out) == (DeliveryStatus.PENDING, True)
    assert forgot.status.contact("del_ben").phone == BEN
    assert forgot.status.contact("del_ben").forgotten_at is None


def test_the_past_does_not_bring_back_what_is_forgotten(forgot):
    row = forgot.status.as_of(5).contact(DELIVERY)
    assert (row.name, row.phone) == ("", "")


def test_a_rebuild_restores_nothing_forgotten(forgot):
    assert list(forgot.views.differences()) == []


def test_a_forgotten_contact_is_known_again_only_in_a_later_upload(forgot):
    again = replace(enrolled(3), originator_id="del_again")
    forgot(again)
    assert forgot.status.contact("del_again").name == "Ada Lovelace"
    assert forgot.status.contact("del_again").forgotten_at is None
    assert forgot.row.name == ""
    assert list(forgot.views.differences()) == []
