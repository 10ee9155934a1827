"""Opt-outs of another system that are imported, as JSON or as a file."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel
from webapp.api.models.launches import MOST_CONTACTS

Means = Literal["phone", "letter", "in-person", "other"]
_Cell = Annotated[str, Meta(max_length=100, pattern=r"^[^\r\n]*$")]
_PhoneColumn = Annotated[
    Annotated[str, Meta(max_length=200)] | None,
    Meta(description="Of a file: the heading of the column of numbers, if that is not clear."),
]


class NewOptOut(RequestModel, frozen=True):
    """Somebody who asked for no more texts."""

    phone: Annotated[_Cell, Meta(examples=["+14155550101"])]
    means: Annotated[Means | None, Meta(description="How the person asked.")] = None
    opted_out_at: Annotated[
        _Cell,
        Meta(description="When. Without an offset, in the school's time zone."),
    ] = ""


class OptOutImport(RequestModel, frozen=True):
    """The opt-outs; or a file is the body, or the part `file` of a form."""

    TAKES_FILES: ClassVar[bool] = True

    opt_outs: Annotated[list[NewOptOut], Meta(min_length=1, max_length=MOST_CONTACTS)]

    @classmethod
    def of_file(cls) -> "OptOutImport":
        """Return what stands for the body where that is a file."""
        return cls(opt_outs=[])


class OptOutImportQuery(RequestModel, frozen=True):
    """How the opt-outs are read."""

    phone_column: _PhoneColumn = None
    means: Annotated[
        Means | None, Meta(description="How the people asked, where a row does not say it.")
    ] = None
    skip_invalid: Annotated[
        bool, Meta(description="Import the others where rows cannot be read.")
    ] = False


class SkippedOptOut(AnswerModel, frozen=True):
    """A row that is not imported."""

    reason: str
    pointer: Annotated[str | None, Meta(description="Where it is in JSON; null for a file.")]
    line: Annotated[int | None, Meta(description="Its line in the file; null for JSON.")]


class ImportCheck(AnswerModel, frozen=True):
    """What an import would do now."""

    rows: Annotated[int, Meta(description="How many rows can be imported.")]
    new: Annotated[int, Meta(description="How many of them change anything.")]
    skipped: list[SkippedOptOut]
    notes: list[str]


class Imported(AnswerModel, frozen=True):
    """What an import did."""

    recorded: int
    already: Annotated[int, Meta(description="Rows that change nothing: opted out before.")]
    withdrawn: Annotated[int, Meta(description="How many texts that waited are not sent now.")]
    forgotten: Annotated[int, Meta(description="Rows of people who were forgotten before.")]
    skipped: list[SkippedOptOut]
    notes: list[str]


_SKIPPED = [
    SkippedOptOut(reason="the number has no digits", pointer="/opt_outs/3/phone", line=None)
]
EXAMPLE = OptOutImport(opt_outs=[NewOptOut(phone="+14155550101", means="letter")])
EXAMPLE_CHECK = ImportCheck(rows=3, new=2, skipped=_SKIPPED, notes=[])
EXAMPLE_IMPORTED = Imported(
    recorded=2, already=1, withdrawn=1, forgotten=0, skipped=_SKIPPED, notes=[]
)
