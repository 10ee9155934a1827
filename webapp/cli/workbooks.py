"""`delivery-ledger make-workbooks`: makes what pages asked for, as servers do by themselves."""

import click

from webapp.cli.common import open_application
from webapp.workbooks.making import make_waiting


@click.command("make-workbooks")
def make_workbooks() -> None:
    """Make the workbooks that wait in the list of a page; servers do it by themselves."""
    make_waiting(open_application())
