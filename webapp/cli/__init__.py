"""The command line `delivery-ledger`; exit codes: 0 done, 2 wrong usage, 1 refused or failed."""

import gc
import pkgutil
import sys

import click

from ledger.errors import LedgerError, StoreUnavailable
from webapp.cli.lazy import LazyGroup

_COMMANDS = {
    "audit": "webapp.cli.audit:audit",
    "campaign": "webapp.cli.campaigns:campaign",
    "checkpoint": "webapp.cli.proof:checkpoint",
    "compare": "webapp.cli.comparing:compare",
    "contact": "webapp.cli.contacts:contact",
    "decision": "webapp.cli.decisions:decision",
    "draft": "webapp.cli.drafts:draft",
    "export": "webapp.cli.proof:export",
    "keys": "webapp.cli.keys:keys",
    "migrate": "webapp.cli.migrating:migrate",
    "permalink": "webapp.cli.permalinks:permalink",
    "rebuild": "webapp.cli.views:rebuild",
    "receive": "webapp.cli.running:receive",
    "reconcile": "webapp.cli.reconciling:reconcile",
    "scrub": "webapp.cli.scrubbing:scrub_command",
    "send": "webapp.cli.sender:send",
    "sending": "webapp.cli.sending:sending",
    "serve": "webapp.cli.running:serve",
    "simulate": "webapp.cli.simulating:simulate",
    "stamp": "webapp.cli.stamps:stamp",
    "tlog-proof": "webapp.cli.proof:tlog_proof",
    "up": "webapp.cli.running:up",
    "user": "webapp.cli.users:user",
    "verify": "webapp.cli.proof:verify",
    "witness": "webapp.cli.witnessing:witness",
}

_REPAIR = "webapp.cli.common:is_cured_by_repair"


@click.group(
    cls=LazyGroup,
    lazy=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="delivery-ledger")
def cli() -> None:
    """Who got the school's text, who did not and why, and the proof."""


def main() -> None:
    """Run the command line; a refusal is one clear sentence on stderr, never a traceback."""
    try:
        cli.main(prog_name="delivery-ledger")
    except BrokenPipeError:  # the reader of the output has gone, as with `| head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        words = _words_of(error)
        if words is None:
            raise
        click.echo(f"delivery-ledger: {words}", err=True)
        sys.exit(1)
    finally:
        gc.freeze()  # or Python searches the whole program for garbage before it ends


def _words_of(error: Exception) -> str | None:
    """Return the sentence about an error; None for a fault of this program."""
    is_refusal = isinstance(error, LedgerError) and not isinstance(error, StoreUnavailable)
    if not is_refusal and pkgutil.resolve_name(_REPAIR)(error):
        return "The views were not what the events say and were rebuilt. Run the command again."
    return str(error) if isinstance(error, LedgerError) else None
