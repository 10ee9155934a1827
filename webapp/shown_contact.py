"""The status of one contact as its events say, where somebody changed its row in the views."""

from functools import reduce

from ledger.domain.events import CampaignArchived
from ledger.domain.standing import NOTHING_KNOWN, Standing
from projections.campaigns.rows import ContactRow
from webapp.bootstrap import Application
from webapp.explain.event_problems import doubts


def shown_contact(app: Application, delivery_id: str) -> ContactRow:
    """Return the contact's row as it is now; raises `NotFound`.

    It is compared with the fold of its events, which costs one read of their streams. Where the
    two differ, the query of the past makes the row from the events: unless the views were read on
    in between, or one of the events is itself not sound.
    """
    seq = app.views.position().seq
    row = app.status.contact(delivery_id)
    streams = app.ledger.reader.streams([delivery_id, row.campaign_id])
    if app.views.position().seq != seq or doubts(*streams.values()):
        return row
    delivery, campaign = ([e for e in stream if e.seq <= seq] for stream in streams.values())
    archived = (event.seq for event in campaign if event.topic == CampaignArchived.topic)
    until = next(archived, seq)
    facts = (event.fact for event in delivery if event.seq <= until)
    standing = reduce(Standing.with_fact, filter(None, facts), NOTHING_KNOWN)
    return row if _is_of(row, standing) else app.status.as_of(seq).contact(delivery_id)


def _is_of(row: ContactRow, standing: Standing) -> bool:
    return (row.stage, row.failed_reason, row.error_code, row.attempts, row.is_conflict) == (
        standing.stage,
        standing.failed_reason,
        standing.code,
        standing.attempts,
        standing.is_conflict,
    )
