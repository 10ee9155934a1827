"""The numbers of a whole campaign: from the tables and the newest events, and as of a past seq."""

from dataclasses import replace

import pytest

from kit.stories import (
    CAMPAIGN,
    accepted,
    archived,
    bounced,
    created,
    delivered,
    enrolled,
    failed,
    launched,
    of_ben,
    resend_requested,
    started,
)
from ledger.domain.standing import Stage
from projections.overview.queries import OverviewQueries, StandingCount

pytestmark = pytest.mark.both_databases

SENT = (created(), enrolled(), of_ben(enrolled(2)), launched(), started(), accepted())

FAILED_TOO = replace(of_ben(failed()), dedupe="of Ben")


@pytest.fixture
def overviews(view_store):
    """The queries of the numbers."""
    return OverviewQueries(view_store.engine)


def changes_of(row):
    """The sums of all changes: attempts started, delivered, failed, asked for again."""
    return tuple(
        sum(getattr(change, name) for change in row.changes)
        for name in ("started", "delivered", "failed", "resent")
    )


def test_each_contact_is_counted_by_its_standing(record, overviews):
    record(*SENT, delivered())
    assert overviews.campaign(CAMPAIGN).by_stage == {Stage.DELIVERED: 1, Stage.ENROLLED: 1}


def test_failed_contacts_are_counted_by_reason_and_code(record, overviews):
    record(*SENT, failed(), of_ben(started()), of_ben(accepted()), FAILED_TOO)
    (counted,) = overviews.campaign(CAMPAIGN).standings
    assert isinstance(counted, StandingCount)
    assert (counted.stage, counted.code, counted.contacts) == (Stage.HARD_FAILURE, "30006", 2)


def test_a_resend_takes_the_contact_off_the_failed(record, overviews):
    record(*SENT, failed())
    assert changes_of(overviews.campaign(CAMPAIGN)) == (1, 0, 1, 0)
    record(resend_requested(), started(2), accepted(2), delivered(2))
    assert changes_of(overviews.campaign(CAMPAIGN)) == (2, 1, 0, 1)


def test_a_late_failure_after_delivery_changes_nothing(record, overviews):
    record(*SENT, delivered())
    before = overviews.campaign(CAMPAIGN)
    record(bounced(), failed())
    assert overviews.campaign(CAMPAIGN) == before


def test_time_to_delivery_counts_from_the_attempt_that_arrived(record, overviews):
    record(*SENT, delivered())
    assert overviews.campaign(CAMPAIGN).times == {1: 1}


def test_nothing_after_an_archive_counts(record, overviews):
    record(*SENT, archived())
    before = overviews.campaign(CAMPAIGN)
    record(delivered())
    assert overviews.campaign(CAMPAIGN) == before


def test_every_seq_shows_what_was_shown_then_and_a_rebuild_has_the_same_rows(record, overviews):
    story = (*SENT, bounced(), of_ben(started()), of_ben(failed()), started(2), delivered(2))
    shown = []
    for event in (*story, of_ben(resend_requested()), archived(), of_ben(delivered())):
        record(event)
        shown.append(overviews.campaign(CAMPAIGN))
        if len(shown) % 4 == 0:
            record.views.follow()
            assert overviews.campaign(CAMPAIGN) == shown[-1]
    assert list(record.views.differences()) == []
    past = [overviews.as_of(seq).campaign(CAMPAIGN) for seq in range(4, len(shown) + 1)]
    assert past == shown[3:]
