"""Consent to get texts: what counts as new, and who may be texted where it is required (R16).

Standard library only.
"""

from datetime import datetime

from ledger.domain.contact import Contact
from ledger.errors import BadInput

LONGEST_SOURCE = 200


def check_consent(source: str, given_at: datetime, now: datetime) -> None:
    """Raise `BadInput` for a consent without a source, or of the future."""
    if not source.strip():
        raise BadInput("Say how the person gave consent, such as “Enrollment form”.")
    if len(source) > LONGEST_SOURCE:
        raise BadInput(f"The source of a consent may have at most {LONGEST_SOURCE} characters.")
    if given_at > now:
        raise BadInput("Consent cannot have been given in the future; correct its time.")


def lacks_consent(contact: Contact, *, is_reply: bool) -> bool:
    """Whether the contact may not be texted where consent is required.

    A reply may go to everybody who wrote to the school.
    """
    return not (contact.has_consent or (is_reply and contact.has_written))
