"""`delivery-ledger template …`: messages that staff keep under a name."""

from collections.abc import Sequence
from dataclasses import replace

import click

from ledger.domain.events import CampaignText
from ledger.errors import BadInput
from webapp.acts import LAUNCH
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    as_of_option,
    by_option,
    json_option,
    office_for,
    open_application,
    print_json,
    print_table,
    scope_of,
    seq_of,
)
from webapp.cli.launch_options import wording_options, wordings_in
from webapp.documents import template_document
from webapp.named_templates import (
    TemplateQueries,
    archive_template,
    change_template,
    make_template,
)


@click.group()
def template() -> None:
    """Templates: messages that staff choose in the form of a new campaign."""


@template.command("make")
@click.argument("name")
@click.option("--message", required=True, help="The text; {{first_name}} takes a column's value.")
@wording_options
@click.option("--office", metavar="OFFICE", help="Whose template it is: its name or id.")
@by_option
def make_command(
    *,
    name: str,
    message: str,
    wordings: Sequence[str],
    message_column: str | None,
    office: str | None,
    by: str | None,
) -> None:
    """Keep a message as the template NAME, and print its id."""
    app, who = _opened(by)
    variants = wordings_in(wordings, message_column)
    text = CampaignText(name=name, message=message, variants=variants)
    click.echo(make_template(app, text, who, office_id=office_for(app, by, office)))


@template.command("list")
@click.option("--archived", is_flag=True, help="Those that are archived.")
@as_of_option
@json_option
def list_command(*, archived: bool, as_of: str | None, as_json: bool) -> None:
    """Every template that can be chosen, by name."""
    app = open_application()
    rows = TemplateQueries(app, seq_of(app, as_of)).all(archived=archived)
    if as_json:
        print_json([template_document(row) for row in rows])
        return
    print_table(
        ("Id", "Name", "Changed", "Message"),
        [
            (row.template.template_id, row.name, row.changed_at.isoformat(), _first_line(row.text))
            for row in rows
        ],
    )


@template.command("change")
@click.argument("name")
@click.option("--name", "new_name", help="Another name.")
@click.option("--message", help="Another text; without it, the texts stay.")
@wording_options
@by_option
def change_command(
    *,
    name: str,
    new_name: str | None,
    message: str | None,
    wordings: Sequence[str],
    message_column: str | None,
    by: str | None,
) -> None:
    """Give the template NAME another name or another text, with all its wordings."""
    app, who = _opened(by)
    variants = wordings_in(wordings, message_column)
    row = TemplateQueries(app).named(name)
    if variants and message is None:
        raise BadInput("Wordings belong to a message: write it with --message.")
    if new_name is None and message is None:
        raise BadInput("Nothing is to be changed: write a --name or a --message.")
    text = row.text if new_name is None else replace(row.text, name=new_name)
    if message is not None:
        text = replace(text, message=message, variants=variants)
    change_template(app, row.template.template_id, text, who)
    click.echo(f"Changed {text.name}.", err=True)


@template.command("archive")
@click.argument("name")
@by_option
def archive_command(*, name: str, by: str | None) -> None:
    """Let nobody choose the template NAME any more; campaigns with its text stay."""
    app, who = _opened(by)
    row = TemplateQueries(app).named(name)
    archive_template(app, row.template.template_id, who)
    click.echo(f"Archived {row.name}.", err=True)


def _opened(by: str | None) -> tuple[Application, str]:
    """Return the application as who acts sees it, and their id."""
    app = open_application()
    who = actor(app, by, LAUNCH)
    return app.within(scope_of(app, by)), who


def _first_line(text: CampaignText) -> str:
    return text.message.strip().partition("\n")[0]
