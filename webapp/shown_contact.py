"""The status of one contact as its events say, where somebody changed its row in the views."""

from collections.abc import Mapping, Sequence

from ledger.domain.standing import Standing
from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import ContactRow
from webapp.bootstrap import Application
from webapp.explain.archive import archived_seq_of, is_up_to_archive
from webapp.explain.delivery_history import standing_of
from webapp.explain.event_problems import problem_of_delivery


def row_by_events(
    app: Application, seq: int, row: ContactRow, streams: Mapping[str, Sequence[RecordedEvent]]
) -> ContactRow:
    """Return the contact's row as it is now.

    The row is compared with the fold of its events. Where the two differ, the query of the past
    makes the row from the events: unless the views were read on in between, or one of the events
    is itself not sound.

    `seq` is the position of the views, asked for before `row`, and `streams` are those of the
    delivery and the campaign, read after it.
    """
    delivery, campaign = streams[row.delivery_id], streams[row.campaign_id]
    if app.views.position().seq != seq or problem_of_delivery(delivery, campaign):
        return row
    archived_seq = archived_seq_of(e for e in campaign if e.seq <= seq)
    counted = (e for e in delivery if e.seq <= seq and is_up_to_archive(e.seq, archived_seq))
    is_right = _is_of(row, standing_of(counted))
    return row if is_right else app.status.as_of(seq).contact(row.delivery_id)


def _is_of(row: ContactRow, standing: Standing) -> bool:
    return (row.stage, row.failed_reason, row.error_code, row.attempts, row.is_conflict) == (
        standing.stage,
        standing.failed_reason,
        standing.code,
        standing.attempts,
        standing.is_conflict,
    )
