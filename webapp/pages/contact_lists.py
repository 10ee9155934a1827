"""Contact lists: the lists that are kept, one list with its versions, and what changes them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField

from ledger.errors import BadInput, Refused
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.contact_header import PhoneColumnUnclear
from webapp.acts import LAUNCH
from webapp.contact_lists import (
    NewList,
    UploadedFile,
    delete_list,
    make_list,
    rename_list,
    replace_list,
)
from webapp.current import application
from webapp.explain.contact_lists import uploaded_sentence
from webapp.offices.choosing import chosen_office, may_change
from webapp.pages.common import actor, status, with_refusal_shown
from webapp.pages.office_choices import office_choices
from webapp.permissions import Permission, needs
from webapp.shown_moment import contact_lists

blueprint = Blueprint("contact_lists", __name__, url_prefix="/lists")

_CATCH_UP_SECONDS = 2.0
_MOST_NAMED = 20
"""Rows that are not kept, as the page after an upload names them."""


class ListForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """A file of contacts, and the list that it makes or replaces."""

    list_id = HiddenField()
    """The list that the file replaces; empty for a new list."""
    upload = HiddenField()
    """The name of the upload: sent twice, it is recorded once."""
    name = StringField("Name", description="Staff find the list by it, such as “Families 2026”.")
    office = SelectField(
        "Office",
        validate_choice=False,
        choices=[],
        description="Its people see and change the list. Everybody sees one of the whole district.",
    )
    contacts = FileField(
        "Contacts",
        description="The file as your student information system writes it: Excel, LibreOffice, "
        "CSV. Rows without a usable number are not kept.",
    )
    phone_column = StringField(
        "Column of the numbers (optional)",
        description="Its heading, where the file has several columns of numbers.",
    )


@blueprint.get("")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """Show all lists."""
    return render_template(
        "contact_lists/index.html",
        lists=contact_lists().all(),
        names=application().accounts.names(),
        offices=application().offices.offices,
    )


@blueprint.get("/new")
@needs(LAUNCH)
def new() -> str:
    """Show the form of a new list."""
    app = application()
    form = ListForm(formdata=None, upload=app.ledger.identity.new_request())
    return _form_page(form)


@blueprint.get("/<list_id>")
@needs(Permission.SEE_STATUS)
def show(list_id: str) -> str:
    """Show one list: its versions, and the campaigns that went to it."""
    return _list_page(list_id, _replacing(list_id))


@blueprint.post("/upload")
@needs(LAUNCH)
def upload() -> ResponseReturnValue:
    """Keep a file as a new list, or as the next version of one."""
    form = ListForm()
    list_id, parsed = form.list_id.data or "", None
    try:
        if list_id:
            parsed = replace_list(
                application(), list_id, _file(form), actor(), request=form.upload.data or None
            )
        else:
            list_id, parsed = _make(form)
    except PhoneColumnUnclear as refusal:
        form.phone_column.errors = [str(refusal)]
    except (BadInput, Refused) as refusal:
        form.contacts.errors = [str(refusal)]
    if parsed is None:
        page = _list_page(list_id, form) if form.list_id.data else _form_page(form)
        return page, 422
    _tell(parsed)
    application().views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
    return redirect(url_for("contact_lists.show", list_id=list_id), code=303)


@blueprint.post("/<list_id>/name")
@needs(LAUNCH)
def rename(list_id: str) -> ResponseReturnValue:
    """Give a list another name."""
    name = request.form.get("name", "")
    there = url_for("contact_lists.show", list_id=list_id)
    return _change(lambda: rename_list(application(), list_id, name, actor()), there, "Renamed.")


@blueprint.get("/<list_id>/delete")
@needs(LAUNCH)
def confirm_delete(list_id: str) -> str:
    """Ask whether a list is to be deleted."""
    row = contact_lists().get(list_id)
    return render_template("contact_lists/delete.html", row=row)


@blueprint.post("/<list_id>/delete")
@needs(LAUNCH)
def delete(list_id: str) -> ResponseReturnValue:
    """Delete a list."""
    there = url_for("contact_lists.index")
    return _change(lambda: delete_list(application(), list_id, actor()), there, "Deleted.")


def _make(form: ListForm) -> tuple[str, ParsedContacts]:
    app = application()
    office_id = chosen_office(app.offices, app.scope, form.office.data)
    new_list = NewList(name=form.name.data or "", office_id=office_id)
    given, file, list_id = form.upload.data, _file(form), None
    if given:
        # Derived, so that nobody can name the list of other people. Another file or name that is
        # sent by the same form, as after the Back button, is another list.
        words = f"{actor()} {given} {file.digest} {new_list.name.strip()}"
        list_id = app.ledger.identity.list_id(words)
    return make_list(app, new_list, file, actor(), list_id=list_id)


def _file(form: ListForm) -> UploadedFile:
    chosen: Any = form.contacts.data
    if not (chosen and chosen.filename):
        raise BadInput("Choose the file of contacts.")
    return UploadedFile(
        file=BytesIO(chosen.read()),
        name=chosen.filename,
        phone_column=form.phone_column.data or None,
    )


def _tell(parsed: ParsedContacts) -> None:
    repeated = len(parsed.skipped) - len(parsed.bad)
    tone = "warning" if parsed.bad else "success"
    flash(uploaded_sentence(len(parsed.rows), len(parsed.bad), repeated), tone)
    for row in parsed.bad[:_MOST_NAMED]:
        flash(f"Not kept: line {row.line}: {row.reason}.", "warning")


def _change(act: Callable[[], None], there: str, done: str) -> ResponseReturnValue:
    try:
        act()
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(there, refusal)
    application().views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
    flash(done, "success")
    return redirect(there, code=303)


def _replacing(list_id: str) -> ListForm:
    identity = application().ledger.identity
    return ListForm(formdata=None, list_id=list_id, upload=identity.new_request())


def _form_page(form: ListForm) -> str:
    form.office.choices = office_choices()
    return render_template("contact_lists/new.html", form=form)


def _list_page(list_id: str, form: ListForm) -> str:
    app, row = application(), contact_lists().get(list_id)
    return render_template(
        "contact_lists/show.html",
        row=row,
        form=form,
        names=app.accounts.names(),
        office=app.offices.offices.get(row.office_id or ""),
        campaigns=status().of_list(list_id),
        may_change=may_change(app.scope, row.office_id),
    )
