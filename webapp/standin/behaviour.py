"""What happens to a text, chosen by the last digits of its number.

The same table, with an example for each row, is in docs/reference/stand-in.md.
"""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """How the stand-in answers a create request."""

    ACCEPT = "accept"
    HOLD = "hold"
    """The text is accepted, but the answer comes after the client's time limit."""
    BREAK = "break"
    """The text is accepted, but the answer is HTTP 500."""
    REFUSE = "refuse"
    THROTTLE = "throttle"
    """The first two creates are refused."""


@dataclass(frozen=True)
class Step:
    """A status of a text, and when it is reached: paces (mean waits) after the creation."""

    paces: float
    status: str
    error_code: int | None = None
    is_before_answer: bool = False


Course = tuple[Step, ...]

SENT = Step(1, "sent")
DELIVERED = Step(2, "delivered")
ORDERLY: Course = (SENT, DELIVERED)


def undelivered(error_code: int | None = None) -> Course:
    """Sent, then given up by the carrier."""
    return (SENT, Step(2, "undelivered", error_code))


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """One row: the digits that choose it, the answer, what happens, and what is reported.

    Attributes:
        digits: The last five or four digits of the number; empty for every other number.
        summary: What happens, in words.
        answer: How the create request is answered.
        error_code: The code of a refusal.
        courses: What happens at the first, second … attempt to the number, in a cycle.
        reported: The callbacks, if they differ from what happens.
    """

    digits: str
    summary: str
    answer: Answer = Answer.ACCEPT
    error_code: int | None = None
    courses: tuple[Course, ...] = (ORDERLY,)
    reported: Course | None = None

    @property
    def example(self) -> str:
        """A number in E.164 with this behaviour."""
        return "+1415555"[: 12 - len(self.digits)] + (self.digits or "0100")

    def course(self, attempt: int) -> Course:
        """Return what happens at an attempt to the number, counted from 1."""
        return self.courses[(attempt - 1) % len(self.courses)]

    def reports(self, attempt: int) -> Course:
        """Return the callbacks of an attempt, in order."""
        return self.course(attempt) if self.reported is None else self.reported

    def refusal(self, attempt: int) -> int | None:
        """Return the code with which this attempt is refused at create, if any."""
        is_throttled = self.answer is Answer.THROTTLE and attempt <= 2
        return self.error_code if is_throttled or self.answer is Answer.REFUSE else None


REFUSED = {
    20003: "login refused, HTTP 401",
    21211: "not a valid number",
    21408: "country switched off",
    21610: "opted out",
    21612: "no route",
    21614: "not a mobile number",
    21635: "landline",
}
"""Codes answered at create, with HTTP 400 but for the first."""
FAILED = {
    30001: "queue overflow",
    30002: "account suspended",
    30010: "price above the limit",
    30012: "validity too short",
    30013: "validity too long",
    30036: "validity expired",
}
"""Codes of texts that never leave Twilio."""
UNDELIVERED = {
    30003: "handset unreachable",
    30004: "blocked",
    30005: "unknown number",
    30006: "landline or unreachable carrier",
    30007: "filtered",
    30008: "unknown reason",
    30011: "no pictures here",
    30014: "recipient invalid",
    30015: "channel unknown",
    30016: "channels do not fit",
    30017: "network congested",
    30018: "sender not registered abroad",
    30019: "too large",
    30020: "scheduling fault",
    30021: "service fault",
    30022: "too fast for the registration",
    30023: "daily cap of the carrier",
    30024: "sender not set up at the carrier",
    30027: "daily cap of T-Mobile",
    30032: "toll-free number not verified",
    30033: "registration suspended",
    30034: "number not registered",
    30035: "number still being registered",
    30040: "sender name not registered",
    30041: "sender name not registered in the UK",
    30042: "sender name blocked",
    30043: "international by a domestic route",
    30410: "provider did not answer",
    30450: "fraud block",
    30453: "fraud block of the destination",
    30500: "internal fault",
    30610: "outside allowed hours",
    30620: "not the registered use",
    30630: "opted out at the carrier",
    30640: "on a do-not-text list",
    63003: "unknown on the channel",
    63016: "outside the allowed window",
    63018: "channel limit reached",
    63024: "not valid on the channel",
    63032: "not allowed on the channel",
}
"""Codes of texts that a carrier gives up."""

_CODES = (
    *(
        Behaviour(
            digits=str(code),
            summary=f"refused at create with {code}: {meaning}",
            answer=Answer.REFUSE,
            error_code=code,
        )
        for code, meaning in REFUSED.items()
    ),
    *(
        Behaviour(
            digits=str(code),
            summary=f"`failed` {code}: {meaning}",
            courses=((Step(1, "failed", code),),),
        )
        for code, meaning in FAILED.items()
    ),
    *(
        Behaviour(
            digits=str(code),
            summary=f"`sent`, then `undelivered` {code}: {meaning}",
            courses=(undelivered(code),),
        )
        for code, meaning in UNDELIVERED.items()
    ),
)

OTHERWISE = Behaviour(digits="", summary="`sent`, then `delivered`")

BEHAVIOURS = (
    OTHERWISE,
    Behaviour(digits="1001", summary="`sent`, and never more", courses=((SENT,),)),
    Behaviour(
        digits="1002",
        summary="accepted and delivered, but the create request gets no answer in time",
        answer=Answer.HOLD,
    ),
    Behaviour(
        digits="1003",
        summary="accepted and delivered, but the create request is answered with HTTP 500",
        answer=Answer.BREAK,
    ),
    Behaviour(
        digits="1004",
        summary="`delivered` is posted before the create request is answered",
        courses=((Step(0, "sent"), Step(0, "delivered")),),
        reported=(Step(0, "delivered", is_before_answer=True),),
    ),
    Behaviour(
        digits="1005",
        summary="`delivered` is posted twice, then a late `sent`",
        reported=(DELIVERED, Step(2.5, "delivered"), Step(4, "sent")),
    ),
    Behaviour(
        digits="1006", summary="`sent`, then `undelivered` without a code", courses=(undelivered(),)
    ),
    Behaviour(
        digits="1007",
        summary="`undelivered` 30008 at two attempts, `delivered` at the third; then again",
        courses=(undelivered(30008), undelivered(30008), ORDERLY),
    ),
    Behaviour(
        digits="1008",
        summary="`undelivered` 30008 at every attempt",
        courses=(undelivered(30008),),
    ),
    Behaviour(
        digits="1009",
        summary="`undelivered` 30008, then `delivered`, for the same text",
        courses=((*undelivered(30008), Step(3, "delivered")),),
    ),
    Behaviour(digits="1010", summary="delivered, but no callback is ever posted", reported=()),
    Behaviour(
        digits="20429",
        summary="HTTP 429 with 20429 at the first two creates, then accepted and delivered",
        answer=Answer.THROTTLE,
        error_code=20429,
    ),
    *_CODES,
)

_BY_DIGITS = {behaviour.digits: behaviour for behaviour in BEHAVIOURS}


def behaviour_of(number: str) -> Behaviour:
    """Return the behaviour of a number: five digits are looked up first, then four."""
    return _BY_DIGITS.get(number[-5:]) or _BY_DIGITS.get(number[-4:]) or OTHERWISE
