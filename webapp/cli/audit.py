"""`delivery-ledger audit`: what happened, event by event."""

import click

from ledger.store.search import Search
from webapp.audit_filters import check_search
from webapp.cli.common import as_of_option, json_option, open_application, print_json, seq_of
from webapp.documents import event_document


@click.command()
@click.option("--campaign", "campaign_id", metavar="ID", help="Only this campaign.")
@click.option("--delivery", "delivery_id", metavar="ID", help="Only this delivery.")
@as_of_option
@json_option
def audit(
    *, campaign_id: str | None, delivery_id: str | None, as_of: str | None, as_json: bool
) -> None:
    """Every event, in the order of seq."""
    app = open_application()
    names = app.accounts.names()
    seq = seq_of(app, as_of)
    before = None if seq is None else seq + 1
    search = Search(campaign_id=campaign_id, delivery_id=delivery_id, before=before)
    check_search(app.ledger.reader, search)
    rows = [event_document(recorded, names) for recorded in app.ledger.reader.search(search)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        where = row["delivery_id"] or row["campaign_id"] or "-"
        at, actor = (row["recorded_at"] or "-")[:19], row["actor"] or "-"
        click.echo(f"#{row['seq']:<8} {at:<19}  {actor:<12} {where:<28}  {row['summary']}")
