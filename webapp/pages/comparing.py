"""What changed between two moments: of all campaigns, of one campaign, or of one contact.

The earlier moment is `from` in the address; the later one is that which the page shows, so `as_of`.
"""

from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, render_template, request

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from webapp.as_of import is_present
from webapp.comparing import (
    ContactChange,
    Moments,
    compare_campaign,
    compare_contacts,
    compare_contacts_of,
    compare_totals,
)
from webapp.comparison_csv import (
    Row,
    csv_lines,
    file_name,
    rows_of_campaign,
    rows_of_contact,
    rows_of_totals,
)
from webapp.current import application
from webapp.pages.access import record_export
from webapp.pages.common import now, status
from webapp.pages.moments import moment_of, past
from webapp.pages.shareable_pages import STAFF_TOPICS, hides_events_of_staff
from webapp.pages.sizes import PAGE_ROWS
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs
from webapp.whole_numbers import optional_number

_A_DAY_AGO = "24h ago"

blueprint = Blueprint("comparing", __name__)


@blueprint.get("/compare")
@needs(Permission.SEE_STATUS)
def totals() -> str:
    """Compare the counts of all campaigns."""
    moments = _moments()
    return render_template(
        "comparing/totals.html",
        moments=moments,
        comparison=compare_totals(application(), moments),
        **_form(),
    )


@blueprint.get("/campaigns/<campaign_id>/compare")
@needs(Permission.SEE_STATUS)
def campaign(campaign_id: str) -> str:
    """Compare one campaign, with the contacts that changed."""
    moments = _moments()
    app = application()
    comparison = compare_campaign(app, moments, campaign_id)
    start = optional_number(request.args.get("after")) or 0
    shown_ids = comparison.changed_ids[start : start + PAGE_ROWS]
    return render_template(
        "comparing/campaign.html",
        moments=moments,
        comparison=comparison,
        contacts=[_fitting(change) for change in compare_contacts(app, moments, shown_ids)],
        start=start,
        page_rows=PAGE_ROWS,
        **_form(),
    )


@blueprint.get("/deliveries/<delivery_id>/compare")
@needs(Permission.SEE_STATUS)
def contact(delivery_id: str) -> str:
    """Compare one contact of a campaign."""
    moments = _moments()
    status().contact(delivery_id)  # refuses an unknown one before anything is compared
    (change,) = compare_contacts(application(), moments, [delivery_id])
    return render_template(
        "comparing/contact.html", moments=moments, change=_fitting(change), **_form()
    )


def _fitting(change: ContactChange) -> ContactChange:
    """Return what happened to a contact as far as the readers of the page may see it."""
    if not hides_events_of_staff():
        return change
    events = [event for event in change.events if event.topic not in STAFF_TOPICS]
    return replace(change, events=events)


# As CSV.


@blueprint.get("/compare.csv")
@needs(Permission.TAKE_LISTS)
def totals_csv() -> Response:
    """Download the comparison of all campaigns."""
    moments = _moments()
    rows = rows_of_totals(compare_totals(application(), moments))
    _record(moments)
    return _csv(rows, file_name(moments))


@blueprint.get("/campaigns/<campaign_id>/compare.csv")
@needs(Permission.TAKE_LISTS)
def campaign_csv(campaign_id: str) -> Response:
    """Download the comparison of one campaign, with all contacts that changed."""
    app, moments = application(), _moments()
    comparison = compare_campaign(app, moments, campaign_id)
    rows = rows_of_campaign(comparison, compare_contacts_of(app, moments, comparison))
    _record(moments, campaign_id=campaign_id)
    return _csv(rows, file_name(moments, campaign_id))


@blueprint.get("/deliveries/<delivery_id>/compare.csv")
@needs(Permission.TAKE_LISTS)
def contact_csv(delivery_id: str) -> Response:
    """Download the comparison of one contact."""
    moments = _moments()
    status().contact(delivery_id)
    (change,) = compare_contacts(application(), moments, [delivery_id])
    _record(moments, contact_id=change.after.contact_id)
    return _csv(rows_of_contact(change), file_name(moments, delivery_id))


def _record(
    moments: Moments, *, campaign_id: str | None = None, contact_id: str | None = None
) -> None:
    record_export(
        Export(
            kind=ExportKind.COMPARISON,
            form="csv",
            campaign_id=campaign_id,
            contact_id=contact_id,
            until=moments.last.seq,
        )
    )


def _csv(rows: Iterator[Row], name: str) -> Response:
    return Response(
        streamed(csv_lines(rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _moments() -> Moments:
    """Read both moments. Raises `BadInput`, also where the earlier one comes second.

    What is said of the earlier one, such as "24h ago", counts from the later one.
    """
    shown = past()
    head, at = str(application().ledger.reader.head()), (shown and shown.at) or now()
    text = request.args.get("from") or _A_DAY_AGO
    first = moment_of(head if is_present(text) else text, at)
    last = shown or moment_of(head, at)
    moments = Moments(first, last, shown is None)
    moments.check_order()
    return moments


def _form() -> dict[str, str]:
    """Return what stands in the two fields."""
    return {
        "from_text": request.args.get("from") or _A_DAY_AGO,
        "to_text": request.args.get("as_of") or "now",
    }
