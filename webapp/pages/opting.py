"""Opting a number out and in by staff: the page that says what it does, and the act.

The act begins on a contact's page, in a campaign, or in a conversation, which also people have who
are in no campaign. Each of these places says where it leads back to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledger.commands.contacts import TWILIO_STILL_BLOCKS, OptIn, OptOut
from ledger.domain.contact import Contact
from ledger.domain.local_times import parse_moment
from ledger.domain.vocabulary import OptOutMeans, Reason
from ledger.errors import Refused
from projections.campaigns.rows import ContactRow
from projections.conversations.rows import Correspondent
from webapp.current import application
from webapp.explain.numbers import counted
from webapp.explain.opt_outs import MEANS_LABELS
from webapp.pages.common import actor, with_refusal_shown
from webapp.sound_aggregates import SoundAggregates


@dataclass(frozen=True, kw_only=True)
class OptingPlace:
    """Whose number is opted out or in, and from where."""

    contact_id: str
    person: ContactRow | Correspondent
    action: str
    """The address of this page, to which the act is posted."""
    back: str
    """The address of the page from which staff came."""
    crumbs: Sequence[tuple[str, str]]
    fields: Mapping[str, str] = field(default_factory=dict)
    """Hidden fields of the form, which say where it leads back to."""


def confirm_opt_out(place: OptingPlace) -> ResponseReturnValue:
    """Show what an opt-out of this number will do, in numbers."""
    if place.person.is_opted_out:
        flash("This number is opted out already.", "info")
        return redirect(place.back, code=303)
    return render_template(
        "contacts/opt_out.html",
        place=place,
        effect=application().status.opt_out_effect(place.contact_id),
        means=MEANS_LABELS,
        time_zone=application().settings.time_zone,
    )


def opt_out(place: OptingPlace) -> ResponseReturnValue:
    """Opt the number out. Raises `BadInput` for a time that cannot be read."""
    means = request.form.get("means")
    command = OptOut(
        place.contact_id,
        actor(),
        place.person.phone or None,
        means=OptOutMeans(means) if means in list(MEANS_LABELS) else None,
        received_at=parse_moment(request.form.get("received_at"), application().settings.time_zone),
        reason=request.form.get("reason"),
    )
    try:
        withdrawn = application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(place.back, refusal)
    deliveries = counted(withdrawn, "waiting delivery")
    flash(f"Opted out: nothing more is sent to this number. {deliveries} withdrawn.", "success")
    return redirect(place.back, code=303)


def confirm_opt_in(place: OptingPlace) -> ResponseReturnValue:
    """Show what an opt-in of this number will do, and what it cannot do."""
    if not place.person.is_opted_out:
        flash("This number is not opted out.", "info")
        return redirect(place.back, code=303)
    contact = SoundAggregates(application().ledger.reader).load(Contact, place.contact_id)
    deliveries = application().status.deliveries_to(place.contact_id)
    return render_template(
        "contacts/opt_in.html",
        place=place,
        source=contact.opt_out_source,
        is_blocked_by_twilio=contact.is_blocked_by_provider,
        twilio_still_blocks=TWILIO_STILL_BLOCKS,
        withdrawn=sum(row.failed_reason is Reason.OPTED_OUT for row in deliveries),
    )


def opt_in(place: OptingPlace) -> ResponseReturnValue:
    """Opt the number in."""
    phone, reason = place.person.phone or None, request.form.get("reason")
    command = OptIn(place.contact_id, actor(), phone, reason=reason)
    try:
        is_blocked = application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(place.back, refusal)
    flash("Opted in: this number may be texted again.", "success")
    if is_blocked:
        flash(TWILIO_STILL_BLOCKS, "warning")
    return redirect(place.back, code=303)
