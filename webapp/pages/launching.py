"""A new campaign, in two steps: "Check" shows what would be sent to whom, "Launch" does it.

Both are POSTs of one form. The page of the check holds the form in hidden fields, the contact file
too (see uploads.py), and the name of the launch, so that pressing Launch twice launches once. What
was launched within the last hour is launched again only where staff say so.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands import drafts
from ledger.commands.launch import launch
from ledger.commands.recent_launches import (
    LaunchContents,
    LaunchedRecently,
    recent_launch,
)
from ledger.commands.repository import draft_of
from ledger.domain.schedule import BadSchedule
from ledger.errors import BadInput, BadSetting, Refused, StoreUnavailable, WaitsForApproval
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.skipped_rows import BadRows
from webapp.acts import LAUNCH
from webapp.current import application
from webapp.explain.line_types import LookedUp, look_up_notes, look_up_progress
from webapp.explain.numbers import counted
from webapp.look_ups import planned_look_up
from webapp.pages.campaign_form import CampaignForm
from webapp.pages.checked_order import CheckedOrder
from webapp.pages.common import actor, now, with_refusal_shown
from webapp.pages.follow_ups import record_follow_up
from webapp.pages.launch_check_page import WITHOUT_LOOK_UP, check_page, first_texts
from webapp.pages.launch_form_page import (
    MESSAGE_OF,
    ROW,
    TEMPLATE,
    form_page,
    opened_page,
    take_template,
    unread_page,
)
from webapp.pages.message_preview import (
    preview_of,
    rendered,
    unpacked_fields,
)
from webapp.pages.reports import record_report, report_of
from webapp.pages.uploads import ContactFile
from webapp.pages.wording_fields import ADD, REMOVE, written_in
from webapp.permissions import needs
from webapp.reports.files import ReportForm, file_name, text_parts
from webapp.reports.report import CampaignReport
from webapp.sound_aggregates import SoundAggregates

_CATCH_UP_SECONDS = 2.0
_LOOK_UP_SECONDS = 5.0
"""A look-up that takes longer goes on when Launch is pressed again."""

_EXAMPLE = (
    "Student ID,Household ID,First name,Guardian phone,Grade\r\n"
    "20114,H-7,Ada,(415) 555-0101,2\r\n"
    "20115,H-7,Ben,(415) 555-0101,5\r\n"
    "20116,H-8,Cleo,415-555-0103,1\r\n"
)

blueprint = Blueprint("launching", __name__)


@blueprint.get("/campaigns/new")
@needs(LAUNCH)
def new() -> ResponseReturnValue:
    """Show the form: empty, or filled from a draft or a launched campaign."""
    app = application()
    zone, source = app.settings.time_zone, SoundAggregates(app.ledger.reader)
    if draft_id := request.args.get("draft"):
        draft = draft_of(source, draft_id)
        draft.check_open()
        form = CampaignForm.filled(drafts.order_of(draft), zone, draft_id)
        if draft.follow_up and not draft.list_id:
            form.follows.data = "yes"
            record_follow_up(draft.follow_up)
        return opened_page(form)
    if campaign_id := request.args.get("clone"):
        return form_page(CampaignForm.filled(drafts.clone(source, campaign_id), zone), None)
    window = str(app.settings.window or "")
    if campaign_id := request.args.get("follow_up"):
        report = report_of(campaign_id, request.args.get("status", ""))
        name = f"{report.campaign.name}: follow-up"
        return form_page(
            CampaignForm(formdata=None, window=window, name=name), _follow_up_file(report)
        )
    if template_id := request.args.get("template"):
        form = CampaignForm(formdata=None, window=window)
        take_template(form, template_id)
        return form_page(form, None)
    if list_id := request.args.get("list"):
        form = CampaignForm(formdata=None, window=window, contact_list=list_id)
        return opened_page(form)
    return form_page(CampaignForm(formdata=None, window=window), None)


def _follow_up_file(report: CampaignReport) -> ContactFile:
    """Return the rows of an earlier campaign as a contact file; record that they were exported."""
    record_report(report.order, ReportForm.CSV)
    data = "".join(text_parts(report, ReportForm.CSV)).encode()
    return ContactFile(file_name(report, ReportForm.CSV), data)


@blueprint.post("/campaigns/new")
@needs(LAUNCH)
def submit() -> ResponseReturnValue:
    """Save, check, change or launch, by the button that was pressed."""
    form = CampaignForm()
    form.zone = application().settings.time_zone
    form.wordings = written_in(request.form, request.form.get("step", ""))
    if request.form.get("step") == "save":
        return _save(form)
    try:
        file = form.kept_file(request.form)
    except BadInput as refusal:
        form.validate()
        return unread_page(form, refusal), 422
    if _is_only_shown(request.form.get("step", "")):
        return form_page(form, file)
    checked, bad_rows = _check(form, file)
    if file is None or checked is None:
        return form_page(form, file, bad_rows), 422
    try:
        if request.form.get("step") in {"launch", WITHOUT_LOOK_UP}:
            return _launch(form, file, checked)
        checked.order.check_times(now())
    except BadSchedule as refusal:
        form.show_refusal(refusal)
        return form_page(form, file), 422
    ledger, order = application().ledger, checked.order
    contents = LaunchContents.of(order, order.digest(ledger.identity))
    return check_page(form, file, checked, recent_launch(ledger, contents))


def _is_only_shown(step: str) -> bool:
    """Whether a button was pressed that shows the form again: Change, Correct, another contact."""
    is_button = step in {"change", "read", "mend", ADD}
    return is_button or step.startswith((ROW, MESSAGE_OF, TEMPLATE, REMOVE))


def _save(form: CampaignForm) -> ResponseReturnValue:
    """Save the draft; its contacts are chosen when it is launched."""
    form.is_draft = True
    if not form.validate():
        return opened_page(form), 422
    app, draft_id = application(), form.draft_id.data or None
    zone, sent = app.settings.time_zone, request.form.get("draft_request", "")
    try:
        drafts.save_draft(app.ledger, form.draft(), actor(), draft_id, zone=zone, request=sent)
    except BadSchedule as refusal:
        form.show_refusal(refusal)
        return opened_page(form), 422
    later = "" if form.contact_list.data else " Choose the contacts when you launch it."
    flash(f"Draft saved.{later}", "success")
    return redirect(url_for("campaigns.index"), code=303)


@blueprint.post("/drafts/<draft_id>/discard")
@needs(LAUNCH)
def discard(draft_id: str) -> ResponseReturnValue:
    """Discard a draft; it stays in the audit trail."""
    try:
        application().ledger.execute(drafts.DiscardDraft(draft_id, actor())).result()
        flash("Draft discarded.", "success")
    except Refused as refusal:
        flash(str(refusal), "error")
    return redirect(url_for("campaigns.index"), code=303)


def _check(
    form: CampaignForm, file: ContactFile | None
) -> tuple[CheckedOrder | None, Sequence[str]]:
    """Return what would be launched; else the form holds the errors, and bad rows are listed."""
    is_valid = form.validate()
    if file is None:
        form.contacts.errors = ["Choose the file of contacts."]
    if file is None or not is_valid:
        return None, ()
    try:
        return _with_look_up(form.order(file, application().settings, now())), ()
    except BadRows as refusal:
        form.contacts.errors = [refusal.sentence]
        return None, refusal.named
    except PhoneColumnUnclear as refusal:
        form.phone_column.errors = [str(refusal)]
    except BadInput as refusal:
        form.contacts.errors = [str(refusal)]
    except (BadSetting, Refused) as refusal:
        form.look_up.errors = [str(refusal)]
    return None, ()


def _with_look_up(checked: CheckedOrder) -> CheckedOrder:
    if not checked.order.leaves_out_landlines:
        return checked
    return replace(checked, look_up=planned_look_up(application(), checked.order.rows))


def _launch(form: CampaignForm, file: ContactFile, checked: CheckedOrder) -> ResponseReturnValue:
    """Launch once under the form's launch name, and show the campaign."""
    app = application()
    looked_up = _look_up(checked)
    if looked_up and looked_up.left:
        flash(look_up_progress(looked_up), "warning")
        checked = _with_look_up(checked)
        return check_page(form, file, checked, None, is_look_up_unfinished=True)
    try:
        campaign_id = launch(
            app.ledger,
            checked.order,
            actor(),
            launch_name=request.form.get("launch_name"),
            again=bool(request.form.get("again")),
            undo_seconds=app.settings.undo_seconds,
        )
    except LaunchedRecently as refusal:
        checked, is_unfinished = _with_look_up(checked), _is_without_look_up()
        page = check_page(form, file, checked, refusal.recent, is_look_up_unfinished=is_unfinished)
        return page, 409
    except WaitsForApproval as request_made:
        with suppress(StoreUnavailable):
            app.views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
        flash("Asked for approval. Nobody is texted before somebody approves it.", "success")
        there = url_for("launch_requests.show", campaign_id=request_made.campaign_id)
        return redirect(there, code=303)
    except Refused as refusal:  # the draft was discarded, for example
        return with_refusal_shown(url_for("campaigns.index"), refusal)
    with suppress(StoreUnavailable):  # it is launched; the views follow
        app.views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
    launched = f"Launched to {counted(len(checked.order.rows), 'contact')}."
    flash(f"{launched} {first_texts(checked.order)}", "success")
    for note in look_up_notes(looked_up):
        flash(note, "info")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), code=303)


def _look_up(checked: CheckedOrder) -> LookedUp | None:
    """Look the numbers up, where staff want that and the times of the campaign are not refused."""
    if checked.look_up is None:
        return None
    if _is_without_look_up():
        return checked.look_up.skip()
    with suppress(BadSchedule):  # the launch refuses them too, unless it was made before
        checked.order.check_times(now())
        return checked.look_up.carry_out(actor(), seconds=_LOOK_UP_SECONDS)
    return None


def _is_without_look_up() -> bool:
    return request.form.get("step") == WITHOUT_LOOK_UP


@blueprint.post("/campaigns/new/preview")
@needs(LAUNCH)
def preview() -> ResponseReturnValue:
    """Return the preview of the message as it is written so far, for ledger.js."""
    message = request.form.get("message", "")
    preview = preview_of(
        message,
        unpacked_fields(request.form.get("sample", "")),
        column=request.form.get("message_column", ""),
        wordings=written_in(request.form),
    )
    return rendered(preview)


@blueprint.get("/campaigns/new/example.csv")
@needs(LAUNCH)
def example() -> Response:
    """Download an example of a contact file, with fictional numbers."""
    answer = Response("\ufeff" + _EXAMPLE, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="contacts-example.csv")
    return answer
