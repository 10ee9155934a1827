"""`delivery-ledger list …`: contact lists that are kept for several campaigns."""

from collections.abc import Sequence
from contextlib import suppress

import click

from ledger.errors import BadInput, StoreUnavailable
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.contact_header import PhoneColumnUnclear
from webapp.acts import LAUNCH
from webapp.bootstrap import Application
from webapp.check_documents import skipped_document
from webapp.cli.common import (
    actor,
    as_of_option,
    by_option,
    copy_of,
    json_option,
    office_for,
    open_caught_up,
    print_json,
    print_table,
    progress,
    scope_of,
    scrub,
    seq_of,
)
from webapp.cli.contact_files import ContactFileChoice, contact_file_options
from webapp.contact_lists import (
    NewList,
    UploadedFile,
    delete_list,
    make_list,
    rename_list,
    replace_list,
)
from webapp.documents import contact_list_document
from webapp.explain.contact_lists import uploaded_sentence


@click.group("list")
def contact_list() -> None:
    """Contact lists: files of contacts that are kept for several campaigns."""


@contact_list.command("make")
@click.argument("name")
@contact_file_options
@click.option("--office", metavar="OFFICE", help="Whose list it is.")
@by_option
@json_option
def make_command(
    *, name: str, contact_file: ContactFileChoice, office: str | None, by: str | None, as_json: bool
) -> None:
    """Keep the contacts of a file as the list NAME, and print its id."""
    app, who = _opened(by)
    new = NewList(name=name, office_id=office_for(app, by, office))
    parsed, list_id = _uploaded(app, contact_file, who, new=new)
    _print_upload(list_id, parsed, as_json=as_json)


@contact_list.command("replace")
@click.argument("name")
@contact_file_options
@by_option
@json_option
def replace_command(
    *, name: str, contact_file: ContactFileChoice, by: str | None, as_json: bool
) -> None:
    """Upload a file as the next version of the list NAME."""
    app, who = _opened(by)
    list_id = app.contact_lists.named(name).list_id
    parsed, _ = _uploaded(app, contact_file, who, list_id=list_id)
    _print_upload(list_id, parsed, as_json=as_json)


@contact_list.command("show")
@click.argument("name", required=False)
@as_of_option
@json_option
def show_command(*, name: str | None, as_of: str | None, as_json: bool) -> None:
    """Every list; with NAME, the versions of one."""
    app = open_caught_up()
    seq = seq_of(app, as_of)
    queries = app.contact_lists if seq is None else app.contact_lists.as_of(seq)
    rows = [queries.named(name)] if name else queries.all()
    if as_json:
        print_json([contact_list_document(row) for row in rows])
        return
    print_table(
        ("Id", "Name", "Version", "Contacts", "Uploaded"),
        [
            (row.list_id, row.name, each.number, each.contacts, each.at.isoformat())
            for row in rows
            for each in (row.versions if name else row.versions[:1])
        ],
    )


@contact_list.command("rename")
@click.argument("name")
@click.argument("new_name")
@by_option
def rename_command(*, name: str, new_name: str, by: str | None) -> None:
    """Give the list NAME another name."""
    app, who = _opened(by)
    rename_list(app, app.contact_lists.named(name).list_id, new_name, who)
    click.echo(f"{name} is {new_name} now.", err=True)


@contact_list.command("delete")
@click.argument("name")
@by_option
def delete_command(*, name: str, by: str | None) -> None:
    """Delete the list NAME with all its versions; campaigns that went to it stay."""
    app, who = _opened(by)
    row = app.contact_lists.named(name)
    delete_list(app, row.list_id, who)
    with suppress(StoreUnavailable):
        app.views.catch_up()
    scrub(app)
    click.echo(f"Deleted {row.name}.", err=True)


def _opened(by: str | None) -> tuple[Application, str]:
    """Return the application as who acts sees it, and their id."""
    app = open_caught_up()
    who = actor(app, by, LAUNCH)
    return app.within(scope_of(app, by)), who


def _uploaded(
    app: Application,
    chosen: ContactFileChoice,
    who: str,
    *,
    new: NewList | None = None,
    list_id: str = "",
) -> tuple[ParsedContacts, str]:
    if chosen.path is None:
        raise click.UsageError("Name the file of contacts with --contacts.")
    with copy_of(chosen.path) as copy, progress("Recording contacts") as report:
        uploaded = UploadedFile(file=copy, name=chosen.path.name, phone_column=chosen.phone_column)

        def show(count: int) -> None:
            report(count, count)

        try:
            if new is None:
                return replace_list(app, list_id, uploaded, who, progress=show), list_id
            made_id, parsed = make_list(app, new, uploaded, who, progress=show)
        except PhoneColumnUnclear as unclear:
            raise BadInput(f"{unclear} Name the column with --phone-column.") from unclear
    return parsed, made_id


def _print_upload(list_id: str, parsed: ParsedContacts, *, as_json: bool) -> None:
    if as_json:
        skipped: Sequence[object] = [skipped_document(row) for row in parsed.skipped]
        print_json({"id": list_id, "contacts": len(parsed.rows), "skipped": skipped})
        return
    click.echo(list_id)
    repeated = len(parsed.skipped) - len(parsed.bad)
    click.echo(uploaded_sentence(len(parsed.rows), len(parsed.bad), repeated), err=True)
    for row in parsed.bad:
        click.echo(f"  not kept {row}", err=True)
