"""`delivery-ledger permalink list | revoke`: addresses that show one page without signing in."""

from typing import Any

import click

from ledger.commands.permalinks import RevokePermalink
from webapp.acts import REVOKE_PERMALINK
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    login_name,
    open_application,
    print_json,
    print_table,
)
from webapp.permalink_tokens import permalink_document
from webapp.permalinks import PermalinkRow, permalinks


@click.group()
def permalink() -> None:
    """Addresses that show one page of the past without signing in."""


@permalink.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Every permalink, the newest first. The page "Permalinks" makes them."""
    app = open_application()
    documents = [_document(app, row) for row in permalinks(app.ledger.reader)]
    if as_json:
        print_json(documents)
    else:
        names = ("id", "page", "state", "expires_at", "made_by", "hours_read", "address")
        headings = ("Permalink", "Page", "State", "Ends", "Made by", "Hours read", "Address")
        print_table(headings, [[document[name] for name in names] for document in documents])


@permalink.command("revoke")
@click.argument("permalink_id", metavar="ID")
@by_option
def revoke_command(*, permalink_id: str, by: str | None) -> None:
    """End a permalink now: its address shows nothing any more."""
    app = open_application()
    app.ledger.execute(RevokePermalink(permalink_id, actor(app, by, REVOKE_PERMALINK))).result()
    click.echo(f"Revoked {permalink_id}: its address shows nothing any more.", err=True)


def _document(app: Application, row: PermalinkRow) -> dict[str, Any]:
    """Return a permalink; the user of the shell gets the addresses of their own."""
    reader = app.accounts.with_name(login_name())
    public_url = app.settings.shown_public_url
    return permalink_document(app, row, reader.user_id if reader else None, public_url)
