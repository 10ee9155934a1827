"""`delivery-ledger sending …`: stop all sending at once, and let it go on."""

import click

from ledger.commands.repository import sending_switch
from ledger.commands.sending_switch import AllowSending, StopSending
from webapp.cli.common import actor, by_option, json_option, open_application, print_json
from webapp.explain.sending import missing_texts


@click.group()
def sending() -> None:
    """Stop all sending at once, and let it go on."""


@sending.command("show")
@json_option
def show_command(*, as_json: bool) -> None:
    """Whether anything is sent."""
    switch = sending_switch(open_application().ledger.reader)
    if as_json:
        print_json(
            {
                "off": switch.is_off,
                "cause": switch.cause,
                "reconcile_first": switch.needs_reconciliation,
                "lost_since": switch.lost_since.isoformat() if switch.lost_since else None,
                "lost_attempts": switch.lost_attempts,
                "missing": switch.missing,
            }
        )
        return
    click.echo("Sending is off." if switch.is_off else "Sending is on.")
    if switch.needs_reconciliation:
        click.echo("The ledger was cut short; run `delivery-ledger reconcile` first.")
    if switch.missing:
        click.echo(missing_texts(switch))


@sending.command("stop")
@by_option
def stop_command(*, by: str | None) -> None:
    """Start no more attempts, in any campaign."""
    app = open_application()
    app.ledger.execute(StopSending(actor(app, by))).result()
    click.echo("Sending is off.", err=True)


@sending.command("allow")
@click.option(
    "--despite-missing",
    is_flag=True,
    help="Although Twilio lists no text of some lost attempts: somebody may be texted twice.",
)
@by_option
def allow_command(*, despite_missing: bool, by: str | None) -> None:
    """Let attempts start again."""
    app = open_application()
    app.ledger.execute(AllowSending(actor(app, by), despite_missing)).result()
    click.echo("Sending is on.", err=True)
