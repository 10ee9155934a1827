"""`delivery-ledger send`: send texts."""

import click

from ledger.commands.launch import sweep_abandoned
from ledger.commands.repository import sending_switch
from webapp.cli.common import open_application
from webapp.explain.numbers import counted
from webapp.explain.sending import why_sending_is_off
from webapp.processes import in_thread, until_stopped


@click.command()
@click.option("--once", is_flag=True, help="Make one pass over what is due, and end.")
def send(*, once: bool) -> None:
    """Send what is due, and go on doing so."""
    app = open_application()
    with until_stopped() as stop:
        sender, maintenance = app.sending.sender(stop), app.sending.maintenance(stop)
        sweep_abandoned(app.ledger)
        if once:
            maintenance.run_once()
            attempts = sender.run_once()
            click.echo(f"{counted(attempts, 'attempt')} made.", err=True)
            switch = sending_switch(app.ledger.reader)
            if switch.is_off:
                click.echo(why_sending_is_off(switch), err=True)
        else:
            with in_thread(maintenance.run, stop):
                sender.run()
