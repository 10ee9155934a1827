"""`delivery-ledger campaign follow-up`: a draft to a part of the contacts of a campaign."""

from collections.abc import Sequence
from dataclasses import replace

import click

from ledger.commands.drafts import save_draft
from ledger.domain.vocabulary import FollowUpPart
from webapp.acts import LAUNCH
from webapp.as_of import is_present, past_of
from webapp.cli.common import (
    actor,
    as_of_option,
    by_option,
    json_option,
    office_for,
    open_caught_up,
    print_json,
    print_table,
)
from webapp.cli.launch_options import wording_options, wordings_in
from webapp.explain.follow_ups import PART_LABELS
from webapp.follow_ups import follow_up_order
from webapp.reports.parts import CampaignParts


@click.command("follow-up")
@click.argument("campaign_id", metavar="ID")
@click.option(
    "--part",
    type=click.Choice([part.value for part in FollowUpPart]),
    help="Which of its contacts; without it, how many are in each part.",
)
@click.option("--name", help="What staff call the new campaign.")
@click.option("--message", default="", help="The text; it can be written in the draft later.")
@wording_options
@as_of_option
@by_option
@json_option
def follow_up_command(
    *,
    campaign_id: str,
    part: str | None,
    name: str | None,
    message: str,
    wordings: Sequence[str],
    message_column: str | None,
    as_of: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Save a draft to a part of a campaign's contacts, and print its id; nothing is sent."""
    app = open_caught_up()
    seq, at = app.views.position().seq, app.clock.now()
    if not is_present(as_of):
        moment = past_of(app.ledger.reader, as_of or "", at)
        seq, at = moment.seq, moment.at or app.ledger.reader.time_at(moment.seq)
    if part is None:
        _print_parts(CampaignParts(app, campaign_id, seq, at), as_json=as_json)
        return
    order = follow_up_order(app, campaign_id, FollowUpPart(part), seq, at)
    order = replace(
        order,
        name=name or order.name,
        message=message,
        variants=wordings_in(wordings, message_column),
        office_id=office_for(app, by, order.office_id),
    )
    zone = app.settings.time_zone
    draft_id = save_draft(app.ledger, order, actor(app, by, LAUNCH), zone=zone)
    if as_json:
        print_json({"draft_id": draft_id, "part": part, "seq": seq})
        return
    click.echo(draft_id)


def _print_parts(parts: CampaignParts, *, as_json: bool) -> None:
    counts = parts.counts()
    if as_json:
        print_json({"seq": parts.seq, "parts": {part.value: n for part, n in counts.items()}})
        return
    print_table(
        ("Part", "Meaning", "Contacts"),
        [(part.value, PART_LABELS[part], count) for part, count in counts.items()],
    )
