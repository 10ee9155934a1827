"""The words of a person's file, and the whole file as plain text."""

from collections.abc import Iterator, Sequence

from ledger.domain.vocabulary import DeliveryStatus, MessageStatus
from ledger.messages.phone_numbers import display
from projections.conversations.rows import MessageRow
from webapp.explain.event_fields import Pairs
from webapp.explain.numbers import counted, number
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.statuses import STATUS_LABELS
from webapp.explain.times import day_text, full_text, minute_text
from webapp.person_file.content import Enrolment, HeldEvent, PersonFile

TITLE = "What is held about this person"
_NO_TIME = "time not known"
NOT_INCLUDED = (
    "Not in this file: what Twilio itself keeps, backups, contact files outside this program, and "
    "files that were exported before."
)


def facts_of(file: PersonFile) -> Pairs:
    """Return the summary at the top of the file: terms and their values."""
    forgotten = [("Forgotten", f"on {day_text(file.forgotten_at)}")] if file.forgotten_at else []
    return [
        ("Name", ", ".join(file.names) or "not known"),
        ("Number", ", ".join(map(display, file.phones)) or "not known"),
        *forgotten,
        ("Texts", _count_of(file.texts)),
        ("Opted out", "Yes: nothing more is sent" if file.is_opted_out else "No"),
        ("Consent", "Recorded" if file.has_consent else "Not recorded"),
        ("Legal holds in force", number(len(file.legal_holds))),
        ("Called in the ledger", ", ".join(file.contact_ids)),
    ]


def _count_of(texts: Sequence[MessageRow]) -> str:
    """Return "3 for the person, of which 2 were sent; 1 from them"."""
    outbound = [text for text in texts if not text.is_inbound]
    sent = sum(text.status is MessageStatus.SENT for text in outbound)
    were_sent = f"{counted(sent, 'was', 'were')} sent"
    which = f", of which {were_sent}" if outbound else ""
    inbound = len(texts) - len(outbound)
    return f"{number(len(outbound))} for the person{which}; {number(inbound)} from them"


def origin_of(text: MessageRow) -> str:
    """Return who sent a text, and in which campaign."""
    if text.is_inbound:
        return "From the person"
    if text.is_confirmation:
        return "Confirmation of the opt-out"
    return f"Campaign “{text.campaign_name}”" if text.campaign_name else "Reply of staff"


def status_of(file: PersonFile, text: MessageRow) -> str:
    """Return what became of a text, with its last time: "Delivered, 2 Mar 2026, 09:01"."""
    if text.standing is None:
        return "Received"
    status, reason = text.standing.status, text.standing.reason
    label = STATUS_LABELS[status]
    if status is DeliveryStatus.FAILED and reason:
        code = f" ({text.standing.code})" if text.standing.code else ""
        label = f"{label}: {REASON_LABELS[reason]}{code}"
    last_at = file.times.get(text.last_seq)
    attempts = counted(text.attempts, "attempt") if text.attempts else "no attempt"
    return f"{label}, {attempts}, last report {minute_text(last_at) if last_at else _NO_TIME}"


def body_of(text: MessageRow) -> str:
    """Return the words of a text, or why they are not there."""
    return "The words were destroyed." if text.forgotten_at else text.body


def plain_text(file: PersonFile) -> str:
    """Return the file as plain text."""
    parts: list[tuple[str, Iterator[str]]] = [
        ("Texts", _texts(file)),
        ("From contact files", _enrolments(file.enrolments)),
        ("Opt-outs, consent, legal holds and other decisions", _events(file.decisions)),
        ("Every event", _events(file.events)),
    ]
    lines = [TITLE, f"Made on {full_text(file.made_at)}, up to event #{number(file.until)}", ""]
    lines += [f"{term}: {value}" for term, value in facts_of(file)]
    for heading, part in parts:
        lines += ["", heading, "-" * len(heading), *(list(part) or ["Nothing."])]
    return "\n".join([*lines, "", NOT_INCLUDED, ""])


def _texts(file: PersonFile) -> Iterator[str]:
    for text in file.texts:
        at = file.times.get(text.seq)
        when = full_text(at) if at else _NO_TIME
        yield f"{when}  {origin_of(text)}. {status_of(file, text)}"
        yield from (f"    {line}" for line in body_of(text).splitlines())


def _enrolments(enrolments: Sequence[Enrolment]) -> Iterator[str]:
    for each in enrolments:
        yield f"{full_text(each.at)}  {each.campaign}"
        yield from _pairs([("name", each.name), ("phone", each.phone), *each.fields])


def _events(events: Sequence[HeldEvent]) -> Iterator[str]:
    for held in events:
        row = held.row
        at = full_text(row.at) if row.at else _NO_TIME
        by = f", by {row.who}" if row.who else ""
        yield f"#{row.seq}  {at}  {row.summary}{by}"
        yield from _pairs([(word, text) for word, text in (("SID", row.sid),) if text])
        yield from _pairs(held.data)
        if held.is_unreadable:
            yield "    The personal data in it was destroyed."


def _pairs(pairs: Pairs) -> Iterator[str]:
    return (f"    {name}: {' '.join(value.split())}" for name, value in pairs)
