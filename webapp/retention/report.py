"""Which contacts a retention rule will forget and when: for its page, its command and its CSV.

A row: 21 Nov 2027, con_…, +1 415 555 0101, Ada Okafor, ended 21 Nov 2026, kept by a legal hold
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ledger.commands.legal_holds import contacts_of_held_campaigns
from ledger.domain.contact import Contact
from ledger.domain.retention import STREAM, KeptBecause, Retention, kept_because
from projections.names import Person
from projections.retention import DueContact
from webapp.bootstrap import Application
from webapp.documents import iso
from webapp.explain.retention import KEPT
from webapp.sound_aggregates import SoundAggregates

HORIZON = timedelta(days=30)
"""How far ahead the report looks."""
_BATCH = 500

REPORT_FIELDS = ("forgotten_on", "contact_id", "phone", "name", "last_campaign_ended", "kept")
"""The columns of the CSV, and the fields of the JSON."""


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """A contact that the rule will forget, or that it keeps."""

    contact_id: str
    person: Person
    ended_at: datetime
    forgotten_at: datetime
    """When the rule forgets the contact; of one that is kept, when it would."""
    kept: KeptBecause | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a rule will do within the next thirty days."""

    retention: Retention
    rows: Sequence[ReportRow]
    """The first of them, or all."""
    due: int
    """How many contacts are due now, those that are kept included."""
    coming: int
    """How many more will be due within thirty days."""


def retention_of(app: Application, until: int | None = None) -> Retention:
    """Return the rule of the ledger, or that right after the seq `until`.

    Raises `EventProblemFound` where it cannot be known.
    """
    return SoundAggregates(app.ledger.reader, until).load(Retention, STREAM)


def as_if(retention: Retention, days: int | None, now: datetime) -> Retention:
    """Return the rule as it would be with that number of days; with None, the rule as it is."""
    if days is None or days == retention.days:
        return retention
    changed = retention.set("", days, now)
    return replace(retention, days=days, begins_at=changed.begins_at)


def report_of(app: Application, retention: Retention, *, limit: int) -> Report:
    """Return the report with the first rows; without a rule it is empty."""
    now = app.clock.now()
    cutoff = retention.cutoff(now)
    if cutoff is None:
        return Report(retention=retention, rows=(), due=0, coming=0)
    due = app.retention.count(cutoff)
    contacts = app.retention.due(cutoff + HORIZON, limit=limit)
    return Report(
        retention=retention,
        rows=_rows(app, retention, contacts, now),
        due=due,
        coming=app.retention.count(cutoff + HORIZON) - due,
    )


def all_rows(app: Application, retention: Retention) -> Iterator[Sequence[ReportRow]]:
    """Yield all rows of the report, a batch at a time."""
    now = app.clock.now()
    cutoff = retention.cutoff(now)
    last: DueContact | None = None
    while cutoff is not None:
        contacts = app.retention.due(cutoff + HORIZON, limit=_BATCH, after=last)
        if not contacts:
            return
        last = contacts[-1]
        yield _rows(app, retention, contacts, now)


def report_page(
    app: Application, retention: Retention, *, limit: int, after: DueContact | None
) -> tuple[Sequence[ReportRow], DueContact | None]:
    """Return rows of the report after a contact, and the last contact where more may follow."""
    now = app.clock.now()
    cutoff = retention.cutoff(now)
    if cutoff is None:
        return [], None
    contacts = app.retention.due(cutoff + HORIZON, limit=limit, after=after)
    last = contacts[-1] if len(contacts) == limit else None
    seen = app.visibility.sees if app.visibility else None
    shown = [each for each in contacts if seen is None or seen(each.contact_id)]
    return _rows(app, retention, shown, now), last


def _rows(
    app: Application, retention: Retention, due: Sequence[DueContact], now: datetime
) -> list[ReportRow]:
    ids = [contact.contact_id for contact in due]
    people, contacts = app.names.people(ids), app.ledger.reader.load_all(Contact, ids)
    held = contacts_of_held_campaigns(app.ledger.reader, app.ledger.identity, ids)
    earliest = max(now, retention.begins_at or now)
    days = timedelta(days=retention.days or 0)
    return [
        ReportRow(
            contact_id=contact.contact_id,
            person=people[contact.contact_id],
            ended_at=contact.ended_at,
            forgotten_at=max(contact.ended_at + days, earliest),
            kept=kept_because(
                contacts[contact.contact_id], is_campaign_held=contact.contact_id in held
            ),
        )
        for contact in due
    ]


def report_document(row: ReportRow) -> dict[str, Any]:
    """Return a row as CSV and JSON have it."""
    values = (
        *(iso(row.forgotten_at), row.contact_id, row.person.phone, row.person.name),
        *(iso(row.ended_at), KEPT[row.kept] if row.kept else None),
    )
    return dict(zip(REPORT_FIELDS, values, strict=True))


def retention_document(retention: Retention, now: datetime) -> dict[str, Any]:
    """Return the rule as `retention show --json` prints it."""
    return {
        "days": retention.days,
        "rule": retention.rule or None,
        "begins_at": iso(retention.begins_at),
        "is_running": retention.is_running(now),
    }
