"""What staff can decide on a text that may ask for an opt-out, for its page and the API (R16)."""

from ledger.commands.contacts import DismissPossibleOptOut, OptOut
from ledger.domain.vocabulary import OptOutMeans
from ledger.errors import Refused
from projections.possible_opt_outs import PossibleOptOut
from webapp.current import application


def waiting_text(contact_id: str, message_sid: str) -> PossibleOptOut:
    """Return a text that waits for a decision. Raises `Refused` for one that does not."""
    for text in application().possible_opt_outs.of_contacts([contact_id]):
        if text.message_sid == message_sid:
            return text
    raise Refused("This text does not wait for a decision any more: somebody decided before.")


def opt_out_by(text: PossibleOptOut, by: str, request: str | None = None) -> OptOut:
    """Return the command that opts the number out, as the text asks; once for a `request`."""
    return OptOut(
        text.contact_id,
        by,
        text.phone or None,
        means=OptOutMeans.TEXT,
        received_at=text.received_at,
        request=request,
    )


def dismissal_of(
    text: PossibleOptOut, by: str, request: str | None = None
) -> DismissPossibleOptOut:
    """Return the command that records that the text asks for no opt-out; once for a `request`."""
    return DismissPossibleOptOut(text.contact_id, by, text.message_sid, request)
