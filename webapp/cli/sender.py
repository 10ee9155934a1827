"""`delivery-ledger send`: send texts."""

import click

from ledger.commands.launch import sweep_abandoned
from webapp.cli.common import open_application
from webapp.explain.numbers import counted
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
        else:
            with in_thread(maintenance.run, stop):
                sender.run()
