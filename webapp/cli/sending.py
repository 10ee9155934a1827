"""`delivery-ledger sending …`: stop all sending at once, and let it go on."""

import click

from ledger.commands.repository import sending_switch
from ledger.commands.sending_switch import AllowSending, StopSending
from webapp.cli.common import actor, by_option, json_option, open_application, print_json
from webapp.documents import iso
from webapp.explain.reasons import code_words
from webapp.explain.sending import missing_texts
from webapp.explain.times import full_text


@click.group()
def sending() -> None:
    """Stop all sending at once, and let it go on."""


@sending.command("show")
@json_option
def show_command(*, as_json: bool) -> None:
    """Whether anything is sent."""
    app = open_application()
    switch = sending_switch(app.ledger.reader)
    is_held = switch.is_held(app.clock.now())
    if as_json:
        print_json(
            {
                "off": switch.is_off,
                "cause": switch.cause,
                "reconcile_first": switch.needs_reconciliation,
                "lost_since": switch.lost_since.isoformat() if switch.lost_since else None,
                "lost_attempts": switch.lost_attempts,
                "missing": switch.missing,
                "held_until": iso(switch.held_until) if is_held else None,
                "held_code": switch.held_code if is_held else None,
            }
        )
        return
    click.echo("Sending is off." if switch.is_off else "Sending is on.")
    if is_held and switch.held_until and switch.held_code:
        limit = code_words(switch.held_code, app.codes)
        click.echo(
            f"The sender reached a limit, {limit}: no text goes out before "
            f"{full_text(switch.held_until)}. Then sending goes on by itself."
        )
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
