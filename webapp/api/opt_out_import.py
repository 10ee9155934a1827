"""The import of opt-outs, from JSON or a file: what it would do, and doing it."""

import csv
import io
from collections.abc import Sequence

from flask import Blueprint

from ledger.commands.opt_out_import import count_new_opt_outs, import_opt_outs
from ledger.domain.vocabulary import OptOutMeans
from ledger.errors import BadInput
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.opt_out_file import OptOutFile, read_opt_outs
from ledger.messages.skipped_rows import BadRows, SkippedRow
from webapp.acts import CHANGE_CONTACT
from webapp.api.authentication import caller
from webapp.api.idempotency import current_request, request_id
from webapp.api.models import opt_out_imports as models
from webapp.api.models.problem import FieldProblem
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.api.reading import pointer_to, sent_file
from webapp.current import application
from webapp.explain.opt_out_imports import import_notes
from webapp.permissions import needs

blueprint = Blueprint("opt_out_import", __name__, url_prefix="/opt-outs/import")

_TAG = "Opt-outs"
_MOST_ERRORS = 100
_HEADINGS = ("phone", "means", "opted_out_at")
_FIRST_LINE = 2
"""Of the table that JSON becomes: the headings are in the line before."""


@blueprint.post("/check")
@operation(
    "checkOptOutImport",
    tag=_TAG,
    answer=models.ImportCheck,
    example=models.EXAMPLE_CHECK,
    request_example=models.EXAMPLE,
)
@needs(CHANGE_CONTACT)
def check(query: models.OptOutImportQuery, json: models.OptOutImport) -> Answer[models.ImportCheck]:
    """Say what an import would record now, and which rows cannot be read. Nothing is recorded."""
    ledger, read = application().ledger, _read(query, json, skip_invalid=True)
    new = count_new_opt_outs(ledger.reader, ledger.identity, read.rows, caller().actor)
    return models.ImportCheck(
        rows=len(read.rows), new=new, skipped=_skipped(read), notes=list(import_notes(read))
    )


@blueprint.post("")
@operation(
    "importOptOuts",
    tag=_TAG,
    answer=models.Imported,
    example=models.EXAMPLE_IMPORTED,
    request_example=models.EXAMPLE,
    is_change=True,
)
@needs(CHANGE_CONTACT)
def perform(query: models.OptOutImportQuery, json: models.OptOutImport) -> Answer[models.Imported]:
    """Opt out every number: all rows or, where one cannot be read, none.

    With `skip_invalid` the rows that can be read are imported. A repeat with the same
    Idempotency-Key opts out nobody who opted in since, also after a kill.
    """
    read, go_on = _read(query, json, skip_invalid=query.skip_invalid), current_request().go_on
    done = import_opt_outs(
        application().ledger,
        read.rows,
        caller().actor,
        request=request_id("import opt-outs"),
        progress=lambda _done, _total: go_on(),
    )
    return models.Imported(
        recorded=done.recorded,
        already=done.already,
        withdrawn=done.withdrawn,
        forgotten=read.forgotten,
        skipped=_skipped(read),
        notes=list(import_notes(read)),
    )


def _read(
    query: models.OptOutImportQuery, json: models.OptOutImport, *, skip_invalid: bool
) -> OptOutFile:
    """Return the opt-outs, read by the rules of files. Raises `ProblemFound`."""
    app, file = application(), sent_file()
    try:
        return read_opt_outs(
            io.BytesIO(_table(json.opt_outs) if file is None else file),
            times=app.settings.written_times(app.clock.now()),
            skip_invalid=skip_invalid,
            phone_column=query.phone_column,
            means=OptOutMeans(query.means) if query.means else None,
        )
    except BadRows as error:
        wrong = [_wrong(row) for row in error.rows[:_MOST_ERRORS]]
        raise ProblemFound(Kind.INVALID, error.sentence, wrong) from error
    except PhoneColumnUnclear as error:
        raise invalid(str(error), parameter="phone_column") from error
    except BadInput as error:
        raise invalid(str(error), pointer="/opt_outs" if file is None else None) from error


def _table(opt_outs: Sequence[models.NewOptOut]) -> bytes:
    """Return the table that stands for JSON: a line for each opt-out below one of headings."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_HEADINGS)
    rows.writerows([each.phone, each.means or "", each.opted_out_at] for each in opt_outs)
    return text.getvalue().encode()


def _wrong(row: SkippedRow) -> FieldProblem:
    if sent_file() is not None:
        return FieldProblem(detail=f"Line {row.line}: {row.reason}.")
    return FieldProblem(detail=f"{row.reason}.", pointer=_pointer(row))


def _skipped(read: OptOutFile) -> list[models.SkippedOptOut]:
    is_file = sent_file() is not None
    return [
        models.SkippedOptOut(
            reason=row.reason,
            pointer=None if is_file else _pointer(row),
            line=row.line if is_file else None,
        )
        for row in read.skipped
    ]


def _pointer(row: SkippedRow) -> str:
    return pointer_to("opt_outs", row.line - _FIRST_LINE)
