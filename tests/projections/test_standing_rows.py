"""The rows that the SQL of the standings gives, column by column; every number is written out.

Bare tables in memory hold the typed columns of a story's events, and nothing else.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kit.clock import MONDAY
from kit.stories import (
    CAMPAIGN,
    accepted,
    archived,
    bounced,
    created,
    delivered,
    doubted,
    enrolled,
    failed,
    launched,
    of_ben,
    put_back,
    reported,
    resend_requested,
    settled,
    started,
    withdrawn,
)
from ledger.clock import to_microseconds
from ledger.domain.events import ContactEnrolled
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import DeliveryStatus, Reason
from projections.engine.ledger_events import events
from projections.engine.parking import has_invalid_columns, parked
from projections.tables.facts import FactScope, has_impossible_columns
from projections.tables.schema import enrolments
from projections.tables.standings import (
    standing_of,
    standings_at,
    status_after_archive,
    statuses_at,
)

PENDING, DELIVERED, FAILED = DeliveryStatus
SOON = MONDAY + timedelta(hours=1)
BOTH = (created(), enrolled(), of_ben(enrolled(2)), launched())
"""Events 1 to 4; those of a story follow."""


def recorded(seq):
    """When the event with this seq was recorded: one second after the one before."""
    return to_microseconds(MONDAY + timedelta(seconds=seq))


WAITING = {
    "campaign_id": CAMPAIGN,
    "position": 1,
    "zone": "",
    "status": PENDING,
    "rank": 16,
    "code": None,
    "reason": None,
    "next_at": None,
    "attempts": 0,
    "is_conflict": False,
    "is_accounted_for": False,
    "late_rank": 16,
    "due_at": recorded(2),
    "unsettled_since": None,
    "undecided_since": None,
    "accepted_since": None,
    "last_seq": 2,
    "outcome_seq": None,
}
BENS = WAITING | {"position": 2, "due_at": recorded(3), "last_seq": 3}


def ranked(rank, last_seq, **more):
    """What a story ends with; nothing is due unless it says so."""
    outcome_seq = last_seq if rank % 16 in {5, 6, 7, 9, 10} else None  # good and bad news
    row = {"rank": rank, "late_rank": rank, "last_seq": last_seq, "outcome_seq": outcome_seq}
    return row | {"due_at": None} | more


def asked_staff():
    """Twilio's records leave it to staff whether the text was sent."""
    return replace(doubted(), candidates=("SM1", "SM2"), reason=Reason.MAY_HAVE_BEEN_SENT)


TOP, READ = 4_194_313, 4_194_314
CARRIER = {"code": "30001", "reason": Reason.CARRIER_OR_SERVICE}
UNREACHABLE = {"status": FAILED, "code": "30006", "reason": Reason.UNREACHABLE_NUMBER}
UNKNOWN_WORD = reported(None)
WITHOUT_CODE = reported(Stage.FAILED_WITHOUT_CODE, reason=Reason.UNKNOWN)

