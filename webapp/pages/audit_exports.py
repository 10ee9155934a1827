"""Downloads of the audit trail: exactly the events of a search, and how to tell that they are."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template

from webapp.audit.export import MEDIA_TYPES, STREAMED, AuditExport, Format, export_of
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.words import words_of
from webapp.current import application
from webapp.pages.access import record_export
from webapp.pages.audit_list import audit_url, query_of_address
from webapp.pages.common import until_seq
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs

blueprint = Blueprint("audit_exports", __name__, url_prefix="/audit")


@blueprint.get("/exports")
@needs(Permission.TAKE_WORDS)
def index() -> str:
    """Offer the events of the search as files, up to the moment at which the page was made."""
    query, until = query_of_address(), _until()
    names = AuditNames(application(), until)
    download = _download(query, names)
    return render_template(
        "audit/exports.html",
        words=words_of(query, names),
        until=until,
        back_url=audit_url(query),
        files=[
            (
                form,
                download.file_name(form),
                audit_url(query, f"audit_exports.{form}", as_of=until),
                audit_url(query, f"audit_exports.{form}_sha256", as_of=until),
            )
            for form in STREAMED
        ],
        workbook=download.file_name(Format.XLSX),
        workbook_url=audit_url(query, "audit_workbooks.new", up_to=until),
    )


@blueprint.get("/events.csv", endpoint="csv", defaults={"form": "csv"})
@blueprint.get("/events.ndjson", endpoint="ndjson", defaults={"form": "ndjson"})
@needs(Permission.TAKE_WORDS, is_fresh=True)
def events(form: str) -> Response:
    """Download the events of the search, in the order of seq."""
    query, until = query_of_address(), _until()
    download = _download(query, AuditNames(application(), until))
    record_export(export_of(query, application().ledger.reader, Format(form), until))
    parts = streamed(part.text for part in download.parts(Format(form)))
    return _file(parts, MEDIA_TYPES[Format(form)], download.file_name(Format(form)))


@blueprint.get("/events.csv.sha256", endpoint="csv_sha256", defaults={"form": "csv"})
@blueprint.get("/events.ndjson.sha256", endpoint="ndjson_sha256", defaults={"form": "ndjson"})
@needs(Permission.TAKE_WORDS)
def sha256(form: str) -> Response:
    """Download the SHA-256 of the same file, as `sha256sum --check` reads it."""
    download = _download(query_of_address(), AuditNames(application(), _until()))
    name = download.file_name(Format(form))
    return _file(_checksum(download, Format(form)), "text/plain", f"{name}.sha256")


def _checksum(download: AuditExport, form: Format) -> Iterator[str]:
    yield f"# {download.file_name(form)}\n"  # at once: the events may take a while
    summary = download.summary(form)
    yield f"# {summary.words}\n{summary.sha256}  {download.file_name(form)}\n"


def _file(parts: Iterator[str], media_type: str, name: str) -> Response:
    return Response(
        parts,
        mimetype=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _until() -> int:
    seq = until_seq()
    return application().ledger.reader.head() if seq is None else seq


def _download(query: AuditQuery, names: AuditNames) -> AuditExport:
    reader = application().ledger.reader
    return AuditExport(reader, names, query.search(reader), _until())
