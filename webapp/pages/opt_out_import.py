"""The import of opt-outs, in two steps: "Check" shows what would be recorded, "Import" records it.

The page of the check carries the file in a hidden field (see uploads.py).
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from ledger.commands.opt_out_import import count_new_opt_outs, import_opt_outs
from ledger.domain.vocabulary import OptOutMeans
from ledger.errors import BadInput
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.opt_out_file import OptOutFile, read_opt_outs
from ledger.messages.skipped_rows import BadRows
from webapp.acts import CHANGE_CONTACT
from webapp.current import application
from webapp.explain.opt_out_imports import import_notes, import_result
from webapp.explain.opt_outs import MEANS_LABELS
from webapp.pages.common import actor, now
from webapp.pages.uploads import ContactFile, unpacked
from webapp.permissions import needs

blueprint = Blueprint("opt_out_import", __name__, url_prefix="/opt-outs/import")


class ImportForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """A file of opt-outs, and how to read it."""

    file = FileField(
        "File of opt-outs",
        description="A CSV file or a workbook (XLSX, XLS, ODS) with a heading for each column: one "
        "of numbers, and if you have them, source and time (opted_out_at).",
    )
    means = SelectField(
        "How the people asked",
        validate_choice=False,
        choices=[
            SelectChoice("", "Not recorded"),
            *(SelectChoice(means.value, label) for means, label in MEANS_LABELS.items()),
        ],
        description="For rows without a source of their own.",
    )
    phone_column = StringField(
        "Column of the numbers (optional)",
        description="Its heading, where the file has several columns of numbers.",
    )
    skip_bad = BooleanField(
        "Leave out rows that cannot be read", description="They are listed before the import."
    )

    def opt_outs(self, file: ContactFile) -> OptOutFile:
        """Read the file; raises `BadInput`."""
        return read_opt_outs(
            BytesIO(file.data),
            times=application().settings.written_times(now()),
            skip_invalid=self.skip_bad.data,
            phone_column=self.phone_column.data or None,
            means=OptOutMeans(means) if (means := self.means.data) in list(MEANS_LABELS) else None,
        )

    def chosen_file(self, fields: Any) -> ContactFile:
        """Return the file chosen now, or the one that the form carried. Raises `BadInput`."""
        chosen = self.file.data
        if chosen and chosen.filename:
            return ContactFile(chosen.filename, chosen.read())
        if fields.get("kept_file"):
            return unpacked(fields.get("kept_name", ""), fields["kept_file"])
        raise BadInput("Choose the file of opt-outs.")


@blueprint.get("")
@needs(CHANGE_CONTACT)
def new() -> ResponseReturnValue:
    """Show the form."""
    return _form_page(ImportForm(formdata=None))


@blueprint.post("")
@needs(CHANGE_CONTACT)
def submit() -> ResponseReturnValue:
    """Check the file, or import it, by the button that was pressed."""
    form = ImportForm()
    if not form.validate():
        return _form_page(form), 422
    file = None
    try:
        file = form.chosen_file(request.form)
        opt_outs = form.opt_outs(file)
    except BadRows as refusal:
        form.file.errors = [refusal.sentence]
        return _form_page(form, file, refusal.named), 422
    except PhoneColumnUnclear as refusal:
        form.phone_column.errors = [str(refusal)]
        return _form_page(form, file), 422
    except BadInput as refusal:
        form.file.errors = [str(refusal)]
        return _form_page(form, file), 422
    app = application()
    if request.form.get("step") == "import":
        flash(import_result(import_opt_outs(app.ledger, opt_outs.rows, actor())), "success")
        return redirect(url_for("opt_outs.index"), code=303)
    return render_template(
        "opt_outs/check_import.html",
        form=form,
        file=file,
        opt_outs=opt_outs,
        new_count=count_new_opt_outs(
            app.ledger.reader, app.ledger.identity, opt_outs.rows, actor()
        ),
        notes=list(import_notes(opt_outs)),
    )


def _form_page(
    form: ImportForm, file: ContactFile | None = None, bad_rows: Sequence[str] = ()
) -> str:
    return render_template("opt_outs/import.html", form=form, file=file, bad_rows=bad_rows)