STORIES = {
    "enrolled": ([], {}),
    "started": ([started()], ranked(17, 5, attempts=1, unsettled_since=recorded(5))),
    "unknown outcome": (
        [started(), doubted()],
        ranked(18, 6, attempts=1, unsettled_since=recorded(5)),
    ),
    "put before staff": (
        [started(), doubted(), asked_staff()],
        ranked(18, 7, attempts=1, unsettled_since=recorded(5), undecided_since=recorded(7)),
    ),
    "refused as opted out": (
        [started(), replace(failed(code="21610"), reason=Reason.OPTED_OUT)],
        ranked(
            23,
            6,
            status=FAILED,
            code="21610",
            reason=Reason.OPTED_OUT,
            attempts=1,
            outcome_seq=None,
        ),
    ),
    "with the carrier": (
        [started(), accepted()],
        ranked(19, 6, attempts=1, accepted_since=recorded(6)),
    ),
    "put back": (
        [started(), put_back(next_at=SOON)],
        ranked(
            20,
            6,
            reason=Reason.CARRIER_OR_SERVICE,
            next_at=to_microseconds(SOON),
            due_at=to_microseconds(SOON),
        ),
    ),
    "put back without a time": (
        [started(), put_back()],
        ranked(20, 6, reason=Reason.CARRIER_OR_SERVICE, due_at=recorded(6)),
    ),
    "failed without a code": (
        [started(), WITHOUT_CODE],
        ranked(21, 6, status=FAILED, reason=Reason.UNKNOWN, attempts=1),
    ),
    "let be by staff": (
        [started(), doubted(), settled()],
        ranked(21, 7, status=FAILED, reason=Reason.MAY_HAVE_BEEN_SENT, attempts=1),
    ),
    "bounced": (
        [started(), accepted(), bounced()],
        ranked(22, 7, attempts=1, due_at=recorded(7), **CARRIER),
    ),
    "failed": ([started(), accepted(), failed()], ranked(23, 7, attempts=1, **UNREACHABLE)),
    "withdrawn": ([withdrawn()], ranked(24, 5, status=FAILED, reason=Reason.OPTED_OUT)),
    "delivered": (
        [started(), accepted(), delivered()],
        ranked(TOP, 7, status=DELIVERED, attempts=1),
    ),
    "read": (
        [started(), delivered(), reported(Stage.READ)],
        ranked(READ, 7, status=DELIVERED, attempts=1),
    ),
    "a code on good news": (
        [started(), reported(Stage.DELIVERED, code="30006", reason=Reason.UNKNOWN)],
        ranked(TOP, 6, status=DELIVERED, attempts=1),
    ),
    "a word that nobody knows": (
        [started(), accepted(), UNKNOWN_WORD],
        ranked(19, 6, attempts=1, accepted_since=recorded(6)),
    ),
    "among equal ranks the first": (
        [started(), failed(code="30006"), failed(code="30005")],
        ranked(23, 7, attempts=1, **UNREACHABLE),
    ),
    "an older report": (
        [started(), failed(), accepted()],
        ranked(23, 7, attempts=1, **UNREACHABLE),
    ),
    "resent": (
        [started(), failed(), resend_requested()],
        ranked(32, 7, attempts=1, due_at=recorded(7)),
    ),
    "unknown outcome in the second turn": (
        [started(), doubted(), bounced(), started(2), doubted(2)],
        ranked(34, 9, attempts=2, unsettled_since=recorded(8)),
    ),
    "a conflict": (
        [started(), failed(), delivered()],
        ranked(TOP, 7, status=DELIVERED, attempts=1, is_conflict=True),
    ),
    "a conflict of a read text": (
        [started(), bounced(), reported(Stage.READ)],
        ranked(READ, 7, status=DELIVERED, attempts=1, is_conflict=True),
    ),
    "a conflict of an earlier turn": (
        [started(), bounced(), started(2), delivered(1)],
        ranked(TOP, 8, status=DELIVERED, attempts=2, is_conflict=True),
    ),
    "a conflict of an attempt that was put back": (
        [started(), put_back(), failed(), delivered()],
        ranked(TOP, 8, status=DELIVERED, is_conflict=True),
    ),
    "good and bad news of two turns": (
        [started(), bounced(), started(2), delivered(2)],
        ranked(TOP, 8, status=DELIVERED, attempts=2),
    ),
    "a put back is no bad news": (
        [started(), put_back(), delivered()],
        ranked(TOP, 7, status=DELIVERED),
    ),
    "nor is a withdrawal": (
        [started(), withdrawn(), delivered()],
        ranked(TOP, 7, status=DELIVERED, attempts=1),
    ),
    "many attempts": (
        [event for turn in range(1, 9) for event in (started(turn), bounced(turn))],
        ranked(134, 20, attempts=8, due_at=recorded(20), **CARRIER),
    ),
}


