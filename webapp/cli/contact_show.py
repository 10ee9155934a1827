"""`delivery-ledger contact show`: a person's status in every campaign, and all texts with them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from ledger.errors import NotFound
from projections.campaigns.rows import ContactRow
from projections.conversations.rows import Correspondent, MessageRow
from webapp.cli.common import (
    as_of_option,
    json_option,
    open_caught_up,
    print_json,
    print_table,
    seq_of,
)
from webapp.cli.contact_ids import person_ids_of
from webapp.documents import contact_document, message_document
from webapp.explain.event_problems import shown_time
from webapp.explain.people import name_of, number_of
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.statuses import STATUS_LABELS
from webapp.explain.times import full_text


@click.command("show")
@click.argument("number_or_id", metavar="NUMBER|ID")
@as_of_option
@json_option
def show_command(*, number_or_id: str, as_of: str | None, as_json: bool) -> None:
    """The person with NUMBER: the status in every campaign, and all texts to and from them."""
    app = open_caught_up()
    contact_ids, seq = person_ids_of(app, number_or_id), seq_of(app, as_of)
    conversations = app.conversations if seq is None else app.conversations.as_of(seq)
    status = app.status if seq is None else app.status.as_of(seq)
    people = {each: conversations.correspondent(each) for each in contact_ids}
    person = next(filter(None, people.values()), None)
    if person is None:
        when = "" if seq is None else f" by event #{seq}"
        raise NotFound(f"This contact was not texted, and did not write{when}.")
    deliveries = [row for each in contact_ids for row in status.deliveries_to(each)]
    contact_id, *others = contact_ids
    messages = conversations.thread(contact_id, same_phone=others, size=None).rows
    seqs = {seq for message in messages for seq in (message.seq, message.last_seq)}
    events = app.ledger.reader.events_by_seq(seqs)
    times = {seq: shown_time(events.get(seq)) for seq in seqs}
    if as_json:
        print_json(
            {
                "contact_id": next(each for each, found in people.items() if found),
                "phone": person.phone or None,
                "name": person.name or None,
                "opted_out": person.is_opted_out,
                "deliveries": [
                    {"campaign_id": row.campaign_id, "campaign": row.campaign_name}
                    | contact_document(row, app.codes)
                    for row in deliveries
                ],
                "messages": [message_document(message, times) for message in messages],
            }
        )
        return
    _print(person, deliveries, messages, times)


def _print(
    person: Correspondent,
    deliveries: Sequence[ContactRow],
    messages: Sequence[MessageRow],
    times: Mapping[int, datetime | None],
) -> None:
    opted = "opted out" if person.is_opted_out else "not opted out"
    click.echo(f"{name_of(person)}, {number_of(person)}: {opted}\n")
    print_table(
        ("Campaign", "Delivered", "Failed reason", "Attempts"),
        [
            (
                row.campaign_name,
                STATUS_LABELS[row.status].lower(),
                REASON_LABELS[row.failed_reason] if row.failed_reason else None,
                row.attempts,
            )
            for row in deliveries
        ],
    )
    click.echo()
    print_table(
        ("Since", "Text", "Status", "What it says"),
        [
            (
                full_text(at) if (at := times[message.seq]) else "time not known",
                "from them" if message.is_inbound else message.campaign_name or "reply",
                STATUS_LABELS[message.status].lower() if message.status else None,
                " ".join(message.body.split()) or "forgotten",
            )
            for message in messages
        ],
    )
