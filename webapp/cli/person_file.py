"""`delivery-ledger contact file`: all that is held about a number, in plain words."""

import json
from pathlib import Path

import click

from ledger import atomic_file
from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.errors import BadInput
from webapp.bootstrap import Application
from webapp.cli.common import json_option, open_caught_up, record_export
from webapp.cli.contact_ids import person_ids_of
from webapp.person_file.content import PersonFile, person_file
from webapp.person_file.document import person_file_document
from webapp.person_file.words import plain_text


@click.command("file")
@click.argument("number_or_id", metavar="NUMBER|ID")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it to this file, which only you can read.",
)
@json_option
def file_command(*, number_or_id: str, out: Path | None, as_json: bool) -> None:
    """All that is held about NUMBER, or about the contact with that id, in plain words."""
    app = open_caught_up()
    file = person_file(app, person_ids_of(app, number_or_id))
    text = _json_text(app, file) if as_json else plain_text(file)
    if out is not None:
        _write(out, text)
    form, contact_id = "json" if as_json else "txt", file.contact_ids[0]
    record_export(app, Export(kind=ExportKind.PERSON_FILE, form=form, contact_id=contact_id))
    if out is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"{out}: the file of {', '.join(file.contact_ids)}.", err=True)


def _json_text(app: Application, file: PersonFile) -> str:
    document = person_file_document(file, app.accounts.names())
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _write(out: Path, text: str) -> None:
    try:
        with atomic_file.replacing(out) as stream:
            stream.write(text.encode())
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error