@pytest.fixture
def connection():
    """The ledger's events and what the views keep beside them."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as opened:
        opened.execute(sa.text("ATTACH ':memory:' AS ledger"))
        for table in (events, enrolments, parked):
            table.create(opened)
        yield opened
    engine.dispose()


def insert_events(connection, *story):
    """Put these events after the first four, each a second after the one before."""
    unread = {"topic": "", "state": b"", "leaf": b""}
    for seq, event in enumerate((*BOTH, *story), start=1):
        place = {"seq": seq, "recorded_at": recorded(seq), "version": seq}
        place["stream_id"] = event.originator_id
        names = ("campaign_id", "delivery_id", "turn", "rank", "code", "reason")
        columns = {name: getattr(event, name, None) for name in names}
        next_at = getattr(event, "next_at", None)
        columns["next_at"] = to_microseconds(next_at) if next_at else None
        connection.execute(sa.insert(events).values(**unread, **place, **columns))
        if isinstance(event, ContactEnrolled):
            enrol(connection, event, seq)


def enrol(connection, event, seq):
    columns = {"campaign_id": event.campaign_id, "delivery_id": event.delivery_id}
    columns |= {"position": event.position, "zone": event.zone, "seq": seq}
    blank = {"contact_id": "", "phone": "", "name": "", "folded_name": ""}
    connection.execute(sa.insert(enrolments).values(**columns, **blank))


def rows(connection, story, *, archived_seq=None, until=1_000, is_selected=None):
    """Delivery → its row, after these events."""
    insert_events(connection, *story)
    scope = FactScope(campaign_id=CAMPAIGN, until=until, archived_seq=archived_seq)
    found = connection.execute(standings_at(scope, is_selected)).mappings()
    return {row.pop("delivery_id"): row for row in map(dict, found)}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_with_its_row(connection, name):
    story, row = STORIES[name]
    assert rows(connection, story) == {"del_ada": WAITING | row, "del_ben": BENS}


def test_the_bad_news_of_another_contact_is_no_conflict(connection):
    bens = [of_ben(started(2)), of_ben(bounced(2))]
    adas = [started(), bounced(), started(2), delivered(2)]
    assert rows(connection, [*bens, *adas])["del_ada"]["is_conflict"] is False


def test_the_start_of_another_contacts_attempt_does_not_count(connection):
    found = rows(connection, [of_ben(started()), started(), of_ben(doubted())])
    since = {delivery_id: row["unsettled_since"] for delivery_id, row in found.items()}
    assert since == {"del_ben": recorded(5), "del_ada": recorded(6)}


ARCHIVED = {
    # what happened before and after the archive, and what the row is then
    "delivered after it": (
        [started(), accepted()],
        [delivered()],
        ranked(19, 8, attempts=1, late_rank=TOP, accepted_since=recorded(6)),
    ),
    "unknown outcome after it": (
        [started()],
        [doubted()],
        ranked(17, 7, attempts=1, late_rank=18, unsettled_since=recorded(5)),
    ),
    "unknown outcome before, known after it": (
        [started(), doubted()],
        [accepted()],
        ranked(18, 8, attempts=1, late_rank=19),
    ),
    "bad news after good": (
        [started(), delivered()],
        [failed()],
        ranked(TOP, 8, status=DELIVERED, attempts=1),
    ),
    "good news after bad": (
        [started(), failed()],
        [delivered()],
        ranked(23, 8, attempts=1, late_rank=TOP, **UNREACHABLE),
    ),
    "a conflict before it": (
        [started(), failed(), delivered()],
        [],
        ranked(TOP, 7, status=DELIVERED, attempts=1, is_conflict=True),
    ),
    "another attempt after it": (
        [started(), bounced()],
        [started(2)],
        ranked(
            22,
            8,
            attempts=1,
            late_rank=33,
            due_at=recorded(6),
            unsettled_since=recorded(8),
            **CARRIER,
        ),
    ),
}


@pytest.mark.parametrize("name", ARCHIVED)
def test_r14_nothing_after_the_archive_counts(connection, name):
    before, after, row = ARCHIVED[name]
    found = rows(connection, [*before, archived(), *after], archived_seq=5 + len(before))
    assert found["del_ada"] == WAITING | row


@pytest.mark.parametrize(("archived_seq", "rank"), [(4, 16), (5, 17), (6, 17)])
def test_facts_count_up_to_the_archives_own_seq(connection, archived_seq, rank):
    row = rows(connection, [started()], archived_seq=archived_seq)["del_ada"]  # recorded as 5
    assert (row["rank"], row["late_rank"]) == (rank, 17)


def test_a_contact_that_was_enrolled_after_the_archive_has_no_row(connection):
    assert set(rows(connection, [], archived_seq=2)) == {"del_ada"}


PAST = [
    # seq, and what was known then: rank, last seq, conflict
    (4, 16, 2, False),
    (5, 17, 5, False),
    (6, 19, 6, False),
    (7, TOP, 7, False),
    (8, TOP, 8, True),
]


@pytest.mark.parametrize(("until", "rank", "last_seq", "is_conflict"), PAST)
def test_a_moment_of_the_past_knows_nothing_of_what_followed(
    connection, *, until, rank, last_seq, is_conflict
):
    story = [started(), accepted(), delivered(), failed()]
    row = rows(connection, story, until=until)["del_ada"]
    assert (row["rank"], row["last_seq"], row["is_conflict"]) == (rank, last_seq, is_conflict)


def test_only_the_selected_deliveries_have_rows(connection):
    is_selected = events.c.delivery_id == "del_ben"
    assert rows(connection, [started()], is_selected=is_selected) == {"del_ben": BENS}


def test_other_campaigns_are_passed_over(connection):
    other = replace(enrolled(), campaign_id="cam_autumn", originator_id="del_other")
    assert set(rows(connection, [other])) == {"del_ada", "del_ben"}


@pytest.mark.parametrize(
    ("archived_seq", "counts"),
    [(None, {DELIVERED: 1, PENDING: 1}), (7, {FAILED: 1, PENDING: 1}), (2, {PENDING: 1})],
)
def test_the_counts_are_those_of_the_statuses(connection, archived_seq, counts):
    insert_events(connection, started(), failed(), archived(), delivered())
    scope = FactScope(campaign_id=CAMPAIGN, until=1_000, archived_seq=archived_seq)
    found = connection.execute(statuses_at(scope)).mappings()
    assert {row["status"]: row["number"] for row in found} == counts


def test_a_row_is_read_into_a_standing():
    row = WAITING | ranked(23, 7, attempts=3, next_at=to_microseconds(SOON), **UNREACHABLE)
    standing = standing_of(row)
    assert (standing.rank, standing.code, standing.attempts) == (23, "30006", 3)
    assert standing.reason is Reason.UNREACHABLE_NUMBER
    assert standing.next_at == SOON
    blank = standing_of(WAITING)
    assert (blank.code, blank.reason, blank.next_at, blank.attempts) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("rank", "late_rank", "status"),
    [(19, TOP, DELIVERED), (19, 23, FAILED), (19, 22, None), (TOP, READ, None), (23, 23, None)],
)
def test_r15_the_status_after_the_archive_is_given_where_it_differs(rank, late_rank, status):
    assert status_after_archive({"rank": rank, "late_rank": late_rank}) is status


IMPOSSIBLE = [
    # rank, reason, and whether no fact can say so
    (None, None, False),
    (15, None, True),
    (16, None, False),
    (24, None, False),
    (25, None, True),  # a turn's delivered is above every turn
    (26, None, True),
    (27, None, True),
    (32, "unknown", False),
    (4_194_288, None, False),  # the last turn that a rank can hold
    (4_194_296, None, False),
    (4_194_297, None, True),
    (4_194_303, None, True),
    (4_194_304, None, True),
    (4_194_312, None, True),
    (TOP, None, False),
    (READ, None, False),
    (READ + 1, None, True),
    (0, None, True),
    (-1, None, True),
    (16, "moonshine", True),
    (None, "moonshine", True),
]


@pytest.mark.parametrize(("rank", "reason", "expected"), IMPOSSIBLE)
def test_an_event_that_says_what_no_fact_can_say_is_noticed(connection, rank, reason, expected):
    columns = [sa.literal(rank, sa.BigInteger).label("rank")]
    columns += [sa.literal(reason, sa.Text).label("reason")]
    fact = sa.select(*columns).subquery()
    assert bool(connection.scalar(sa.select(has_impossible_columns(fact)))) is expected


@pytest.mark.parametrize(("has_valid_columns", "expected"), [(False, True), (True, False)])
def test_a_parked_event_whose_columns_cannot_be_believed_has_invalid_columns(
    connection, has_valid_columns, expected
):
    park(connection, 7, has_valid_columns=has_valid_columns)
    assert bool(connection.scalar(sa.select(has_invalid_columns(sa.literal(7))))) is expected
    assert not connection.scalar(sa.select(has_invalid_columns(sa.literal(8))))


def park(connection, seq, *, has_valid_columns):
    row = {"seq": seq, "topic": "", "why": "", "has_valid_columns": has_valid_columns}
    connection.execute(sa.insert(parked).values(**row))


@pytest.mark.parametrize(("has_valid_columns", "rank"), [(False, 19), (True, TOP)])
def test_an_event_with_invalid_columns_does_not_count(connection, has_valid_columns, rank):
    park(connection, 7, has_valid_columns=has_valid_columns)
    assert rows(connection, [started(), accepted(), delivered()])["del_ada"]["rank"] == rank


def test_an_attempt_does_not_start_with_a_parked_event(connection):
    park(connection, 5, has_valid_columns=False)
    row = rows(connection, [started(), doubted()])["del_ada"]
    assert (row["unsettled_since"], row["attempts"]) == (recorded(6), 0)
