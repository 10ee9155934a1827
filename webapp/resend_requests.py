"""Resends that wait for approval: what they name, approving them, and continuing those cut off."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ledger.commands.resend_requests import resend_request_of
from ledger.commands.resends import Resent, approve_resend, resend_approved
from ledger.domain.events import ResendSelection
from ledger.messages.contact_rows import in_batches
from projections.campaigns.contact_query import ContactFilter
from projections.campaigns.resend_plan import Cause, ResendPlan, Selection
from projections.campaigns.rows import ContactRow
from projections.resend_requests import ResendRequestRow
from webapp.bootstrap import Application
from webapp.documents import iso

_CUT_OFF_AFTER = timedelta(minutes=1)
_PART = 1000
"""Deliveries that are named to the database at once."""


def named_deliveries(
    app: Application, campaign_id: str, selection: ResendSelection
) -> Sequence[str]:
    """Return the deliveries that a selection names, in the order of the contact file."""
    if selection.delivery_id:
        return [selection.delivery_id]
    if selection.delivery_ids:
        by_hand = Selection(status=None, delivery_ids=selection.delivery_ids)
        return app.status.selected(campaign_id, by_hand)
    return [row.delivery_id for row in _rows(app, campaign_id, selection)]


@dataclass(frozen=True)
class ResendReview:
    """What somebody who decides sees of a request to resend."""

    causes: Sequence[Cause]
    """Why the contacts that it names had failed, the most frequent first."""
    plan: ResendPlan
    """What an approval would do now. Every contact that it names is in it."""


def review(app: Application, campaign_id: str, selection: ResendSelection) -> ResendReview:
    """Return what an approver sees of the contacts that a selection names."""
    rows = _rows(app, campaign_id, selection)
    if by_hand := {*selection.delivery_ids, *filter(None, [selection.delivery_id])}:
        rows = [row for row in rows if row.delivery_id in by_hand]
    plan = _plan_now(app, campaign_id, selection, [row.delivery_id for row in rows])
    return ResendReview(_causes(rows), plan)


def _causes(rows: Sequence[ContactRow]) -> Sequence[Cause]:
    counts = Counter((row.failed_reason, row.error_code) for row in rows if row.failed_reason)
    return [Cause(reason, code, number) for (reason, code), number in counts.most_common()]


def _plan_now(
    app: Application, campaign_id: str, selection: ResendSelection, delivery_ids: Sequence[str]
) -> ResendPlan:
    """Return what a resend to these contacts would do, whatever became of them since it was asked.

    Their statuses are those of now, as for the resend itself, which tries again whoever has failed.
    """
    plan, requires_consent = ResendPlan(0, {}), app.requires_consent(campaign_id)
    for part in in_batches(delivery_ids, _PART):
        plan += app.status.resend_plan(
            campaign_id,
            Selection(status=None, delivery_ids=part),
            include_unreachable=selection.include_unreachable,
            requires_consent=requires_consent,
        )
    return plan


def _rows(app: Application, campaign_id: str, selection: ResendSelection) -> Sequence[ContactRow]:
    chosen = ContactFilter(
        campaign_id=campaign_id,
        status=selection.status,
        reason=selection.reason,
        code=selection.code,
    )
    return app.status.as_of(selection.seq).filtered(chosen)


def approve(
    app: Application,
    resend_id: str,
    by: str,
    *,
    token_maker: str | None = None,
    may_exceed_spending: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Resent:
    """Approve a resend and carry it out. One that was approved before is continued.

    Raises what `approve_resend` and `resend_approved` raise.
    """
    request = resend_request_of(app.ledger.reader, resend_id)
    if request.approved_by is None:
        asked = request.waiting()
        delivery_ids = named_deliveries(app, asked.campaign_id, asked.selection)
        approve_resend(
            app.ledger,
            resend_id,
            delivery_ids,
            by,
            token_maker=token_maker,
            may_exceed_spending=may_exceed_spending,
        )
    return continue_resend(app, resend_id, progress)


def continue_resend(
    app: Application, resend_id: str, progress: Callable[[int], None] = lambda _count: None
) -> Resent:
    """Carry out a resend that was approved, or what is left of it."""
    asked = resend_request_of(app.ledger.reader, resend_id).approved()
    return resend_approved(
        app.ledger,
        resend_id,
        named_deliveries(app, asked.campaign_id, asked.selection),
        requires_consent=app.settings.requires_consent,
        progress=progress,
    )


def cut_off(app: Application) -> Sequence[str]:
    """Return the resends that were approved a minute ago or earlier, and are not finished."""
    return app.resend_requests.unfinished(app.clock.now() - _CUT_OFF_AFTER)


def resend_request_document(row: ResendRequestRow) -> Mapping[str, Any]:
    """Return a request as `campaign requests --json` prints it."""
    return {
        "id": row.resend_id,
        "campaign_id": row.campaign_id,
        "name": row.name,
        "contacts": row.contact_count,
        "requested_at": iso(row.requested_at),
        "requested_by": row.requested_by,
    }


def selection_at(seq: int, selection: Selection, *, include_unreachable: bool) -> ResendSelection:
    """Return what a selection names right after an event."""
    return ResendSelection(
        seq=seq,
        status=selection.status,
        reason=selection.reason,
        code=selection.code,
        delivery_id=selection.delivery_id,
        delivery_ids=tuple(selection.delivery_ids),
        include_unreachable=include_unreachable,
    )
