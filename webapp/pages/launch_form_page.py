"""The page with the form of a new campaign, as it was filled in so far."""

from collections.abc import Sequence

from flask import render_template, request

from ledger.errors import BadInput
from projections.campaigns.rows import CampaignRow
from webapp.current import application
from webapp.named_templates import TemplateQueries
from webapp.pages.campaign_form import FIRST_WAITS, CampaignForm
from webapp.pages.common import status
from webapp.pages.file_preview import file_preview
from webapp.pages.message_preview import columns_of, packed_fields, preview_of, rendered
from webapp.pages.uploads import ContactFile
from webapp.whole_numbers import optional_number

ROW = "row-"
"""The buttons that show another contact in the preview begin so; its number follows."""
MESSAGE_OF = "message-of-"
"""The buttons that take the message of an earlier campaign begin so; its id follows."""
TEMPLATE = "template-"
"""Those that take a template begin so; its id follows."""
_EARLIER_MESSAGES = 6


def opened_page(form: CampaignForm) -> str:
    """Show the form with its contacts, as far as they are known."""
    try:
        return form_page(form, form.kept_file(request.form))
    except BadInput as refusal:
        return unread_page(form, refusal)


def unread_page(form: CampaignForm, refusal: BadInput) -> str:
    """Show the form with the reason why its contacts cannot be read."""
    field = form.contact_list if form.contact_list.data else form.contacts
    field.errors = [str(refusal)]
    return form_page(form, None)


def form_page(
    form: CampaignForm,
    file: ContactFile | None,
    bad_rows: Sequence[str] = (),
) -> str:
    """Show the form, with what the pressed button chose and what the file says."""
    settings, step = application().settings, request.form.get("step", "")
    form.offer_offices()
    form.offer_lists()
    form.offer_columns(columns_of(file, settings.phone_region))
    if step.startswith(MESSAGE_OF):
        campaign = status().campaign(step.removeprefix(MESSAGE_OF))
        form.take_message(campaign.message, campaign.variants)
    if step.startswith(TEMPLATE):
        take_template(form, step.removeprefix(TEMPLATE))
    shown = file and file_preview(
        file,
        settings,
        form.corrections(request.form),
        message=form.message.data or "",
        phone_column=form.phone_column.data or None,
        row=row_number(step, ROW),
    )
    fields = shown.contact.fields if shown else None
    preview = preview_of(
        form.message.data or "",
        fields,
        column=form.message_column.data or "",
        wordings=form.wordings,
    )
    return render_template(
        "launching/new.html",
        form=form,
        file=file,
        shown=shown,
        bad_rows=bad_rows,
        follow_up=form.follow_up(),
        sample=packed_fields(fields),
        time_zone=settings.time_zone,
        preview=rendered(preview),
        columns=[column.heading for column in shown.columns] if shown else [],
        templates=TemplateQueries(application()).all(),
        earlier=_earlier_messages(),
        waits=FIRST_WAITS,
        draft_request=request.form.get("draft_request")
        or application().ledger.identity.new_request(),
    )


def take_template(form: CampaignForm, template_id: str) -> None:
    """Fill in the message of a template, with all its wordings; say so where it is archived.

    Raises `NotFound`.
    """
    row = TemplateQueries(application()).get(template_id)
    if row.template.is_archived:
        form.message.errors = [
            f"The template “{row.name}” is archived. Choose another one, or write the message."
        ]
    else:
        form.take_message(row.text.message, row.text.variants)


def _earlier_messages() -> Sequence[CampaignRow]:
    """Return the newest campaigns with another message each."""
    campaigns: dict[str, CampaignRow] = {}
    for row in status().campaigns(limit=5 * _EARLIER_MESSAGES):
        campaigns.setdefault(row.message, row)
    return list(campaigns.values())[:_EARLIER_MESSAGES]


def row_number(step: str, button: str) -> int:
    """Return the number of the contact that a button names; the first one for other buttons."""
    return (optional_number(step.removeprefix(button)) or 1) if step.startswith(button) else 1
