"""`delivery-ledger sending …`: stop all sending at once, and let it go on."""

import click

from ledger.commands import sending_switch as permission
from webapp.cli.common import actor, application, by_option, json_option, print_json


@click.group()
def sending() -> None:
    """Stop all sending at once, and let it go on."""


@sending.command("show")
@json_option
def show_command(*, as_json: bool) -> None:
    """Whether anything is sent."""
    found = permission.permission_of(application().ledger)
    if as_json:
        print_json(
            {"off": found.is_off, "cause": found.cause, "reconcile_first": found.needs_reconciling}
        )
        return
    click.echo("Sending is off." if found.is_off else "Sending is on.")
    if found.needs_reconciling:
        click.echo("The ledger was cut short; run `delivery-ledger reconcile` first.")


@sending.command("stop")
@by_option
def stop_command(*, by: str | None) -> None:
    """Start no attempt any more, of any campaign."""
    found = application()
    permission.stop(found.ledger, actor(found, by))
    click.echo("Sending is off.", err=True)


@sending.command("allow")
@by_option
def allow_command(*, by: str | None) -> None:
    """Let attempts start again."""
    found = application()
    permission.allow(found.ledger, actor(found, by))
    click.echo("Sending is on.", err=True)
