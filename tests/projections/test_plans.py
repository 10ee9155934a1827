"""Which index answers a query of a page: the cost must not grow with the size of a campaign.

The views' tables hold one large campaign of which nearly every contact waits to be texted.
"""

import functools
import re

import pytest
import sqlalchemy as sa

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.world import ADA, World
from ledger.clock import EPOCH
from ledger.domain.vocabulary import DeliveryStatus
from ledger.sending.worklist import TextCursor
from projections.campaigns.totals import TotalsQueries
from projections.tables.schema import enrolments, standings

pytestmark = pytest.mark.both_databases

CONTACTS = 5000
INDEXES = sorted(enrolments.indexes | standings.indexes, key=lambda index: index.name)


@pytest.fixture(scope="module")
def world(shared_database_url):
    opened = World.open(shared_database_url, ManualClock(), FakeProvider())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def campaign_id(world):
    """A launched campaign whose rows were multiplied.

    Its one contact wrote a text that may ask for an opt-out.
    """
    found = world.launch([ADA])
    world.inbound("I get too many of these")
    world.catch_up()
    with world.app.views.engine.begin() as connection:
        for table in (enrolments, standings):
            row = dict(connection.execute(sa.select(table)).mappings().one())
            rows = [row | changed for changed in map(place, range(2, CONTACTS + 1))]
            columns = table.columns.keys()
            rows = [{name: row[name] for name in columns} for row in rows]
            connection.execute(sa.insert(table), rows)
    return found


def place(number):
    return {
        "delivery_id": f"del_{number}",
        "contact_id": f"con_{number}",
        "position": number,
        "seq": number,
        "last_seq": number,
    }


class Plans:
    """Remembers what the views' database is asked, and tells which indexes would answer it."""

    def __init__(self, engine):
        self._engine = engine
        self._asked = []
        sa.event.listen(engine, "before_cursor_execute", self._remember)

    def _remember(self, _connection, _cursor, statement, parameters, *_more):
        self._asked.append((statement, parameters))

    def indexes_of(self, ask, *given):
        """The indexes of standings and enrolments that it goes by, and which of them it scans.

        Keys are left out.
        """
        self._asked.clear()
        ask(*given)
        asked = [each for each in self._asked if each[0].startswith("SELECT")]
        words = "EXPLAIN" if self._engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        with self._engine.connect() as connection:
            plans = [
                str(connection.exec_driver_sql(f"{words} {statement}", parameters).all())
                for statement, parameters in asked
            ]
        text = " ".join(plans)
        scanned = re.findall(r"(?:SCAN|Seq Scan on) (standings|enrolments)\b(?! USING)", text)
        return {i.name for i in INDEXES} & set(re.findall(r"\w+", text)) | set(scanned)


@pytest.fixture(scope="module", params=[INDEXES, INDEXES[::-1]], ids=["forwards", "backwards"])
def plans(world, campaign_id, request):
    """Of indexes made in this order, for SQLite takes the newest of equal ones.

    PostgreSQL has learnt the tables' sizes.
    """
    with world.app.views.engine.begin() as connection:
        for index in request.param:
            index.drop(connection)
            index.create(connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")  # its autovacuum does so within a minute
    return Plans(world.app.views.engine)


def test_texts_before_staff_are_found_by_their_own_index(world, campaign_id, plans):
    status = world.app.status
    assert plans.indexes_of(status.undecided) == {"standings_undecided_since"}
    assert plans.indexes_of(status.undecided, campaign_id) == {"standings_undecided_since"}
    assert plans.indexes_of(status.undecided_count, campaign_id) == {"standings_undecided_since"}


def test_a_conversation_that_a_launch_moved_is_found_by_its_contact(world, plans):
    first_page = functools.partial(world.app.conversations.conversations, size=50)
    found = plans.indexes_of(first_page)
    assert found == {"enrolments_contact"}


def test_the_last_outcomes_of_a_campaign_are_found_without_its_other_contacts(world, plans):
    assert plans.indexes_of(world.app.sending.worklist.failing, 20, 0.5) == {
        "standings_outcome_seq"
    }


def test_the_number_of_texts_in_flight_is_kept(world, campaign_id, plans):
    assert plans.indexes_of(world.app.status.in_flight, campaign_id) == set()


def test_the_texts_that_may_ask_for_an_opt_out_are_counted_in_their_own_small_table(world, plans):
    assert plans.indexes_of(world.app.possible_opt_outs.count) == set()
    assert plans.indexes_of(world.app.possible_opt_outs.waiting) == {"enrolments_contact"}


def test_a_page_of_contacts_is_found_by_its_place(world, campaign_id, plans):
    page = functools.partial(world.app.status.page, size=50)
    assert plans.indexes_of(page, campaign_id) == {"enrolments_position"}
    failed = functools.partial(page, status=DeliveryStatus.FAILED)
    assert plans.indexes_of(failed, campaign_id) == {"standings_status"}


@pytest.mark.parametrize("search", ["zebra okafor", "zoë 07700 900144", "(415) 555-0101"])
def test_a_search_reads_enrolments_and_standings_only_of_matches(world, campaign_id, plans, search):
    page = functools.partial(world.app.status.page, search=search, size=50)
    # PostgreSQL reads the whole table, because one campaign has nearly all of its rows.
    assert plans.indexes_of(page, campaign_id) <= {"enrolments_position", "enrolments"}


def test_the_texts_that_twilio_has_of_one_campaign_are_found_by_an_index(world, campaign_id, plans):
    expected = {"standings_accepted_since_campaign"}
    first_page = functools.partial(
        world.app.sending.worklist.accepted_texts, TextCursor(EPOCH), world.clock.now(), 100
    )
    assert plans.indexes_of(first_page, campaign_id) == expected
    assert plans.indexes_of(world.app.status.carried, campaign_id, world.clock.now()) == expected


def test_totals_are_found_by_partial_indexes_whatever_the_number_of_contacts(world, plans):
    totals = TotalsQueries(world.app.views.engine)
    assert plans.indexes_of(totals.at, world.clock.now()) == {
        "standings_due_at",
        "standings_unsettled_since",
        "standings_undecided_since",
    }
