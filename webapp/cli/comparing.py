"""`delivery-ledger compare`: what changed between two moments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import CampaignRow, ContactRow, Counts
from webapp.as_of import Past, is_present, past_of
from webapp.bootstrap import Application
from webapp.cli.common import json_option, open_caught_up, print_json, print_table
from webapp.comparing import (
    CampaignChange,
    ContactChange,
    Moments,
    compare_campaign,
    compare_contacts,
    compare_contacts_of,
    compare_totals,
)
from webapp.comparison_csv import (
    Row,
    csv_lines,
    rows_of_campaign,
    rows_of_contact,
    rows_of_totals,
)
from webapp.documents import event_document, iso
from webapp.explain.comparisons import changed_by, difference, status_words
from webapp.explain.event_problems import shown_summary, shown_time
from webapp.explain.numbers import counted, number
from webapp.explain.people import name_of
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.statuses import state_text
from webapp.explain.times import full_text


@click.command()
@click.argument("first", metavar="FROM")
@click.argument("last", metavar="[TO]", default="now")
@click.option("--campaign", "campaign_id", metavar="ID", help="Only this campaign.")
@click.option("--delivery", "delivery_id", metavar="ID", help="Only this contact of a campaign.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def compare(
    *,
    first: str,
    last: str,
    campaign_id: str | None,
    delivery_id: str | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """What changed from one moment to another, or to now."""
    if campaign_id and delivery_id:
        raise click.UsageError("Choose one of --campaign and --delivery.")
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    app = open_caught_up()
    moments = Moments(_moment(app, first), _moment(app, last), is_present(last))
    moments.check_order()
    if as_csv:
        for line in csv_lines(_rows(app, moments, campaign_id, delivery_id)):
            click.echo(line, nl=False)
    elif campaign_id:
        _campaign(app, moments, campaign_id, as_json=as_json)
    elif delivery_id:
        _contact(app, moments, delivery_id, as_json=as_json)
    else:
        _totals(app, moments, as_json=as_json)


def _rows(
    app: Application, moments: Moments, campaign_id: str | None, delivery_id: str | None
) -> Iterator[Row]:
    if campaign_id:
        comparison = compare_campaign(app, moments, campaign_id)
        return rows_of_campaign(comparison, compare_contacts_of(app, moments, comparison))
    if delivery_id:
        return rows_of_contact(*compare_contacts(app, moments, [delivery_id]))
    return rows_of_totals(compare_totals(app, moments))


def _moment(app: Application, text: str) -> Past:
    reader = app.ledger.reader
    moment = past_of(reader, str(reader.head()) if is_present(text) else text, app.clock.now())
    if moment.meaning:
        click.echo(moment.meaning, err=True)
    return moment


def _totals(app: Application, moments: Moments, *, as_json: bool) -> None:
    totals = compare_totals(app, moments)
    if as_json:
        campaigns = [_campaign_document(change) for change in totals.campaigns]
        counts = _pair(asdict(totals.before), asdict(totals.after))
        _print_document(moments, events=totals.event_count, counts=counts, campaigns=campaigns)
        return
    _print_counts(moments, totals.before, totals.after, totals.event_count)
    for change in totals.campaigns:
        _print_campaign(change)


def _campaign(app: Application, moments: Moments, campaign_id: str, *, as_json: bool) -> None:
    comparison = compare_campaign(app, moments, campaign_id)
    change = comparison.campaign
    contacts = list(compare_contacts_of(app, moments, comparison))
    if as_json:
        names = app.accounts.names()
        _print_document(
            moments,
            events=comparison.event_count,
            campaign=_campaign_document(change),
            acts=[event_document(recorded, names) for recorded in comparison.acts],
            contacts=[_contact_document(contact) for contact in contacts],
        )
        return
    before = change.before.counts if change.before else Counts(0, 0, 0, 0)
    _print_counts(moments, before, change.after.counts, comparison.event_count)
    _print_campaign(change)
    _print_events(comparison.acts)
    click.echo(f"\n{counted(len(contacts), 'contact')} changed")
    if contacts:
        _print_contacts(contacts)


def _contact(app: Application, moments: Moments, delivery_id: str, *, as_json: bool) -> None:
    (contact,) = compare_contacts(app, moments, [delivery_id])
    if as_json:
        document = _contact_document(contact)
        _print_document(moments, events=len(contact.events), contact=document)
        return
    _print_moments(moments, len(contact.events))
    _print_contacts([contact])
    _print_events(contact.events)


# As text.


def _print_moments(moments: Moments, event_count: int) -> None:
    sides = [
        f"#{number(past.seq)}" + (f", {full_text(past.at)}" if past.at else "")
        for past in (moments.first, moments.last)
    ]
    click.echo(f"From {sides[0]}\nto   {sides[1]}: {counted(event_count, 'event')}\n")


def _print_counts(moments: Moments, before: Counts, after: Counts, event_count: int) -> None:
    _print_moments(moments, event_count)
    then, now = asdict(before), asdict(after)
    print_table(
        ("Contacts", "Before", "After", "Change"),
        [
            (name, number(then[name]), number(now[name]), difference(then[name], now[name]))
            for name in now
        ],
    )
    click.echo()


def _print_campaign(change: CampaignChange) -> None:
    before, after = change.before, change.after
    was = state_text(before) if before else "not launched"
    state = state_text(after) if was == state_text(after) else f"{was} → {state_text(after)}"
    counts = ", ".join(
        f"{difference(getattr(before.counts, key) if before else 0, value)} {key}"
        for key, value in asdict(after.counts).items()
        if key != "total" and value != (getattr(before.counts, key) if before else 0)
    )
    click.echo(f"{after.campaign_id}  {after.name}: {state}{f'; {counts}' if counts else ''}")


def _print_events(events: Sequence[RecordedEvent]) -> None:
    for recorded in events:
        at = shown_time(recorded)
        when = full_text(at) if at else "-"
        click.echo(f"#{recorded.seq}  {when}  {shown_summary(recorded)}")


def _print_contacts(contacts: list[ContactChange]) -> None:
    print_table(
        ("Contact", "Before", "After", "Why"),
        [
            (
                name_of(contact.after),
                status_words(contact.before),
                status_words(contact.after),
                changed_by(contact.events) or None,
            )
            for contact in contacts
        ],
    )


# As JSON.


def _print_document(moments: Moments, **parts: Any) -> None:
    print_json({"from": _past(moments.first), "to": _past(moments.last), **parts})


def _past(moment: Past) -> Mapping[str, Any]:
    return {"seq": moment.seq, "at": iso(moment.at)}


def _pair(before: Any, after: Any) -> Mapping[str, Any]:
    return {"before": before, "after": after}


def _campaign_document(change: CampaignChange) -> Mapping[str, Any]:
    def of(row: CampaignRow | None) -> Mapping[str, Any] | None:
        return {"state": row.state, "counts": asdict(row.counts)} if row else None

    names = {"id": change.after.campaign_id, "name": change.after.name}
    return {**names, **_pair(of(change.before), of(change.after))}


def _contact_document(change: ContactChange) -> Mapping[str, Any]:
    def of(row: ContactRow | None) -> Mapping[str, Any] | None:
        if row is None:
            return None
        return {
            "status": row.status,
            "failed_reason": REASON_LABELS[row.failed_reason] if row.failed_reason else None,
            "error_code": row.error_code,
            "attempts": row.attempts,
            "opted_out": row.is_opted_out,
        }

    after = change.after
    return {
        "delivery_id": after.delivery_id,
        "phone": None if after.forgotten_at else after.phone,
        "name": None if after.forgotten_at else after.name,
        **_pair(of(change.before), of(after)),
        "events": [
            {
                "seq": recorded.seq,
                "recorded_at": iso(shown_time(recorded)),
                "summary": shown_summary(recorded),
            }
            for recorded in change.events
        ],
    }
