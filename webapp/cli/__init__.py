"""The command line `delivery-ledger`.

Exit codes: 0 done, 2 wrong usage, 1 refused or failed, 3 a launch that waits for approval.
"""

import gc
import os
import pkgutil
import sys
from typing import Any

import click

from ledger.errors import (
    BadSetting,
    LedgerError,
    Refused,
    ResendWaitsForApproval,
    WaitsForApproval,
)
from ledger.parent_process import end_with
from webapp.cli.command_table import COMMANDS
from webapp.cli.lazy import LazyGroup
from webapp.cli.ledger_option import ledger_option, named
from webapp.logs import set_up_logging

_REMEDY_WORDS = "webapp.cli.remedies:remedy_words"


class _RepairingGroup(LazyGroup):
    """All commands. Where rows of the views make one fail, they are replaced for the next run."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Commands in the sentence of a refusal name the ledger."""
        try:
            return self._invoke(ctx)
        except (WaitsForApproval, ResendWaitsForApproval):
            raise
        except LedgerError as error:
            sentence = named(str(error))
            if sentence == str(error):
                raise
            raise LedgerError(sentence) from error

    def _invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises `Refused` where rows of the views made it fail."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BadSetting):
            raise
        except Exception as error:
            words = pkgutil.resolve_name(_REMEDY_WORDS)(ctx, error)
            if not words:
                raise
            raise Refused(words) from error


_NOBODY_ELSE = 0o077
_WAITS = 3
"""The exit code of a launch or a resend that waits for approval."""


@click.group(
    cls=_RepairingGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="delivery-ledger")
@ledger_option
@click.option("--end-with", "parent_id", type=int, hidden=True, help="The process that started us.")
def cli(parent_id: int | None) -> None:
    """Who got the school's text, who did not and why, and the proof."""
    if parent_id is not None:
        end_with(parent_id)


def main() -> None:
    """Run the command line; a refusal is one clear sentence on stderr, never a traceback.

    Every file that it creates, also by libraries, is its user's alone: 0600 in a folder of 0700.
    """
    os.umask(_NOBODY_ELSE)
    set_up_logging()
    try:
        cli.main(prog_name="delivery-ledger")
    except LedgerError as error:
        click.echo(f"delivery-ledger: {error}", err=True)
        is_waiting = isinstance(error, WaitsForApproval | ResendWaitsForApproval)
        sys.exit(_WAITS if is_waiting else 1)
    except BrokenPipeError:  # the reader of the output has gone, as with `| head`
        sys.stderr.close()
        sys.exit(1)
    finally:
        gc.freeze()  # or Python searches the whole program for garbage before it ends
