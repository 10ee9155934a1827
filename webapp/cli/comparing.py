"""`delivery-ledger compare`: what changed between two moments."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import click

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import Counts
from webapp.as_of import Past, is_present, past_of
from webapp.bootstrap import Application
from webapp.cli.common import json_option, open_caught_up, print_json, print_table, record_export
from webapp.comparing import (
    CampaignChange,
    CampaignComparison,
    ContactChange,
    Moments,
    Totals,
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
from webapp.comparison_documents import (
    Document,
    campaign_document,
    contact_document,
    totals_document,
)
from webapp.explain.comparisons import campaign_words, changed_by, difference, status_words
from webapp.explain.event_problems import shown_time
from webapp.explain.numbers import counted, number
from webapp.explain.people import name_of
from webapp.explain.shown_summaries import shown_summary
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
    scope = _Scope(app, moments, campaign_id, delivery_id)
    if as_csv:
        rows = scope.rows()
        _record(scope, "csv")
        for line in csv_lines(rows):
            click.echo(line, nl=False)
    elif as_json:
        document = scope.document()
        _record(scope, "json")
        print_json(document)
    else:
        scope.print_text()


def _moment(app: Application, text: str) -> Past:
    reader = app.ledger.reader
    moment = past_of(reader, str(reader.head()) if is_present(text) else text, app.clock.now())
    if moment.meaning:
        click.echo(moment.meaning, err=True)
    return moment


@dataclass(frozen=True)
class _Scope:
    """What is compared: one campaign, one contact, or everything."""

    app: Application
    moments: Moments
    campaign_id: str | None
    delivery_id: str | None

    def rows(self) -> Iterator[Row]:
        if self.campaign_id:
            comparison = self._campaign(self.campaign_id)
            contacts = compare_contacts_of(self.app, self.moments, comparison)
            return rows_of_campaign(comparison, contacts)
        if self.delivery_id:
            return rows_of_contact(self._contact(self.delivery_id))
        return rows_of_totals(compare_totals(self.app, self.moments))

    def document(self) -> Document:
        if self.campaign_id:
            return campaign_document(self.app, self.moments, self._campaign(self.campaign_id))
        if self.delivery_id:
            return contact_document(self.moments, self._contact(self.delivery_id))
        return totals_document(self.moments, compare_totals(self.app, self.moments))

    def print_text(self) -> None:
        if self.campaign_id:
            comparison = self._campaign(self.campaign_id)
            contacts = list(compare_contacts_of(self.app, self.moments, comparison))
            _print_campaign_comparison(self.moments, comparison, contacts)
        elif self.delivery_id:
            contact = self._contact(self.delivery_id)
            _print_moments(self.moments, len(contact.events))
            _print_contacts([contact])
            _print_events(contact.events)
        else:
            _print_totals(self.moments, compare_totals(self.app, self.moments))

    def contact_id(self) -> str | None:
        return self.app.status.contact(self.delivery_id).contact_id if self.delivery_id else None

    def _campaign(self, campaign_id: str) -> CampaignComparison:
        return compare_campaign(self.app, self.moments, campaign_id)

    def _contact(self, delivery_id: str) -> ContactChange:
        (contact,) = compare_contacts(self.app, self.moments, [delivery_id])
        return contact


def _record(scope: _Scope, form: str) -> None:
    record_export(
        scope.app,
        Export(
            kind=ExportKind.COMPARISON,
            form=form,
            campaign_id=scope.campaign_id,
            contact_id=scope.contact_id(),
            until=scope.moments.last.seq,
        ),
    )


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


def _print_totals(moments: Moments, totals: Totals) -> None:
    _print_counts(moments, totals.before, totals.after, totals.event_count)
    for change in totals.campaigns:
        _print_campaign(change)


def _print_campaign_comparison(
    moments: Moments, comparison: CampaignComparison, contacts: list[ContactChange]
) -> None:
    before, after = comparison.campaign.before, comparison.campaign.after
    then = before.counts if before else Counts.NONE
    _print_counts(moments, then, after.counts, comparison.event_count)
    _print_campaign(comparison.campaign)
    _print_events(comparison.acts)
    click.echo(f"\n{counted(len(contacts), 'contact')} changed")
    if contacts:
        _print_contacts(contacts)


def _print_campaign(change: CampaignChange) -> None:
    words = campaign_words(change.before, change.after)
    state = words.after if words.before == words.after else f"{words.before} → {words.after}"
    counts = f"; {words.counts}" if words.counts else ""
    click.echo(f"{change.after.campaign_id}  {change.after.name}: {state}{counts}")


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
