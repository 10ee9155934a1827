"""The list of campaigns, a campaign's Contacts tab, its CSV, and the preview of a text."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypedDict

from flask import (
    Blueprint,
    Response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from ledger.commands.access import Export
from ledger.domain.campaign import ALLOWED
from ledger.domain.error_codes import CodeTable
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, ExportKind, Reason
from ledger.errors import BadInput, NotFound
from ledger.messages.segments import count_segments
from projections.campaigns.campaign_queries import CampaignQueries
from projections.campaigns.contact_query import ContactOrder
from projections.campaigns.rows import CampaignRow, Page
from projections.tables.search_text import may_search_numbers
from webapp.campaign_list import CampaignList, ListFilter, campaign_list
from webapp.campaign_overview import next_try_of
from webapp.current import application
from webapp.documents import CONTACT_FIELDS, contact_document, harmless
from webapp.explain.campaign_list import LISTED_LABELS, ListedState
from webapp.explain.times import until_text
from webapp.launch_checks import spending_today
from webapp.months import parse_month
from webapp.pages import live
from webapp.pages.access import record_export, record_preview
from webapp.pages.campaign_head import (
    callback_problems,
    campaign_frame,
    campaign_head,
    silences,
)
from webapp.pages.common import conversations, now, status, until_seq
from webapp.pages.filters import check_filters
from webapp.pages.fitting import may
from webapp.pages.moments import past
from webapp.pages.sizes import EXPORT_ROWS, PAGE_ROWS
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs
from webapp.shown_moment import overviews
from webapp.whole_numbers import optional_number

blueprint = Blueprint("campaigns", __name__)


@blueprint.get("/")
@needs(Permission.SEE_STATUS)
def home() -> ResponseReturnValue:
    """Redirect to the list of campaigns."""
    return redirect(url_for("campaigns.index"))


@blueprint.get("/campaigns")
@needs(Permission.SEE_STATUS)
def index() -> ResponseReturnValue:
    """List the campaigns, the newest first: all, those of a state, or drafts. It updates itself."""
    check_filters(["state", "office", "month"])
    listed, blocks = _campaign_blocks(_list_filter())
    if live.is_asked_for():
        return live.answer(blocks)
    return _campaigns_page(listed, blocks)


@blueprint.post("/campaigns")
@needs(Permission.SEE_STATUS)
def search_list() -> ResponseReturnValue:
    """Search the campaigns by name. It is posted: a name may be personal."""
    query = request.form.get("q", "").strip()
    if not query:
        kept: dict[str, Any] = _kept_filters()
        return redirect(url_for("campaigns.index", **kept), code=303)
    chosen = replace(_list_filter(), search=query, after=request.form.get("after"))
    return _campaigns_page(*_campaign_blocks(chosen))


_DRAFTS = "drafts"


def _list_filter() -> ListFilter:
    state = request.args.get("state")
    if state and state not in {*ListedState, _DRAFTS}:
        raise NotFound(f"There is no state {state}.")
    return ListFilter(
        state=ListedState(state) if state and state != _DRAFTS else None,
        office_id=request.args.get("office"),
        month=parse_month(month) if (month := request.args.get("month")) else None,
        after=request.args.get("after"),
    )


def _kept_filters() -> dict[str, str | None]:
    """Return the parameters that links and forms of the list keep."""
    return {name: request.args.get(name) for name in ("state", "office", "month")}


def _campaign_blocks(chosen: ListFilter) -> tuple[CampaignList, list[live.Block]]:
    names, moment = application().accounts.names(), past()
    listed = campaign_list(chosen, names, PAGE_ROWS)
    context: dict[str, object] = dict(  # noqa: C408 - the names of a template
        listed=listed,
        labels=LISTED_LABELS,
        names=names,
        offices=application().offices.offices,
        kept=_kept_filters(),
        shows_drafts=request.args.get("state") == _DRAFTS,
        drafts=[] if moment else application().drafts.all(),
        silences={} if moment else silences(listed.campaigns),
        callback_problems=[] if moment else callback_problems(),
        public_url=application().settings.shown_public_url,
        acts_of={state: [a for a, of in ALLOWED.items() if state in of] for state in CampaignState},
    )
    return listed, [
        live.make_block("campaign-states", "campaigns/_states.html", **context),
        live.make_block("campaign-list", "campaigns/_list.html", **context),
    ]


def _campaigns_page(listed: CampaignList, blocks: list[live.Block]) -> str:
    app, moment = application(), past()
    return render_template(
        "campaigns/index.html",
        blocks=blocks,
        live=live.page(blocks),
        listed=listed,
        kept=_kept_filters(),
        offices=[each for each in app.offices.offices.values() if app.scope.sees(each.office_id)],
        requests=[] if moment else app.launch_requests.waiting(),
        resends=[] if moment else app.resend_requests.waiting(),
        spending=[] if moment else spending_today(app.ledger.reader, now(), app.scope),
        names=app.accounts.names(),
    )


# The Contacts tab.


@blueprint.get("/campaigns/<campaign_id>")
@needs(Permission.SEE_STATUS)
def show(campaign_id: str) -> ResponseReturnValue:
    """Show a page of contacts, of all statuses or of one. It updates itself."""
    campaign = status().campaign(campaign_id)
    page = status().page(
        campaign_id,
        **_cause(),
        order=_order(),
        after=_after(),
        before=optional_number(request.args.get("before")),
        size=PAGE_ROWS,
    )
    block = _contacts_block(campaign, page)
    if live.is_asked_for():
        return live.answer([campaign_head(campaign), block], campaign.counts)
    return _contacts_page(campaign, block)


@blueprint.post("/campaigns/<campaign_id>")
@needs(Permission.SEE_STATUS)
def search(campaign_id: str) -> ResponseReturnValue:
    """Search the contacts. A search is posted, so that no address holds a name or number."""
    campaign = status().campaign(campaign_id)
    query = request.form.get("q", "").strip()
    if not query:
        return redirect(
            url_for("campaigns.show", campaign_id=campaign_id, status=_status()), code=303
        )
    if may_search_numbers(query) and not may(Permission.SEE_NUMBERS):
        raise BadInput("You may not search for phone numbers. Write a part of a name, or a SID.")
    page = status().page(
        campaign_id,
        status=_status(),
        search=query,
        after=optional_number(request.form.get("after")) or 0,
        before=optional_number(request.form.get("before")),
        size=PAGE_ROWS,
    )
    return _contacts_page(campaign, _contacts_block(campaign, page, query), page, query)


def _contacts_block(campaign: CampaignRow, page: Page, query: str = "") -> live.Block:
    return live.make_block(
        "contact-rows",
        "campaigns/_contacts.html",
        campaign=campaign,
        page=page,
        **_cause(),
        order=_order(),
        causes=[] if past() else _failure_counts(campaign.campaign_id),
        lines={} if past() else _lines_of_counts(campaign),
        query=query,
        is_resend_allowed=campaign.state in ALLOWED["resend in"] and past() is None,
    )


def _contacts_page(
    campaign: CampaignRow, block: live.Block, page: Page | None = None, query: str = ""
) -> str:
    """Render the whole page. Only a search passes `page`: its pages are turned by forms."""
    return render_template(
        "campaigns/contacts.html",
        **campaign_frame(campaign, "contacts", block),
        page=page,
        status=_status(),
        order=_order(),
        PAGE_ROWS=PAGE_ROWS,
        query=query,
        searches_numbers=may(Permission.SEE_NUMBERS),
        may_export=may(Permission.TAKE_LISTS),
    )


def _order() -> ContactOrder:
    """Return the order of the contacts: of the file, or with the newest change first."""
    sort = request.args.get("sort")
    if sort not in {None, "", "changed"}:
        raise NotFound(f"There is no order {sort}. There is: changed.")
    return ContactOrder.LAST_SEQ if sort else ContactOrder.POSITION


def _after() -> int:
    """Return the place after which the page begins; `page` jumps to a page of the file's order."""
    page = optional_number(request.args.get("page"))
    return (page - 1) * PAGE_ROWS if page else optional_number(request.args.get("after")) or 0


