"""The phone list of a campaign: a page to print, and the same as a file."""

import io
import tempfile
from pathlib import Path

from flask import Blueprint, Response, render_template, send_file
from flask.typing import ResponseReturnValue

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.errors import Refused
from webapp.current import application
from webapp.explain.numbers import number
from webapp.pages.access import record_export
from webapp.pages.filters import check_filters
from webapp.pages.fitting import may
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs
from webapp.reports.files import MEDIA_TYPES, ReportForm, file_name, text_parts
from webapp.reports.phone_list import MOST_ROWS, PhoneList
from webapp.reports.workbook import write_workbook
from webapp.shown_moment import seq_and_time

blueprint = Blueprint("phone_lists", __name__, url_prefix="/campaigns/<campaign_id>")


@blueprint.get("/phone-list")
@needs(Permission.SEE_NUMBERS)
def show(campaign_id: str) -> str:
    """Show whom the texts did not reach, to be printed."""
    check_filters(())
    phone_list = _phone_list(campaign_id)
    expected, rows = phone_list.expected_rows, []
    if expected <= MOST_ROWS:
        rows = list(phone_list.rows())
        expected = len(rows)  # without those that were forgotten
    if rows:
        _record(phone_list, "html")
    return render_template(
        "campaigns/phone_list.html",
        campaign=phone_list.campaign,
        headings=phone_list.headings[1:],
        rows=[row[1:] for row in rows],
        expected=expected,
        most=MOST_ROWS,
        seq=phone_list.order.up_to,
        at=phone_list.at,
        may_take=may(Permission.TAKE_LISTS),
    )


@blueprint.get("/phone-list.csv", endpoint="csv", defaults={"form": "csv"})
@blueprint.get("/phone-list.xlsx", endpoint="xlsx", defaults={"form": "xlsx"})
@needs(Permission.TAKE_LISTS)
def download(campaign_id: str, form: str) -> ResponseReturnValue:
    """Download the same as a file. Raises `Refused` for a workbook that is too long."""
    check_filters(())
    phone_list, form = _phone_list(campaign_id), ReportForm(form)
    if form is ReportForm.XLSX and phone_list.expected_rows > MOST_ROWS:
        raise Refused(
            f"A phone list of more than {number(MOST_ROWS)} contacts is made as a CSV alone. "
            "Download the CSV: spreadsheet programs open it too."
        )
    _record(phone_list, form)
    name = file_name(phone_list, ReportForm(form))
    if form is ReportForm.CSV:
        answer = Response(streamed(text_parts(phone_list, form)), mimetype=MEDIA_TYPES[form])
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        return answer
    file = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        write_workbook(phone_list, file, folder=Path(folder))
    file.seek(0)
    return send_file(file, MEDIA_TYPES[form], as_attachment=True, download_name=name)


def _phone_list(campaign_id: str) -> PhoneList:
    return PhoneList.of(application(), campaign_id, *seq_and_time())


def _record(phone_list: PhoneList, form: str) -> None:
    order = phone_list.order
    record_export(
        Export(
            kind=ExportKind.CONTACTS, form=form, campaign_id=order.campaign_id, until=order.up_to
        )
    )
