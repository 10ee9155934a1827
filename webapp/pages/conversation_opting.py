"""Opting the number of a conversation out and in, also of a person who is in no campaign."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from ledger.errors import NotFound
from webapp.acts import CHANGE_CONTACT
from webapp.addresses import here
from webapp.current import application
from webapp.explain.people import name_of
from webapp.pages import opting
from webapp.pages.opting import OptingPlace
from webapp.permissions import needs

blueprint = Blueprint("conversation_opting", __name__, url_prefix="/conversations/<contact_id>")


@blueprint.get("/opt-out")
@needs(CHANGE_CONTACT)
def confirm_opt_out(contact_id: str) -> ResponseReturnValue:
    """Show what an opt-out of this number will do, in numbers."""
    return opting.confirm_opt_out(_place(contact_id))


@blueprint.post("/opt-out")
@needs(CHANGE_CONTACT)
def opt_out(contact_id: str) -> ResponseReturnValue:
    """Opt the number out."""
    return opting.opt_out(_place(contact_id))


@blueprint.get("/opt-in")
@needs(CHANGE_CONTACT)
def confirm_opt_in(contact_id: str) -> ResponseReturnValue:
    """Show what an opt-in of this number will do, and what it cannot do."""
    return opting.confirm_opt_in(_place(contact_id))


@blueprint.post("/opt-in")
@needs(CHANGE_CONTACT)
def opt_in(contact_id: str) -> ResponseReturnValue:
    """Opt the number in."""
    return opting.opt_in(_place(contact_id))


def _place(contact_id: str) -> OptingPlace:
    """Return the place; it leads back to the person's page, or to the conversation."""
    person = application().conversations.correspondent(contact_id)
    if person is None:
        raise NotFound(f"There is no conversation {contact_id}.")
    campaign_id = request.values.get("campaign_id")
    is_from_person = request.values.get("back") == "person"
    back = (
        url_for("persons.show", contact_id=contact_id)
        if is_from_person
        else conversation_page(contact_id, campaign_id)
    )
    crumb = [] if is_from_person else [("Conversations", url_for("conversations.index"))]
    fields = {"campaign_id": campaign_id, "back": "person" if is_from_person else None}
    return OptingPlace(
        contact_id=contact_id,
        person=person,
        action=here(),
        back=back,
        crumbs=[*crumb, (name_of(person), back)],
        fields={name: value for name, value in fields.items() if value},
    )


def conversation_page(contact_id: str, campaign_id: str | None) -> str:
    """Return the address of a conversation, by itself or in the Activity tab of a campaign."""
    if campaign_id:
        return url_for("conversations.activity", campaign_id=campaign_id, contact_id=contact_id)
    return url_for("conversations.show", contact_id=contact_id)
