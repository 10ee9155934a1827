"""The command line `delivery-ledger`; exit codes: 0 done, 2 wrong usage, 1 refused or failed."""

import sys

import click

from ledger.errors import LedgerError
from webapp.cli.audit import audit
from webapp.cli.campaigns import campaign
from webapp.cli.contacts import contact
from webapp.cli.decisions import decision
from webapp.cli.keys import keys
from webapp.cli.launching import draft
from webapp.cli.migrating import migrate
from webapp.cli.proof import checkpoint, export, verify
from webapp.cli.reconciling import reconcile
from webapp.cli.running import receive, send, serve, simulate, up
from webapp.cli.sending import sending
from webapp.cli.users import user
from webapp.cli.views import rebuild


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="delivery-ledger")
def cli() -> None:
    """Who got the school's text, who did not and why, and the proof."""


_COMMANDS = (
    *(up, serve, receive, send, simulate),
    *(reconcile, sending, campaign, draft, contact, decision, audit),
    *(checkpoint, verify, export),
    *(rebuild, migrate, keys, user),
)

for _command in _COMMANDS:
    cli.add_command(_command)


def main() -> None:
    """Run the command line; a refusal is one clear sentence on stderr, never a traceback."""
    try:
        cli.main(prog_name="delivery-ledger")
    except LedgerError as error:
        click.echo(f"delivery-ledger: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        sys.stderr.close()
        sys.exit(1)
