"""The report of a campaign as of an event: which rows it has, and what stands in them.

    Student ID,First name,Guardian Phone,Status,Reason,Code,…
    20114,Renée,(415) 555-0101,Delivered,,,…
    20116,Cy,see mother's number,Not texted,the number has no digits,,…

The columns of the file come first, with its cells as they were, in the order of the file. Rows that
were left out are there too, unless the report is of one status or of a search. The same report as
of the same event is the same file, until somebody is forgotten.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ledger.domain.events import ContactEnrolled, ContactFileRecorded, FileRow, Person, RowsLeftOut
from ledger.domain.vocabulary import DeliveryStatus, FollowUpPart
from ledger.lazy_property import lazy_property
from ledger.recorded_event import RecordedEvent
from projections.campaigns.campaign_queries import CampaignQueries
from projections.campaigns.rows import CampaignRow, ContactRow
from projections.costs.queries import Cost, CostQueries
from projections.report_facts import NO_FACTS, TextFacts
from webapp.bootstrap import Application
from webapp.reports.columns import (
    FALLBACK_HEADINGS,
    OUTCOME_COLUMNS,
    Cell,
    fallback_cells,
    left_out_cells,
    outcome_cells,
)
from webapp.webhooks.readable import readable_event

_CONTACTS_AT_ONCE = 1000

_Numbered = tuple[int, int, Sequence[Cell]]
"""The line of a row; a number that orders rows of one line; and its cells."""


@dataclass(frozen=True, kw_only=True)
class ReportOrder:
    """Which report: of a campaign as of an event, of one status or of a search."""

    campaign_id: str
    up_to: int
    """The seq of the last event that counts."""
    status: DeliveryStatus | None = None
    search: str = ""
    part: FollowUpPart | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, str], up_to: int, search: str = "") -> "ReportOrder":
        """Return the order that a job of the queue keeps; the words of a search apart."""
        status = parameters.get("status")
        return cls(
            campaign_id=parameters["campaign"],
            up_to=up_to,
            status=DeliveryStatus(status) if status else None,
            search=search,
        )

    def parameters(self) -> dict[str, str]:
        """Return what a job of the queue keeps beside the seq and the words of a search."""
        values = {"campaign": self.campaign_id, "status": self.status or ""}
        return {name: value for name, value in values.items() if value}

    @property
    def is_whole(self) -> bool:
        """Whether it has every row of the file."""
        return self.status is None and self.part is None and not self.search


@dataclass
class CampaignReport:
    """A report that can be written; see `files.py`. Raises `NotFound` for another campaign."""

    app: Application
    order: ReportOrder
    rows_written: int = field(default=0, init=False)
    """How far it is, while `rows` is read."""
    added_columns: ClassVar[Sequence[str]] = OUTCOME_COLUMNS
    """The columns after those of the file."""
    name_words: ClassVar[str] = ""
    """What the name of the file says of the kind of report."""

    @lazy_property
    def campaign(self) -> CampaignRow:
        """The campaign as it was then."""
        return self._views.campaign(self.order.campaign_id)

    @lazy_property
    def headings(self) -> tuple[str, ...]:
        """The headings of the file, then those of the report. Blank ones are numbered."""
        own = self._file_headings or FALLBACK_HEADINGS
        return tuple(named_headings((*own, *self.added_columns)))

    @property
    def has_fallback_columns(self) -> bool:
        """Whether no columns of a file are recorded, so that name and number take their place."""
        return not self._file_headings

    @property
    def own_columns(self) -> int:
        """How many of the columns are those of the file."""
        return len(self.headings) - len(self.added_columns)

    @property
    def expected_rows(self) -> int:
        """About how many rows it has: without those left out, and those that repeat a number."""
        counts = self.campaign.counts
        status = self.order.status
        return counts.total if status is None else int(getattr(counts, status))

    def rows(self) -> Iterator[Sequence[Cell]]:
        """Yield the rows in the order of the file; few of them are in memory."""
        self.rows_written = 0
        left_out = self._left_out_rows() if self.order.is_whole else iter(())
        for _line, _number, cells in heapq.merge(self._texted_rows(), left_out):
            self.rows_written += 1
            yield cells

    def _texted_rows(self) -> Iterator[_Numbered]:
        """Yield the rows of contacts; the later rows of a number wait until their line comes."""
        waiting: list[_Numbered] = []
        number = line = 0
        for contact, rows, facts, costs in self._contacts():
            outcome = self.added_cells(contact, facts, costs)
            line = rows[0][0] if rows else line  # without rows it stands behind the one before
            for own_line, cells in rows or ((line, fallback_cells(contact)),):
                number += 1
                heapq.heappush(waiting, (own_line, number, (*self._fitted(cells), *outcome)))
            while waiting and waiting[0][0] <= line:
                yield heapq.heappop(waiting)
        while waiting:
            yield heapq.heappop(waiting)

    def added_cells(
        self, contact: ContactRow, facts: TextFacts, costs: Sequence[Cost]
    ) -> Sequence[Cell]:
        """Return what stands in the added columns for a contact."""
        return outcome_cells(contact, facts, costs, self.app.codes)

    def selected(self, contacts: Sequence[ContactRow]) -> Sequence[ContactRow]:
        """Return those of these contacts whose rows the report has."""
        wanted = self.order.status
        return [row for row in contacts if wanted is None or row.status is wanted]

    def _fitted(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        missing = self.own_columns - len(cells)
        return (*cells, *(("",) * missing)) if missing > 0 else cells

    def _contacts(
        self,
    ) -> Iterator[tuple[ContactRow, Sequence[FileRow], TextFacts, Sequence[Cost]]]:
        after, views = 0, self._views
        while contacts := views.contacts(
            self.order.campaign_id,
            search=self.order.search,
            after=after,
            limit=_CONTACTS_AT_ONCE,
        ):
            after = contacts[-1].position
            kept = self.selected(contacts)
            ids = [row.delivery_id for row in kept]
            people = self._people(ids)
            facts = self.app.report_facts.of(self.order.campaign_id, ids, self.order.up_to)
            costs = self._costs.of_deliveries(self.order.campaign_id, ids)
            for row in kept:
                person = None if row.forgotten_at else people.get(row.delivery_id)
                rows = person.rows if person else ()
                of_row = costs.get(row.delivery_id, ())
                yield row, rows, facts.get(row.delivery_id, NO_FACTS), of_row

    def _people(self, delivery_ids: Sequence[str]) -> dict[str, Person]:
        if not self._file_headings:
            return {}
        events = self.app.ledger.reader.first_events(delivery_ids)
        readable = {e.stream_id: readable_event(e) for e in events if not e.is_altered}
        return {
            delivery_id: event.private
            for delivery_id, event in readable.items()
            if isinstance(event, ContactEnrolled) and event.private
        }

    def _left_out_rows(self) -> Iterator[_Numbered]:
        number = 0
        for event in self._file_events:
            if isinstance(event, RowsLeftOut) and event.private:
                for row in event.private.rows:
                    number -= 1
                    cells = self._fitted(row.cells[: self.own_columns])
                    yield row.line, number, (*cells, *left_out_cells(row.reason))

    @lazy_property
    def _file_events(self) -> Sequence[object]:
        file_id = self.app.ledger.identity.contact_file_id(self.order.campaign_id)
        events: Sequence[RecordedEvent] = self.app.ledger.reader.stream(file_id)
        return [
            readable_event(recorded)
            for recorded in events
            if recorded.seq <= self.order.up_to and not recorded.is_altered
        ]

    @lazy_property
    def _file_headings(self) -> tuple[str, ...]:
        """The headings of the file; none where the campaign has none, or an earlier program."""
        for event in self._file_events:
            if isinstance(event, ContactFileRecorded) and event.private:
                return event.private.headings
        return ()

    @lazy_property
    def _costs(self) -> CostQueries:
        return self.app.costs.as_of(self.order.up_to)

    @lazy_property
    def _views(self) -> CampaignQueries:
        return self.app.status.as_of(self.order.up_to)


def named_headings(headings: Sequence[str]) -> list[str]:
    """Return the headings; blank and repeated ones get numbers, so that each is another."""
    named: list[str] = []
    for place, heading in enumerate(headings, start=1):
        name, count = heading or f"Column {place}", 1
        while name in named:
            count += 1
            name = f"{heading or f'Column {place}'} ({count})"
        named.append(name)
    return named