def _failure_counts(campaign_id: str) -> list[tuple[Reason, int]]:
    """Return why contacts failed, the most frequent reason first."""
    counts: Counter[Reason] = Counter()
    for each in overviews().campaign(campaign_id).standings:
        if each.status is DeliveryStatus.FAILED:
            counts[each.reason or Reason.UNKNOWN] += each.contacts
    return counts.most_common()


def _lines_of_counts(campaign: CampaignRow) -> dict[str, str]:
    """Return what stands below the count of pending contacts."""
    next_try = next_try_of(campaign) if campaign.counts.pending else None
    return {"pending": f"next try {until_text(next_try, now())}"} if next_try else {}


def _status() -> DeliveryStatus | None:
    """Return the status in the address, None for all; raises `NotFound` for any other word."""
    check_filters(["status", "reason", "code", "sort", "page"])
    value = request.args.get("status")
    if value and value not in list(DeliveryStatus):
        raise NotFound(f"There is no status {value}.")
    return DeliveryStatus(value) if value else None


class _Cause(TypedDict):
    status: DeliveryStatus | None
    reason: Reason | None
    code: str | None


def _cause() -> _Cause:
    """Return the status, the reason and the code in the address; None for all."""
    chosen, reason = _status(), request.args.get("reason")
    if reason and reason not in list(Reason):
        raise NotFound(f"There is no reason {reason}.")
    return _Cause(
        status=chosen,
        reason=Reason(reason) if reason else None,
        code=request.args.get("code") or None,
    )


@blueprint.get("/campaigns/<campaign_id>/contacts.csv")
@needs(Permission.TAKE_LISTS)
def contacts_csv(campaign_id: str) -> ResponseReturnValue:
    """Download the contacts for a spreadsheet. The file's name holds the id, and no name."""
    campaign, moment = status().campaign(campaign_id), past()
    record_export(
        Export(kind=ExportKind.CONTACTS, form="csv", campaign_id=campaign_id, until=until_seq())
    )
    lines = _csv_lines(status(), application().codes, campaign.campaign_id, _status())
    when = f"-as-of-{moment.seq}" if moment else ""
    name = f"contacts-{campaign.campaign_id}{when}.csv"
    return Response(
        streamed(lines),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv_lines(
    views: CampaignQueries, codes: CodeTable, campaign_id: str, status: DeliveryStatus | None
) -> Iterator[str]:
    """Yield the lines in parts, because a whole campaign may not fit into memory."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CONTACT_FIELDS, lineterminator="\r\n")
    text.write("\ufeff")  # without it Excel does not read UTF-8
    writer.writeheader()
    after = 0
    while rows := views.contacts(campaign_id, status=status, after=after, limit=EXPORT_ROWS):
        writer.writerows(harmless(contact_document(row, codes)) for row in rows)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
        after = rows[-1].position
    yield text.getvalue()


@blueprint.get("/deliveries/<delivery_id>/preview")
@needs(Permission.SEE_WORDS)
def preview(delivery_id: str) -> ResponseReturnValue:
    """Show the text of this contact, and what it costs (R16)."""
    contact = status().contact(delivery_id)
    message = conversations().message(delivery_id)
    record_preview(contact.contact_id, contact.campaign_id)
    return render_template(
        "campaigns/preview.html",
        contact=contact,
        message=message,
        segments=count_segments(message.body),
        price=application().settings.price,
    )
