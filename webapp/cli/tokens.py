"""`delivery-ledger token …`: tokens that open the API for programs, of people and of systems."""

from datetime import timedelta

import click

from ledger.domain.vocabulary import Role
from webapp.accounts.api_tokens import USUAL_LIFETIME, TokenOrder
from webapp.acts import MANAGE_SYSTEMS
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    print_json,
    print_table,
)
from webapp.explain.times import minute_text
from webapp.permissions import Access
from webapp.token_documents import token_document, token_owner


@click.group()
def token() -> None:
    """Let programs use the API: make their tokens, list them, and end them."""


@token.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.VIEWER.value,
    show_default=True,
    help="What the token may do.",
)
@click.option(
    "--for",
    "person",
    metavar="USER",
    help="It acts as this person, who has an account; without it, as a system named NAME.",
)
@click.option(
    "--days", default=USUAL_LIFETIME.days, show_default=True, help="How long it can be used."
)
@click.option("--numbers", "sees_numbers", is_flag=True, help="A viewer's sees phone numbers too.")
@click.option(
    "--office", "offices", metavar="OFFICE", multiple=True, help="It sees only this office."
)
@by_option
@json_option
def add_command(
    *,
    name: str,
    role: str,
    person: str | None,
    days: int,
    sees_numbers: bool,
    offices: tuple[str, ...],
    by: str | None,
    as_json: bool,
) -> None:
    """Make a token for the program NAME, and print it. It is shown once."""
    app = open_application()
    shows = sees_numbers and role == Role.VIEWER
    order = TokenOrder(
        name=name,
        access=Access(
            Role(role), shows, office_ids=frozenset(app.offices.named(o).office_id for o in offices)
        ),
        lifetime=timedelta(days=min(max(days, 0), 10_000)),
    )
    maker_id = actor(app, by, MANAGE_SYSTEMS)
    maker = Access(Role.ADMIN)  # as everybody on the command line whom `actor` accepts for this
    if person is None:
        made, secret = app.token_changes.add_of_system(order, maker_id, maker)
    else:
        made, secret = app.token_changes.add(
            app.accounts.known_id_of(person), order, maker_id, maker
        )
    if as_json:
        print_json(token_document(app, made) | {"token": secret})
        return
    click.echo(secret)
    until = minute_text(made.expires_at)
    click.echo(
        f"The token {made.token_id} of {token_owner(app, made)}, {made.access.role}, until {until} "
        "UTC. Store it now: it is not shown again.",
        err=True,
    )


@token.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Show every token, the newest first; the secrets themselves are known to nobody."""
    app = open_application(must_exist=True)
    tokens = app.accounts.api_tokens.all()
    if as_json:
        print_json([token_document(app, each) for each in tokens])
        return
    now = app.clock.now()
    rows = [
        (
            each.token_id,
            f"{each.start}…",
            each.name,
            token_owner(app, each),
            each.access.role,
            each.state_at(now),
            minute_text(each.expires_at),
            minute_text(each.used_at) if each.used_at else None,
        )
        for each in tokens
    ]
    headings = ("Id", "Begins", "Name", "Acts as", "Role", "State", "Until (UTC)", "Used (UTC)")
    print_table(headings, rows)


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@by_option
def revoke_command(*, token_id: str, by: str | None) -> None:
    """End a token now: nothing accepts it any more."""
    app = open_application(must_exist=True)
    app.token_changes.revoke(token_id, actor(app, by, MANAGE_SYSTEMS))
    click.echo(f"Revoked {token_id}: nothing accepts it any more.", err=True)
