"""Resends that wait for approval: what they name, approving them, and continuing those cut off."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ledger.commands.resend_requests import resend_request_of
from ledger.commands.resends import Resent, approve_resend, resend_approved
from ledger.domain.events import ResendSelection
from projections.campaigns.contact_query import ContactFilter
from projections.campaigns.resend_plan import Cause, ResendPlan, Selection
from projections.campaigns.rows import ContactRow
from projections.resend_requests import ResendRequestRow
from webapp.bootstrap import Application
from webapp.documents import iso

_CUT_OFF_AFTER = timedelta(minutes=1)


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


def named_causes(app: Application, campaign_id: str, selection: ResendSelection) -> Sequence[Cause]:
    """Return why the contacts that a selection names had failed, the most frequent first."""
    counts: dict[tuple[Any, Any], int] = {}
    by_hand = {*selection.delivery_ids, *filter(None, [selection.delivery_id])}
    for row in _rows(app, campaign_id, selection):
        if row.failed_reason and (not by_hand or row.delivery_id in by_hand):
            cause = (row.failed_reason, row.error_code)
            counts[cause] = counts.get(cause, 0) + 1
    most_frequent = sorted(counts.items(), key=lambda each: -each[1])
    return [Cause(reason, code, contacts) for (reason, code), contacts in most_frequent]


def _rows(app: Application, campaign_id: str, selection: ResendSelection) -> Sequence[ContactRow]:
    chosen = ContactFilter(
        campaign_id=campaign_id,
        status=selection.status,
        reason=selection.reason,
        code=selection.code,
    )
    return app.status.as_of(selection.seq).filtered(chosen)


def plan_now(app: Application, campaign_id: str, selection: ResendSelection) -> ResendPlan:
    """Return what the resend would do now, to the named contacts that have not changed since."""
    return app.status.resend_plan(
        campaign_id,
        Selection(
            status=selection.status,
            reason=selection.reason,
            code=selection.code,
            delivery_id=selection.delivery_id,
            delivery_ids=selection.delivery_ids,
            unchanged_since=selection.seq,
        ),
        include_unreachable=selection.include_unreachable,
        requires_consent=app.requires_consent(campaign_id),
    )


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
