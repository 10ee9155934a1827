"""A comparison of two moments as CSV: what its page shows, with all contacts that changed.

kind,id,name,before,after,change,what_happened
count,,delivered,3,24,21,
event,48210,,,,,Campaign paused 15:52:00
contact,del_…,Ada Okafor,Pending,Delivered,,Delivered 15:52:09
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict

from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import Counts
from webapp.comparing import CampaignChange, CampaignComparison, ContactChange, Moments, Totals
from webapp.documents import harmless
from webapp.explain.comparisons import campaign_words, changed_by, event_words, status_words
from webapp.explain.people import name_of
from webapp.explain.statuses import STATE_LABELS

_FIELDS = ("kind", "id", "name", "before", "after", "change", "what_happened")

Row = Mapping[str, object]


def rows_of_totals(totals: Totals) -> Iterator[Row]:
    """Yield the counts, and the campaigns that changed."""
    yield from _counts(totals.before, totals.after)
    for change in totals.campaigns:
        yield _campaign(change)


def rows_of_campaign(
    comparison: CampaignComparison, contacts: Iterable[ContactChange]
) -> Iterator[Row]:
    """Yield the counts, what was done to the campaign, and the contacts that changed."""
    before = comparison.campaign.before
    yield from _counts(before.counts if before else Counts.NONE, comparison.campaign.after.counts)
    yield _campaign(comparison.campaign)
    yield from map(_event, comparison.acts)
    for change in contacts:
        yield {
            "kind": "contact",
            "id": change.after.delivery_id,
            "name": name_of(change.after),
            "before": status_words(change.before),
            "after": status_words(change.after),
            "what_happened": changed_by(change.events),
        }


def rows_of_contact(change: ContactChange) -> Iterator[Row]:
    """Yield what differs of the contact, and the events in between."""
    before, after = change.before, change.after
    for name, was, now in (
        ("Status", status_words(before), status_words(after)),
        ("Attempts", before and before.attempts, after.attempts),
        (
            "Campaign",
            before and STATE_LABELS[before.campaign_state],
            STATE_LABELS[after.campaign_state],
        ),
    ):
        yield {"kind": "field", "id": after.delivery_id, "name": name, "before": was, "after": now}
    yield from map(_event, change.events)


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the file, with its header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _FIELDS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        yield text.getvalue()
        text.seek(0)
        text.truncate()
        writer.writerow(harmless(dict(row)))
    yield text.getvalue()


def file_name(moments: Moments, of: str = "all") -> str:
    """Return the name of the file: what was compared, by id, and both moments."""
    return f"compare-{of}-{moments.first.seq}-{moments.last.seq}.csv"


def _counts(before: Counts, after: Counts) -> Iterator[Row]:
    then, now = asdict(before), asdict(after)
    for name in now:
        yield {
            "kind": "count",
            "name": name,
            "before": then[name],
            "after": now[name],
            "change": now[name] - then[name],
        }


def _campaign(change: CampaignChange) -> Row:
    words = campaign_words(change.before, change.after)
    return {
        "kind": "campaign",
        "id": change.after.campaign_id,
        "name": change.after.name,
        "before": words.before,
        "after": words.after,
        "what_happened": words.counts,
    }


def _event(recorded: RecordedEvent) -> Row:
    return {"kind": "event", "id": recorded.seq, "what_happened": event_words(recorded)}
