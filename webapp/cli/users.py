"""`delivery-ledger user …`: who may sign in to the pages."""

import click

from ledger.errors import BadSetting
from webapp.cli.common import open_application


@click.group()
def user() -> None:
    """Let staff sign in to the pages."""


@user.command("add")
@click.argument("name")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def add_command(*, name: str, password: str) -> None:
    """Give NAME a password, or a new one."""
    open_application().accounts.set_password(name, password)
    click.echo(f"{name} can sign in.", err=True)


@user.command("link")
@click.argument("name")
def link_command(*, name: str) -> None:
    """Print a link that signs NAME in, once, within a day."""
    app = open_application()
    public_url = app.settings.shown_public_url
    if public_url is None:
        raise BadSetting("Set LEDGER_PUBLIC_URL to the address of the pages; the link begins so.")
    click.echo(f"{public_url}/sign-in/{app.accounts.new_sign_in_link_token(name)}")
