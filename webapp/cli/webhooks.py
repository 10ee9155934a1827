"""`delivery-ledger webhook …`: the endpoints that get messages about what is recorded."""

import click

from ledger.errors import Refused
from webapp.acts import MANAGE_SYSTEMS
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    print_json,
    print_table,
)
from webapp.documents import iso
from webapp.explain.webhooks import answer_words
from webapp.webhooks.documents import SHOWN_TRIES, endpoint_documents, try_document
from webapp.webhooks.endpoints import NewSecrets
from webapp.webhooks.message import CHOOSABLE
from webapp.webhooks.single import send_test

_endpoint = click.argument("endpoint_id", metavar="ID")


@click.group()
def webhook() -> None:
    """Send messages to other programs about what is recorded."""


@webhook.command("add")
@click.argument("url")
@click.option("--name", required=True, help="What you call the program at that address.")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    help=f"A type of message; may be given several times. Default: {', '.join(CHOOSABLE)}.",
)
@click.option(
    "--personal-data",
    "has_personal_data",
    is_flag=True,
    help="Its messages have phone numbers, names and texts.",
)
@json_option
@by_option
def add_command(
    *,
    url: str,
    name: str,
    types: tuple[str, ...],
    has_personal_data: bool,
    as_json: bool,
    by: str | None,
) -> None:
    """Send the program at URL what is recorded from now on; prints its secret once."""
    app = open_application()
    secrets = app.webhook_endpoints.add(
        url, name, types or CHOOSABLE, _by(app, by), has_personal_data=has_personal_data
    )
    _print_secrets(secrets, as_json=as_json)


@webhook.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Every endpoint, and how far it is behind."""
    app = open_application(must_exist=True)
    documents = endpoint_documents(app)
    if as_json:
        print_json(documents)
        return
    names = ("id", "name", "state", "events_behind", "failing_since")
    headings = ("Endpoint", "Name", "State", "Events behind", "Failing since")
    print_table(headings, [[document[name] for name in names] for document in documents])


@webhook.command("show")
@_endpoint
@json_option
def show_command(*, endpoint_id: str, as_json: bool) -> None:
    """One endpoint with its public key and its last tries."""
    app = open_application(must_exist=True)
    app.webhook_endpoints.endpoint(endpoint_id)
    (document,) = (each for each in endpoint_documents(app) if each["id"] == endpoint_id)
    tries = app.webhook_sending.log.newest(endpoint_id, SHOWN_TRIES)
    if as_json:
        print_json({**document, "tries": [try_document(each) for each in tries]})
        return
    for name in ("id", "name", "url", "sentence", "public_key"):
        click.echo(f"{name.replace('_', ' ').capitalize()}: {document[name]}")
    click.echo(f"Types: {', '.join(document['types'])}")
    click.echo(f"Personal data: {'yes' if document['personal_data'] else 'no'}")
    rows = [(iso(t.at), t.type, t.seq, answer_words(t.answer), t.message_id) for t in tries]
    print_table(("Tried at", "Type", "Event", "Answer", "Message"), rows)


@webhook.command("types")
@_endpoint
@click.option("--type", "types", multiple=True, required=True, metavar="TYPE", help="One of them.")
@by_option
def types_command(*, endpoint_id: str, types: tuple[str, ...], by: str | None) -> None:
    """Send the endpoint messages of these types from now on, and of no others."""
    app = open_application(must_exist=True)
    app.webhook_endpoints.choose_types(endpoint_id, types, _by(app, by))
    click.echo(f"Saved: {', '.join(types)}.", err=True)


@webhook.command("rotate")
@_endpoint
@json_option
@by_option
def rotate_command(*, endpoint_id: str, as_json: bool, by: str | None) -> None:
    """Give the endpoint new secrets; the old ones sign too for 24 hours."""
    app = open_application(must_exist=True)
    secrets = app.webhook_endpoints.rotate(endpoint_id, _by(app, by))
    _print_secrets(secrets, as_json=as_json)


@webhook.command("pause")
@_endpoint
@by_option
def pause_command(*, endpoint_id: str, by: str | None) -> None:
    """Send nothing to the endpoint until it is resumed; its messages wait."""
    app = open_application(must_exist=True)
    app.webhook_endpoints.pause(endpoint_id, _by(app, by))
    click.echo("Paused: its messages wait.", err=True)


@webhook.command("resume")
@_endpoint
@by_option
def resume_command(*, endpoint_id: str, by: str | None) -> None:
    """Send to the endpoint again, at once, where it was paused, switched off or failing."""
    app = open_application(must_exist=True)
    app.webhook_endpoints.resume(endpoint_id, _by(app, by))
    click.echo("Resumed: a process that shows pages sends what waits.", err=True)


@webhook.command("remove")
@_endpoint
@by_option
def remove_command(*, endpoint_id: str, by: str | None) -> None:
    """Send nothing more to the endpoint, for good."""
    app = open_application(must_exist=True)
    app.webhook_endpoints.remove(endpoint_id, _by(app, by))
    click.echo("Removed.", err=True)


@webhook.command("replay")
@_endpoint
@click.option(
    "--since", "since", type=int, required=True, metavar="SEQ", help="The first event to tell."
)
@by_option
def replay_command(*, endpoint_id: str, since: int, by: str | None) -> None:
    """Send everything since event SEQ again, under the same message ids.

    Where SEQ is later than the oldest message that waits, the messages between are skipped.
    """
    app = open_application(must_exist=True)
    app.webhook_endpoints.replay(endpoint_id, since, _by(app, by))
    click.echo(f"A process that shows pages sends everything since #{since}.", err=True)


@webhook.command("test")
@_endpoint
@by_option
def test_command(*, endpoint_id: str, by: str | None) -> None:
    """Send a test message now, and print the answer; exit code 1 where it was not taken."""
    app = open_application(must_exist=True)
    _by(app, by)
    made = send_test(app.webhook_sending, app.webhook_endpoints.endpoint(endpoint_id))
    if not made.answer.is_taken:
        raise Refused(f"The endpoint did not take the message: {answer_words(made.answer)}.")
    click.echo(f"Taken: {answer_words(made.answer)}, after {made.answer.seconds:.2f} s.")


def _print_secrets(secrets: NewSecrets, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "id": secrets.endpoint_id,
                "secret": secrets.secret,
                "public_key": secrets.public_key,
            }
        )
        return
    click.echo(f"Endpoint: {secrets.endpoint_id}")
    click.echo(f"Secret: {secrets.secret}")
    click.echo(f"Public key: {secrets.public_key}")
    click.echo("Keep the secret now: it is not shown again.", err=True)


def _by(app: Application, by: str | None) -> str:
    return actor(app, by, MANAGE_SYSTEMS)
