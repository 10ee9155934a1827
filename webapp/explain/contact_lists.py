"""Words about contact lists."""

from ledger.domain.events import ContactListDeleted, ContactListVersionRecorded, ListVersion
from webapp.explain.numbers import counted, plural


def version_summary(event: ContactListVersionRecorded) -> str:
    """Return what an upload recorded, for the audit trail."""
    left_out = f", {counted(event.left_out, 'row')} left out" if event.left_out else ""
    return (
        f"Version {event.number} of a contact list uploaded: "
        f"{counted(event.contacts, 'contact')}{left_out}"
    )


def deleted_summary(event: ContactListDeleted) -> str:
    """Return that a list was deleted, and by what."""
    by_rule = " by the retention rule" if event.rule is not None else ""
    return f"Contact list deleted{by_rule}"


def list_version_words(contact_list: ListVersion | None) -> str:
    """Return to which list a launch goes, for the audit trail; blank for a file."""
    if contact_list is None:
        return ""
    return f": to version {contact_list.number} of the contact list {contact_list.list_id}"


def uploaded_sentence(contacts: int, left_out: int, repeated: int) -> str:
    """Return what an upload kept, and what it did not."""
    sentence = f"{counted(contacts, 'contact')} kept."
    if left_out:
        what = plural(left_out, "is", "are")
        sentence += f" {counted(left_out, 'row')} without a usable number {what} not kept."
    if repeated:
        sentence += f" {counted(repeated, 'row')} with the number of an earlier row: one text each."
    return sentence
