"""One contact of one campaign: why it has its status, what happened, opting out, forgetting."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.consent import RecordConsent
from ledger.commands.forget import ForgetContact, check_forgettable
from ledger.domain.campaign import ALLOWED
from ledger.domain.local_times import parse_moment
from ledger.domain.vocabulary import ViewPlace
from ledger.errors import BadInput, Refused
from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import ContactRow
from webapp.acts import CHANGE_CONTACT, FORGET
from webapp.addresses import here
from webapp.campaign_legal_holds import CampaignLegalHold, campaign_legal_holds
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.explain.event_summaries import summary_of
from webapp.explain.last_digits import LAST_DIGITS_DIFFER, has_last_digits
from webapp.explain.numbers import counted
from webapp.explain.opt_outs import opt_out_reason
from webapp.explain.people import name_of
from webapp.explain.stated_reasons import reason_sentence
from webapp.explain.timeline import timeline
from webapp.explained_contact import explained_contact, why_of
from webapp.legal_holds import LegalHoldsInForce, legal_holds_on_person
from webapp.pages import live, opting
from webapp.pages.access import access_to, record_view
from webapp.pages.common import (
    actor,
    possible_opt_outs,
    status,
    until_seq,
    with_refusal_shown,
)
from webapp.pages.moments import past
from webapp.pages.opting import OptingPlace
from webapp.pages.shareable_pages import (
    STAFF_TOPICS,
    hides_events_of_staff,
    hides_texts,
    hides_words_of_staff,
)
from webapp.pages.sizes import TIMELINE_ROWS
from webapp.permissions import Permission, needs
from webapp.shown_moment import costs as moment_costs

blueprint = Blueprint("contacts", __name__, url_prefix="/deliveries/<delivery_id>")


@blueprint.get("")
@needs(Permission.SEE_STATUS)
def show(delivery_id: str) -> ResponseReturnValue:
    """Show the contact page."""
    app = application()
    explained = explained_contact(delivery_id)
    row, history = explained.row, explained.history()
    legal_holds = _shown_legal_holds(explained.contacts)
    events = timeline(
        _shown_to_reader(explained.events),
        app.codes,
        app.accounts.names(),
        has_texts=not hides_texts(),
    )
    costs = moment_costs().of_deliveries(row.campaign_id, [delivery_id])
    block = live.make_block(
        "contact",
        "contacts/_contact.html",
        row=row,
        problem=explained.problem,
        why=history and why_of(history),
        shows_consent=row.consent is not None or app.settings.requires_consent,
        hides_source=hides_words_of_staff(),
        legal_holds=legal_holds,
        campaign_holds=_shown_campaign_holds(row.contact_id),
        opt_out=_opt_out_words(history.opted_out) if history and history.opted_out else None,
        costs=costs.get(delivery_id, []),
        events=events[:TIMELINE_ROWS],
        event_count=len(events),
        others=[r for r in status().deliveries_to(row.contact_id) if r.delivery_id != delivery_id],
    )
    if any(each.text is not None for each in events[:TIMELINE_ROWS]):
        record_view(row.contact_id, ViewPlace.CONTACT)
    blocks = [_head(row, legal_holds), block]
    if live.is_asked_for():
        return live.answer(blocks)
    accesses, has_more = access_to(row.contact_id)
    return render_template(
        "contacts/show.html",
        row=row,
        blocks=blocks,
        live=live.page(blocks),
        accesses=accesses,
        has_more_accesses=has_more,
        shows_accesses=not hides_events_of_staff(),
    )


def _opt_out_words(opted_out: RecordedEvent) -> str:
    """Return what was recorded of the opt-out; the reason of staff for those who may see it."""
    reason = None if hides_words_of_staff() else opt_out_reason(opted_out.event)
    return summary_of(opted_out.event) + reason_sentence(reason)


def _shown_to_reader(events: Sequence[RecordedEvent]) -> Sequence[RecordedEvent]:
    """Return the events without those of legal holds where the reader may not see them."""
    return [e for e in events if e.topic not in STAFF_TOPICS] if hides_events_of_staff() else events


def _shown_legal_holds(contacts: Sequence[Sequence[RecordedEvent]]) -> LegalHoldsInForce:
    """Return the legal holds on the person; none where the reader may not see them."""
    if hides_events_of_staff():
        return LegalHoldsInForce(holds=[], problem=None)
    return legal_holds_on_person(contacts, application().accounts.names())


def _shown_campaign_holds(contact_id: str) -> list[CampaignLegalHold]:
    """Return the legal holds on campaigns of the person, where the reader may see them."""
    if hides_events_of_staff():
        return []
    campaigns = {row.campaign_id for row in status().deliveries_to(contact_id)}
    holds = campaign_legal_holds(application(), until_seq()).holds
    return [hold for hold in holds if hold.campaign_id in campaigns]


def _head(row: ContactRow, legal_holds: LegalHoldsInForce) -> live.Block:
    return live.make_block(
        "contact-head",
        "contacts/_head.html",
        row=row,
        is_resend_allowed=row.campaign_state in ALLOWED["resend in"] and past() is None,
        is_held=bool(legal_holds.holds or _shown_campaign_holds(row.contact_id)),
        may_want_to_stop=bool(possible_opt_outs().of_contacts([row.contact_id])),
    )


@blueprint.get("/opt-out")
@needs(CHANGE_CONTACT)
def confirm_opt_out(delivery_id: str) -> ResponseReturnValue:
    """Show what an opt-out of this number will do, in numbers."""
    return opting.confirm_opt_out(_opting_place(delivery_id))


@blueprint.post("/opt-out")
@needs(CHANGE_CONTACT)
def opt_out(delivery_id: str) -> ResponseReturnValue:
    """Opt the number out."""
    return opting.opt_out(_opting_place(delivery_id))


@blueprint.get("/opt-in")
@needs(CHANGE_CONTACT)
def confirm_opt_in(delivery_id: str) -> ResponseReturnValue:
    """Show what an opt-in of this number will do, and what it cannot do."""
    return opting.confirm_opt_in(_opting_place(delivery_id))


@blueprint.post("/opt-in")
@needs(CHANGE_CONTACT)
def opt_in(delivery_id: str) -> ResponseReturnValue:
    """Opt the number in."""
    return opting.opt_in(_opting_place(delivery_id))


def _opting_place(delivery_id: str) -> OptingPlace:
    row = application().status.contact(delivery_id)
    return OptingPlace(
        contact_id=row.contact_id,
        person=row,
        action=here(),
        back=_back(row),
        crumbs=[
            (row.campaign_name, url_for("campaigns.show", campaign_id=row.campaign_id)),
            (name_of(row), url_for("contacts.show", delivery_id=delivery_id)),
        ],
        fields={"back": _back_name()},
    )


@blueprint.get("/consent")
@needs(CHANGE_CONTACT)
def ask_consent(delivery_id: str) -> ResponseReturnValue:
    """Show the form of a consent."""
    row = application().status.contact(delivery_id)
    return render_template(
        "contacts/consent.html",
        row=row,
        time_zone=application().settings.time_zone,
        back=_back(row),
    )


@blueprint.post("/consent")
@needs(CHANGE_CONTACT)
def consent(delivery_id: str) -> ResponseReturnValue:
    """Record that this person agreed to get texts."""
    row = application().status.contact(delivery_id)
    given_at = parse_moment(request.form.get("given_at"), application().settings.time_zone)
    if given_at is None:
        raise BadInput("Say when the person gave consent.")
    command = RecordConsent(
        contact_id=row.contact_id,
        phone=row.phone,
        source=request.form.get("source", ""),
        given_at=given_at,
        by=actor(),
    )
    try:
        application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_back(row), refusal)
    flash("Consent recorded.", "success")
    return redirect(_back(row), code=303)


@blueprint.get("/forget")
@needs(FORGET, is_fresh=True)
def confirm_forget(delivery_id: str) -> ResponseReturnValue:
    """Show what forgetting this contact will do, in numbers."""
    return _ask_before_forgetting(application().status.contact(delivery_id))


@blueprint.post("/forget")
@needs(FORGET, is_fresh=True)
def forget(delivery_id: str) -> ResponseReturnValue:
    """Destroy the personal data of this contact, if the last digits of the number were typed."""
    app = application()
    row = app.status.contact(delivery_id)
    if not has_last_digits(row.phone, request.form.get("digits", "")):
        return _ask_before_forgetting(row, LAST_DIGITS_DIFFER)
    try:
        withdrawn = app.ledger.execute(ForgetContact(row.contact_id, actor(), app.scope)).result()
    except Refused as refusal:
        return with_refusal_shown(_back(row), refusal)
    deliveries = counted(withdrawn, "waiting delivery")
    flash(f"Forgotten: number, name and texts are destroyed. {deliveries} withdrawn.", "success")
    return redirect(_back(row), code=303)


def _ask_before_forgetting(row: ContactRow, error: str = "") -> ResponseReturnValue:
    app = application()
    try:
        check_forgettable(
            app.ledger.reader,
            app.ledger.identity,
            contact_ids_of_person(app, row.contact_id),
            app.scope,
        )
    except Refused as refusal:
        return with_refusal_shown(_back(row), refusal)
    page = render_template(
        "contacts/forget.html",
        row=row,
        effect=app.status.opt_out_effect(row.contact_id),
        campaign_count=len(app.status.deliveries_to(row.contact_id)),
        back=_back(row),
        error=error,
    )
    return (page, 422) if error else page


# Where an act leads back to: the contact page, or the campaign if the act began there.


def _back_name() -> str:
    return "campaign" if request.values.get("back") == "campaign" else "contact"


def _back(row: ContactRow) -> str:
    if _back_name() == "campaign":
        return url_for("campaigns.show", campaign_id=row.campaign_id)
    return url_for("contacts.show", delivery_id=row.delivery_id)
