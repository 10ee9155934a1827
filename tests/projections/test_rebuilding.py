"""A rebuild is made beside the live views: nobody sees it before it is whole."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

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
from kit.telling import all_projections, views_url
from kit.world import ADA, BEN
from ledger.domain.vocabulary import DeliveryStatus
from ledger.store.engine import writing
from ledger.store.schema import contact_keys
from projections.engine.view_store import open_view_store
from projections.engine.views import Views
from projections.tables.schema import campaigns

pytestmark = pytest.mark.both_databases

SENT = (created(), enrolled(), of_ben(enrolled(2)), launched(), started(), accepted())


def another_place(folder, ledger_url):
    """The same place as another process opens it."""
    return open_view_store(views_url(ledger_url, folder), ledger_url, setting="test")


class Meanwhile:
    """A projection in whose place the rebuild is for a moment; `act` is done then."""

    metadata = sa.MetaData()
    topics = ()

    def __init__(self, act):
        self.act = act

    def derive(self, _connection, stretch):
        if stretch.is_whole:
            self.act()


def rebuild_while(tell, act):
    """Rebuild, and do something else in the middle of it."""
    Views(tell.place, tell.ledger, [*all_projections(), Meanwhile(act)]).rebuild()


def test_while_it_lasts_pages_show_the_old_rows_and_what_is_new(tell):
    tell(*SENT)
    seen = []

    def look():
        tell(delivered())
        seen.append(tell.row.status)

    rebuild_while(tell, look)
    assert seen == [DeliveryStatus.DELIVERED]
    assert tell.row.status is DeliveryStatus.DELIVERED
    assert list(tell.views.differences()) == []


def test_pages_never_see_an_empty_or_half_view(tell):
    tell(*SENT)
    stop = []

    def read():
        seen = set()
        while not stop:
            seen.add((len(tell.status.contacts("cam_spring")), tell.campaign.counts.total))
        return seen

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        for _ in range(5):
            tell.views.rebuild()
        stop.append(True)
        assert reader.result() == {(2, 2)}


def test_a_rebuild_that_breaks_off_changes_nothing(tell):
    tell(*SENT)
    with tell.place.engine.begin() as connection:
        connection.execute(sa.update(campaigns).values(pending=7))

    def break_off():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_while(tell, break_off)
    assert tell.campaign.counts.pending == 7


def test_two_rebuilds_at_once_follow_one_another(tell, tmp_path, database_url):
    tell(*SENT)
    other_place = another_place(tmp_path, database_url)
    other = Views(other_place, tell.ledger, all_projections())
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(views.rebuild) for views in (tell.views, other)]
        assert [each.result() for each in done] == [None, None]
    assert list(tell.views.differences()) == []
    other_place.engine.dispose()


def test_pages_never_step_back(tell):
    tell(*SENT)
    rebuild_while(tell, lambda: tell(of_ben(started()), of_ben(accepted(sid="SM2"))))
    assert tell.views.position().seq == tell.ledger.reader.head()


def test_damage_that_shows_while_catching_up_is_mended(tell):
    tell(*SENT)
    with tell.place.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE standings"))
    assert tell(delivered()).row.status is DeliveryStatus.DELIVERED
    assert list(tell.views.differences()) == []


def test_rows_that_are_there_already_are_mended_too(tell):
    tell(*SENT)
    with tell.place.engine.begin() as connection:
        connection.execute(sa.text("UPDATE position SET seq = 2"))
    assert tell(delivered()).row.status is DeliveryStatus.DELIVERED
    assert list(tell.views.differences()) == []


# What is forgotten.


@pytest.fixture
def forgot(tell):
    """Ada was texted, wrote, and was forgotten as the ledger forgets: her key went with it."""
    tell(*SENT, bounced(), wrote("My name is Ada"), opted_out("inbound"))
    with writing(tell.ledger.recorder._engine) as connection:
        connection.execute(sa.delete(contact_keys).where(contact_keys.c.subject_id == "con_ada"))
    tell.ledger._mapper._keyring._cache.keys.clear()
    return tell(forgotten())


def test_who_is_forgotten_has_no_name_number_or_words(forgot, clock):
    row = forgot.row
    assert (row.phone, row.name, row.forgotten_at) == ("", "", clock.now())
    messages = forgot.conversations.conversation("con_ada")
    assert [message.body for message in messages] == ["", ""]
    assert {message.forgotten_at for message in messages} == {clock.now()}
    known = forgot.conversations.correspondent("con_ada")
    assert (known.phone, known.name, known.forgotten_at) == ("", "", clock.now())


def test_no_word_of_who_is_forgotten_is_left_in_the_views(forgot):
    with forgot.place.engine.connect() as connection:
        for projection in all_projections():
            for table in projection.metadata.sorted_tables:
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


def test_a_rebuild_knows_no_more_of_who_is_forgotten(forgot):
    assert list(forgot.views.differences()) == []


def test_who_is_uploaded_again_is_known_again_there_alone(forgot):
    again = replace(enrolled(3), originator_id="del_again")
    forgot(again)
    assert forgot.status.contact("del_again").name == "Ada Lovelace"
    assert forgot.status.contact("del_again").forgotten_at is None
    assert forgot.row.name == ""
    assert list(forgot.views.differences()) == []
