"""The SQL of a standing against the fold over decoded events, its check: whatever may happen."""

import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from kit import stories
from kit.clock import ManualClock
from kit.databases import make_ledger_with_views
from kit.examples import fewer
from kit.recording import Recording, open_views
from kit.store import close_ledger, open_ledger, sqlite_url
from kit.stories import CAMPAIGN, of_ben
from ledger.clock import to_microseconds
from ledger.domain.delivery import fact_of
from ledger.domain.events import (
    AttemptOutcomeUnknown,
    CallbackReceived,
    CampaignArchived,
    DeliveryAccountedFor,
    DeliveryEvent,
)
from ledger.domain.standing import BAD, GOOD, OUTCOME_UNKNOWN, Stage, Standing, stage_of, turn_of
from ledger.domain.vocabulary import Reason
from projections.tables.facts import FactScope
from projections.tables.schema import standings
from projections.tables.standings import standings_at

LATER = datetime(2026, 3, 3, tzinfo=UTC)

turns = st.integers(1, 3)
moments = st.sampled_from([None, LATER])
put_backs = st.builds(stories.put_back, turns, moments)
facts = st.one_of(
    st.builds(stories.started, turns),
    st.builds(stories.doubted, turns),
    st.builds(stories.put_before_staff, turns),
    st.builds(stories.accepted, turns),
    st.builds(stories.lapsed, turns, moments),
    st.builds(stories.refused, turns),
    st.builds(stories.bounced, turns, st.sampled_from(["30001", "30008"])),
    st.builds(stories.failed, turns, st.sampled_from(["30005", "30006"])),
    st.builds(stories.delivered, turns),
    st.builds(stories.withdrawn, turns),
    st.builds(stories.resend_requested, turns),
    st.builds(
        stories.reported,
        st.sampled_from([Stage.READ, Stage.FAILED_WITHOUT_CODE, None]),
        turns,
    ),
)
moves = st.one_of(
    facts.map(lambda event: (event,)),
    put_backs.map(lambda event: (stories.started(event.turn), event)),
)
of_somebody = st.tuples(moves, st.booleans()).map(
    lambda drawn: tuple(map(of_ben, drawn[0])) if drawn[1] else drawn[0]
)
histories = st.builds(
    lambda before, end, after: [*before, *end, *after],
    st.lists(of_somebody, max_size=10),
    st.sampled_from([(), ((stories.archived(),),)]),
    st.lists(of_somebody, max_size=5),
)


def folded(entries, until):
    """Delivery → the row that the fold over its decoded events gives, cut at that seq."""
    past = [entry for entry in entries if entry.seq <= until]
    archives = [e.seq for e in past if isinstance(e.event, CampaignArchived)]
    frozen_from = archives[-1] if archives else until
    rows = {}
    for delivery_id in {e.delivery_id for e in past if isinstance(e.event, DeliveryEvent)}:
        facts = [(e, fact_of(e.event)) for e in past if e.delivery_id == delivery_id]
        facts = [(entry, fact) for entry, fact in facts if fact is not None]
        standing, greatest = Standing(rank=-1), None
        for entry, fact in facts:
            if entry.seq <= frozen_from:
                standing, before = standing.with_fact(fact), standing
                greatest = entry if standing.rank > before.rank else greatest
        counted = [entry.event for entry in past if entry.seq <= frozen_from]
        own = [event for event in counted if isinstance(event, DeliveryAccountedFor)]
        ranks = {event.rank for event in own if event.delivery_id == delivery_id}
        is_accounted_for = standing.stage is Stage.ACCEPTED and standing.rank in ranks
        row = row_of(standing, greatest, facts)
        rows[delivery_id] = row | {"is_accounted_for": is_accounted_for}
    return rows


def row_of(standing, greatest, facts):
    late_rank = max(fact.rank for _, fact in facts)
    due_at = standing.next_at or greatest.recorded_at
    starts = [
        entry.row.recorded_at
        for entry, fact in facts
        if stage_of(fact.rank) in OUTCOME_UNKNOWN and turn_of(fact.rank) == turn_of(late_rank)
    ]
    is_outcome = standing.stage in BAD | GOOD and standing.reason is not Reason.OPTED_OUT
    questions = [
        entry.row.recorded_at
        for entry, fact in facts
        if isinstance(entry.event, AttemptOutcomeUnknown)
        and entry.event.candidates
        and fact.rank == late_rank
    ]
    return {
        "status": standing.status,
        "rank": standing.rank,
        "code": standing.code,
        "reason": standing.reason,
        "next_at": to_microseconds(standing.next_at) if standing.next_at else None,
        "attempts": standing.attempts,
        "is_conflict": standing.is_conflict,
        "late_rank": late_rank,
        "due_at": to_microseconds(due_at) if standing.awaits_attempt else None,
        "unsettled_since": min(starts) if stage_of(late_rank) in OUTCOME_UNKNOWN else None,
        "undecided_since": min(questions, default=None),
        "zone": "",
        "accepted_since": greatest.row.recorded_at if standing.stage is Stage.ACCEPTED else None,
        "last_seq": facts[-1][0].seq,
        "outcome_seq": facts[-1][0].seq if is_outcome else None,
    }


def selected(connection, query):
    keys = {"delivery_id", "campaign_id", "position"}
    return {
        row["delivery_id"]: {name: value for name, value in row.items() if name not in keys}
        for row in connection.execute(query).mappings()
    }


def numbered(history):
    """The events one by one; no two callbacks are the same."""
    number = count()
    for event in (event for events in history for event in events):
        is_callback = isinstance(event, CallbackReceived)
        yield replace(event, dedupe=str(next(number))) if is_callback else event


@fewer(5, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories)
def test_sql_and_fold_agree_live_rebuilt_and_at_every_seq(sqlite_template, history):
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), ManualClock()
        shutil.copytree(sqlite_template(make_ledger_with_views), folder, dirs_exist_ok=True)
        ledger = open_ledger(sqlite_url(folder), clock)
        view_store = open_views(sqlite_url(folder), folder)
        try:
            record = Recording(ledger, view_store)
            record(
                stories.created(),
                stories.enrolled(),
                of_ben(stories.enrolled(2)),
                stories.launched(),
            )
            for event in numbered(history):
                clock.advance(seconds=1)
                record(event)
            check(record, ledger.reader.events())
        finally:
            close_ledger(ledger)
            view_store.engine.dispose()


def check(record, entries):
    archives = [e.seq for e in entries if isinstance(e.event, CampaignArchived)]
    with record.view_store.engine.connect() as connection:
        head = entries[-1].seq
        assert selected(connection, sa.select(standings)) == folded(entries, head)
        for until in range(4, head + 1):
            past = [seq for seq in archives if seq <= until]
            scope = FactScope(
                campaign_id=CAMPAIGN, until=until, archived_seq=past[-1] if past else None
            )
            assert selected(connection, standings_at(scope)) == folded(entries, until)
    assert list(record.views.differences()) == []
