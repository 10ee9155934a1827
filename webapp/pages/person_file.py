"""The page of a person's file: all that is held about the number; made for printing."""

from flask import Blueprint, render_template

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.pages.access import record_export
from webapp.permissions import Permission, needs
from webapp.person_file.content import person_file
from webapp.person_file.words import (
    NOT_INCLUDED,
    TITLE,
    body_of,
    facts_of,
    origin_of,
    status_of,
)

blueprint = Blueprint("person_file", __name__, url_prefix="/deliveries/<delivery_id>/file")


@blueprint.get("")
@needs(Permission.TAKE_WORDS, is_fresh=True)
def show(delivery_id: str) -> str:
    """Show the file of the person behind a delivery, as it is now."""
    app = application()
    row = app.status.contact(delivery_id)
    record_export(Export(kind=ExportKind.PERSON_FILE, form="html", contact_id=row.contact_id))
    file = person_file(app, contact_ids_of_person(app, row.contact_id))
    return render_template(
        "contacts/file.html",
        row=row,
        file=file,
        title=TITLE,
        facts=facts_of(file),
        texts=[
            (file.times.get(text.seq), origin_of(text), status_of(file, text), body_of(text))
            for text in file.texts
        ],
        not_included=NOT_INCLUDED,
    )
