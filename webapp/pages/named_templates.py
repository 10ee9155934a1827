"""Templates: messages that staff keep under a name, and choose in the form of a campaign."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, HiddenField

from ledger.domain.events import CampaignText
from ledger.domain.names import LONGEST_NAME, checked_name
from ledger.errors import BadInput, Refused
from webapp.acts import LAUNCH
from webapp.current import application
from webapp.named_templates import (
    TemplateQueries,
    TemplateRow,
    archive_template,
    change_template,
    make_template,
)
from webapp.offices.choosing import may_change
from webapp.pages.common import actor, until_seq, with_refusal_shown
from webapp.pages.message_form import MessageForm, as_field_error
from webapp.pages.message_preview import preview_of, rendered
from webapp.pages.wording_fields import ADD, REMOVE, written_in
from webapp.permissions import Permission, needs

blueprint = Blueprint("named_templates", __name__, url_prefix="/templates")


class TemplateForm(MessageForm):
    """The form of a template."""

    request_name = HiddenField()
    """The name of the request that makes it: sent twice, it is made once."""

    def validate_name(self, field: Field) -> None:
        """The ledger's own rule; whether it is free is decided with the act."""
        as_field_error(lambda: checked_name(field.data or "", "template"))

    def text(self) -> CampaignText:
        """Return what is to be kept. Raises `BadInput`."""
        return CampaignText(
            name=self.name.data or "", message=self.message.data or "", variants=self.variants()
        )

    def take(self, text: CampaignText) -> None:
        """Fill in what is kept."""
        self.name.data = text.name
        self.take_message(text.message, text.variants)


@blueprint.get("")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """Show all templates."""
    queries, app = TemplateQueries(application(), until_seq()), application()
    return render_template(
        "named_templates/index.html",
        rows=queries.all(),
        archived=queries.all(archived=True),
        names=app.accounts.names(),
        offices=app.offices.offices,
    )


@blueprint.get("/new")
@needs(LAUNCH)
def new() -> str:
    """Show the form of a new template."""
    identity = application().ledger.identity
    return _form_page(TemplateForm(formdata=None, request_name=identity.new_request()))


@blueprint.post("/new")
@needs(LAUNCH)
def make() -> ResponseReturnValue:
    """Keep a message as a new template, or show the form with another wording."""
    form = _posted()
    return _kept(form, lambda: _make(form), None)


@blueprint.get("/<template_id>")
@needs(Permission.SEE_STATUS)
def show(template_id: str) -> str:
    """Show one template; people who may change it get its form."""
    row = TemplateQueries(application(), until_seq()).get(template_id)
    form = TemplateForm(formdata=None)
    form.take(row.template.text)
    return _form_page(form, row)


@blueprint.post("/<template_id>")
@needs(LAUNCH)
def change(template_id: str) -> ResponseReturnValue:
    """Change a template, or show the form with another wording."""
    row, form = TemplateQueries(application()).get(template_id), _posted()
    return _kept(
        form, lambda: change_template(application(), template_id, form.text(), actor()), row
    )


@blueprint.get("/<template_id>/archive")
@needs(LAUNCH)
def confirm_archive(template_id: str) -> str:
    """Ask whether a template is to be archived."""
    row = TemplateQueries(application()).get(template_id)
    return render_template("named_templates/archive.html", row=row)


@blueprint.post("/<template_id>/archive")
@needs(LAUNCH)
def archive(template_id: str) -> ResponseReturnValue:
    """Archive a template."""
    there = url_for("named_templates.index")
    try:
        archive_template(application(), template_id, actor())
    except Refused as refusal:
        return with_refusal_shown(there, refusal)
    flash("Template archived.", "success")
    return redirect(there, code=303)


def _posted() -> TemplateForm:
    form = TemplateForm()
    form.wordings = written_in(request.form, request.form.get("step", ""))
    return form


def _kept(
    form: TemplateForm, act: Callable[[], None], row: TemplateRow | None
) -> ResponseReturnValue:
    """Do the act and show all templates; show the form again for a wording, or a refusal."""
    step = request.form.get("step", "")
    if step == ADD or step.startswith(REMOVE):
        return _form_page(form, row)
    if not form.validate():
        return _form_page(form, row), 422
    try:
        act()
    except (BadInput, Refused) as refusal:
        form.name.errors = [str(refusal)]
        return _form_page(form, row), 422
    flash("Template changed." if row else "Template kept.", "success")
    return redirect(url_for("named_templates.index"), code=303)


def _make(form: TemplateForm) -> None:
    app = application()
    given = form.request_name.data
    # Derived, so that nobody can name the template of other people.
    template_id = app.ledger.identity.template_id(f"{actor()} {given}") if given else None
    make_template(
        app, form.text(), actor(), office_id=form.chosen_office(), template_id=template_id
    )


def _form_page(form: TemplateForm, row: TemplateRow | None = None) -> str:
    app = application()
    template = row.template if row else None
    if row is None:
        form.offer_offices()
    preview = preview_of(
        form.message.data or "",
        None,
        column=form.message_column.data or "",
        wordings=form.wordings,
    )
    context: dict[str, Any] = {"form": form, "row": row, "preview": rendered(preview)}
    return render_template(
        "named_templates/show.html",
        **context,
        office=app.offices.offices.get(template.office_id or "") if template else None,
        may_change=template is None
        or (not template.is_archived and may_change(app.scope, template.office_id)),
        names=app.accounts.names(),
        longest_name=LONGEST_NAME,
    )
