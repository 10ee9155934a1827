"""What each mark, state, reason and code means, where it is seen, and what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ledger.domain.error_codes import CodeTable, ErrorCode
from ledger.domain.vocabulary import CampaignState, Reason
from webapp.explain.reasons import REASON_LABELS

_CONVERSATIONS = "Conversations, Activity tab"


@dataclass(frozen=True)
class GlossaryEntry:
    """One row of the glossary."""

    key: str
    """The key of the mark, or the campaign's state."""
    where: str
    meaning: str
    to_do: str


CONTACT_ENTRIES = (
    GlossaryEntry(
        "delivered",
        "Contacts tab",
        "A delivery report came: the phone has the text. It stays so, even when an older attempt "
        "is reported as failed afterwards.",
        "Nothing.",
    ),
    GlossaryEntry(
        "pending",
        "Contacts tab",
        "Neither delivered nor failed yet. The words beside it say where it is: queued, sending, "
        "with the carrier, or waiting, and for what. After a cause that may pass it is tried again "
        "when the cause may have passed, and stays pending all the while.",
        "Wait. The contact page says why it is pending and when the next attempt is. To give up, "
        "close the campaign: what is pending then stays pending.",
    ),
    GlossaryEntry(
        "failed",
        "Contacts tab",
        "No further attempt is made. The Failed Reason column says why, first in a word or two, "
        "then in a sentence.",
        "Read the reason. Remove the cause and resend, or reach the person another way. Resend "
        "leaves out numbers that cannot be reached, and phones that block the school's texts, "
        "unless you insist.",
    ),
    GlossaryEntry(
        "opted_out",
        "Contacts tab, contact page",
        "The person asked not to be texted: by STOP, in their own words, or through staff. It goes "
        "by the number, in every campaign: what was waiting has failed, and nothing more is sent "
        "but one confirmation.",
        "Respect it. Opt the number in again only when the person asks; after a STOP the person "
        "must also text START.",
    ),
)

MESSAGE_ENTRIES = (
    GlossaryEntry(
        "waiting",
        _CONVERSATIONS,
        "The text is being handed to Twilio; Twilio is not known to have it yet.",
        "Wait. When it stays so, Twilio is asked what became of it.",
    ),
    GlossaryEntry(
        "sent",
        _CONVERSATIONS,
        "Twilio has taken the text. The Contacts tab says whether it is on the phone yet.",
        "Nothing.",
    ),
    GlossaryEntry(
        "undelivered",
        _CONVERSATIONS,
        "The last attempt did not reach the phone. Point at the mark, or move to it with the Tab "
        "key, to read the reason.",
        "Look at the contact: it may be Pending, with another attempt planned, or Failed for good.",
    ),
)

SCHEDULED_ENTRY = GlossaryEntry(
    "scheduled",
    "Campaigns, contact page",
    "It is launched, and its start is still to come. Nobody is texted before.",
    "Nothing. To stop it, pause or close it.",
)

STATE_ENTRIES = (
    GlossaryEntry(
        CampaignState.SENDING,
        "Campaigns, contact page",
        "What is due is sent.",
        "Nothing.",
    ),
    GlossaryEntry(
        CampaignState.PAUSED,
        "Campaigns, contact page",
        "No attempt starts. Staff paused it, or it paused by itself: Twilio refused the school's "
        "account or settings or the first five attempts, the first texts failed because of the "
        "school's account, something else answered in Twilio's place, or too many texts failed. "
        "Then it says so.",
        "Resume it once the cause is removed.",
    ),
    GlossaryEntry(
        CampaignState.CLOSED,
        "Campaigns, contact page",
        "No further attempts, for good. What is pending stays pending; reports on texts already "
        "sent still count.",
        "Archive it when no more reports are expected.",
    ),
)

URGENT_ENTRY = GlossaryEntry(
    "urgent",
    "Campaigns, contact page",
    "It was launched as urgent: its texts go out at any hour, at night too, and before those of "
    "other campaigns. Opt-outs, its start and deadline, and pauses count as always.",
    "Nothing. A clone of it is not urgent.",
)

CAMPAIGN_ENTRIES = (
    GlossaryEntry(
        "complete",
        "Campaigns",
        "Every contact is delivered or failed. Nobody sets it; the program sees it. A resend opens "
        "the campaign again.",
        "Look at the failed ones.",
    ),
    GlossaryEntry(
        "archived",
        "Campaigns, contact page",
        "Every status stays as it is, Pending too, for good. Later reports are kept and shown as "
        "“after archive”, and change nothing.",
        "Nothing. Preview and Opt-Out are still offered.",
    ),
)


MAY_STOP_ENTRY = GlossaryEntry(
    "may-stop",
    _CONVERSATIONS,
    "The person wrote something that may ask for no more texts, and nobody has decided about it "
    "yet. Until then the number is texted as before.",
    "Press it, read the text on the page Possible opt-outs, and decide there.",
)

OVERDUE_ENTRY = GlossaryEntry(
    "overdue",
    "Possible opt-outs",
    "The ten business days in which a request must be honoured are over, and nobody has decided "
    "about the text.",
    "Decide at once. If it asks for no more texts, press Opt out.",
)

LEGAL_HOLD_ENTRY = GlossaryEntry(
    "held",
    "Contact page",
    "The data of the person must be kept, for example for a lawsuit, so the contact cannot be "
    "forgotten. Texts go out as before.",
    "Nothing. Release the hold on the page Legal hold… when it has ended.",
)


def reasons_by_label() -> list[Reason]:
    """Return every reason in the alphabetical order of labels."""
    return sorted(Reason, key=REASON_LABELS.__getitem__)


def codes_with(codes: CodeTable, words: str) -> Sequence[ErrorCode]:
    """Return the codes that have all these words, or parts of them, in number, name or meaning."""
    wanted = words.casefold().split()
    return [code for code in codes if all(word in _words_of(code) for word in wanted)]


def _words_of(code: ErrorCode) -> str:
    label = REASON_LABELS[code.reason]
    return f"{code.code} {code.title} {code.sentence} {label}".casefold()


def codes_by_reason(codes: Iterable[ErrorCode]) -> Sequence[tuple[Reason, Sequence[ErrorCode]]]:
    """Return each reason, by label, with its codes, by number."""
    ordered = sorted(codes, key=lambda code: (REASON_LABELS[code.reason], int(code.code)))
    return [(reason, list(group)) for reason, group in groupby(ordered, lambda c: c.reason)]
