"""What a standing reads like: detail, failed reason and sentence, for pages and commands alike."""

from enum import StrEnum

from ledger.domain.error_codes import CodeTable
from ledger.domain.events import Failures
from ledger.domain.standing import Stage, Standing
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason

_DETAILS = {
    Stage.ENROLLED: "queued",
    Stage.STARTED: "sending",
    Stage.UNKNOWN: "asking Twilio whether it has the text",
    Stage.ACCEPTED: "with the carrier",
    Stage.PUT_BACK: "waiting for the next attempt",
    Stage.SOFT_BOUNCE: "waiting for the next attempt",
    Stage.DELIVERED: "delivered",
    Stage.READ: "read",
}

UNDECIDED = "may have been sent: send it again, or let it be?"
"""The detail of a text of which nobody but staff can say whether it is sent again."""


class Hold(StrEnum):
    """What a contact waits for who could be tried otherwise."""

    START = "waiting for the campaign's start"
    WINDOW = "waiting for the hours in which it may be sent"


_HELD_UP = {
    CampaignState.PAUSED: "waiting until the campaign is resumed",
    CampaignState.CLOSED: "no further attempts: the campaign is closed",
    CampaignState.ARCHIVED: "no further attempts: the campaign is archived",
}


def reason_of(standing: Standing) -> Reason | None:
    """The reason of a failed delivery; None for any other (R17)."""
    if standing.status is not DeliveryStatus.FAILED:
        return None
    return standing.reason or Reason.UNKNOWN


def detail_of(
    standing: Standing, codes: CodeTable, state: CampaignState, hold: Hold | None = None
) -> str:
    """Where a pending delivery is, or what the reason of a failed one means."""
    if standing.status is DeliveryStatus.FAILED:
        return failure_sentence(standing, codes)
    if standing.awaits_attempt and state in _HELD_UP:
        return _HELD_UP[state]
    if standing.awaits_attempt and hold:
        return hold.value
    return _DETAILS[standing.stage]


def failures_sentence(failures: Failures, codes: CodeTable) -> str:
    """Why a campaign paused by itself: how many failed, and with which codes."""
    found = sorted(failures.codes.items(), key=lambda each: -each[1])
    told = [f"{count:,} with {_code_words(code, codes)}" for code, count in found]
    listed = f": {', '.join(told)}" if told else ""
    return (
        f"{Reason.TOO_MANY_FAILURES.label}: {failures.count:,} of the last {failures.of_last:,} "
        f"texts failed or bounced{listed}."
    )


def _code_words(code: str, codes: CodeTable) -> str:
    entry = codes.find(code)
    return f"{code} ({entry.title})" if entry else code


def failure_sentence(standing: Standing, codes: CodeTable) -> str:
    """A plain sentence for staff: what the code means, and whether we gave up (R11, R17)."""
    entry = codes.find(standing.code)
    sentence = entry.sentence if entry else (standing.reason or Reason.UNKNOWN).sentence
    if entry and entry.is_soft_bounce:
        attempts = "1 attempt" if standing.attempts == 1 else f"{standing.attempts} attempts"
        sentence = f"Given up after {attempts}. The last time: {sentence}"
    if standing.code and not entry:
        return f"{sentence} Twilio's code {standing.code} is not in our table."
    return sentence
