"""`delivery-ledger campaign check`: what a launch would send; nothing is sent."""

from collections.abc import Sequence
from functools import partial

import click

from ledger.messages.cost_estimate import ContactText, Estimate, Price, estimate
from ledger.messages.message_variants import template_of, written_wordings
from ledger.messages.wording_sizes import wording_sizes
from webapp.acts import LAUNCH
from webapp.check_documents import (
    abroad_document,
    check_document,
    line_types_document,
    wordings_document,
)
from webapp.cli.chosen_lists import list_of, parse_list
from webapp.cli.common import actor, by_option, json_option, open_with, print_json
from webapp.cli.contact_files import (
    ContactFileChoice,
    contact_file_options,
    list_option,
    parse_contact_file,
)
from webapp.cli.launch_options import wording_options, wordings_in
from webapp.cli.ledger_option import chosen_settings
from webapp.cli.look_ups import LookUpRequest, look_up, look_up_options
from webapp.consents import without_consent
from webapp.contact_lists import ListContacts
from webapp.explain.characters import character_name
from webapp.explain.consents import consent_notes
from webapp.explain.contact_files import file_notes
from webapp.explain.countries import abroad_sentence
from webapp.explain.line_types import look_up_notes
from webapp.explain.numbers import counted, plural
from webapp.explain.wordings import no_opt_out_sentence, wording_line


@click.command("check")
@click.option("--message", required=True, help="The text; {{first_name}} takes a column's value.")
@wording_options
@partial(contact_file_options, is_required=False)
@list_option
@look_up_options
@by_option
@json_option
def check_command(
    *,
    message: str,
    wordings: Sequence[str],
    message_column: str | None,
    contact_file: ContactFileChoice,
    look_up_request: LookUpRequest,
    by: str | None,
    as_json: bool,
) -> None:
    """Show what would be sent and what it costs, and what is odd in the file; send nothing."""
    settings = chosen_settings()
    variants = wordings_in(wordings, message_column)
    template = template_of(message, variants)
    written = written_wordings(message, variants)
    if contact_file.list_name:
        app = open_with(settings)
        contacts = ListContacts.of(app, list_of(app, by, contact_file.list_name))
        parsed = parse_list(app, template, contacts, contact_file, skip_invalid=True)
    else:
        parsed = parse_contact_file(settings, template, contact_file, skip_invalid=True)
    texts = [
        ContactText(row.line, row.phone, row.name, template.merge(row.fields))
        for row in parsed.rows
    ]
    costs, price = estimate(texts), settings.price
    sizes = wording_sizes(template, written, parsed.rows)
    abroad = parsed.report.numbers_abroad
    left_out = None
    if settings.requires_consent:
        left_out = without_consent(open_with(settings), parsed.rows)
    looked_up = None
    if look_up_request.is_wanted:
        app = open_with(settings)
        looked_up = look_up(app, parsed.rows, actor(app, by, LAUNCH), look_up_request)
    if as_json:
        document = check_document(parsed, costs, texts, price, without_consent=left_out)
        document |= wordings_document(sizes, price)
        print_json(document | abroad_document(abroad) | line_types_document(looked_up))
        return
    _print_costs(costs, price)
    for size in sizes:
        click.echo(f"  {wording_line(size, price.of(size.segments) if price else '')}")
    if abroad:
        click.echo(abroad_sentence(abroad, settings.phone_region))
    if silent := no_opt_out_sentence(written):
        click.echo(f'{silent[:-1]}; add "Reply STOP to end."')
    notes = (*consent_notes(left_out), *file_notes(parsed.report), *look_up_notes(looked_up))
    for note in notes:
        click.echo(note)
    for row in parsed.skipped:
        click.echo(f"  left out {row}")


def _print_costs(costs: Estimate, price: Price | None) -> None:
    """Print how many segments are sent, and which characters make texts longer."""
    cost = f", about {price.of(costs.segments)}" if price else ""
    click.echo(f"{counted(costs.contacts, 'contact')}, {counted(costs.segments, 'segment')}{cost}.")
    for count, contacts in costs.by_count.items():
        click.echo(f"  {counted(count, 'segment')}: {counted(contacts, 'contact')}")
    for character, contacts in costs.unusual.items():
        texts_of = f"{plural(contacts, 'text')} of {counted(contacts, 'contact')}"
        click.echo(f"  {character_name(character)} is in the {texts_of}")
    if costs.segments_without < costs.segments:
        segments = counted(costs.segments_without, "segment")
        click.echo(f"  without {plural(len(costs.unusual), 'it', 'them')}: {segments}")
