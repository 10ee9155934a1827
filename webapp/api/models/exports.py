"""Long files: reports of campaigns, exports of the audit trail, and bundles for auditors."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.vocabulary import DeliveryStatus
from webapp.api.models.base import AnswerModel, RequestModel
from webapp.api.models.people import PersonChoice
from webapp.audit.export import Format
from webapp.reports.files import ReportForm
from webapp.workbooks.job import JobKind, State

_JOB = "5f0c2a7e9b1d4c6f8a3e5d7c9b1a2f4e"


class ReportOrder(RequestModel, frozen=True):
    """Which rows a report has, and in which format."""

    form: ReportForm = ReportForm.CSV
    status: Annotated[DeliveryStatus | None, Meta(description="Only contacts with it.")] = None
    search: Annotated[
        Annotated[str, Meta(max_length=200)] | None,
        Meta(description="Only contacts that a search in the campaign finds: by name or number."),
    ] = None


class EventExportOrder(RequestModel, frozen=True):
    """Which events an export has, and in which format."""

    form: Format = Format.NDJSON
    words: Annotated[
        str,
        Meta(
            max_length=1000,
            description="A search as on the audit trail's page; blank: every event.",
            examples=["campaign:cam_2gq3x5jw7kz4mnb6v5c4rtya code:30006"],
        ),
    ] = ""


class BundleRequest(PersonChoice, frozen=True):
    """What a bundle shows: one of the ids or the number, or everything."""

    campaign_id: Annotated[str, Meta(max_length=100)] | None = None
    delivery_id: Annotated[str, Meta(max_length=100)] | None = None
    everything: bool = False
    complete: Annotated[
        bool,
        Meta(
            description="Of a person: proves that no event is left out. The bundle then shows whom "
            "every other event concerns, by id."
        ),
    ] = False


class ExportJob(AnswerModel, frozen=True):
    """A file that is made in the background, and how far it is."""

    id: str
    kind: JobKind
    form: Annotated[str, Meta(description="`csv`, `ndjson`, `xlsx` or, of a bundle, `zip`.")]
    state: State
    detail: Annotated[str, Meta(description="How far it is, or why it was not made, in words.")]
    up_to: Annotated[int, Meta(description="The number of the last event that counts.")]
    campaign_id: str | None
    asked_at: Annotated[str | None, Meta(description="ISO 8601, UTC.")]
    expires_at: Annotated[
        str | None, Meta(description="Until when a finished one is kept; null before.")
    ]
    written: Annotated[int, Meta(description="How many rows or events are written.")]
    file_name: Annotated[str | None, Meta(description="Null while it is not known yet.")]
    size: Annotated[int | None, Meta(description="In bytes; null until it is ready.")]
    sha256: Annotated[str | None, Meta(description="Of the file, in hex; null until it is ready.")]


class ExportJobList(AnswerModel, frozen=True):
    """The files that this person or system asked for through the API, the newest first."""

    items: list[ExportJob]


class ExportRemoved(AnswerModel, frozen=True):
    """A file that was removed, or is not made."""

    id: str


EXAMPLE = ExportJob(
    id=_JOB,
    kind=JobKind.REPORT,
    form="csv",
    state=State.READY,
    detail="1,200 rows",
    up_to=48210,
    campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    asked_at="2026-11-23T14:00:00+00:00",
    expires_at="2026-11-23T15:00:04+00:00",
    written=1200,
    file_name="Fall aid, 2026-11-23 09.00 (#48210).csv",
    size=210_334,
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)
EXAMPLE_LIST = ExportJobList(items=[EXAMPLE])
EXAMPLE_REPORT = ReportOrder(status=DeliveryStatus.FAILED)
EXAMPLE_EVENTS = EventExportOrder(words="code:30006")
EXAMPLE_BUNDLE = BundleRequest(campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya")
EXAMPLE_REMOVED = ExportRemoved(id=_JOB)
