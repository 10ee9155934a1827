"""A campaign: its state, and which acts of staff that state allows (R12–R15, R18).

Each act returns the next event of the stream or raises `Refused`. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import (
    CampaignAct,
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignPaused,
    CampaignResumed,
    CampaignText,
    Event,
    Failures,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.vocabulary import CampaignState, Reason, Settlement
from ledger.errors import Refused

ALLOWED: Mapping[str, tuple[CampaignState, ...]] = {
    "pause": (CampaignState.SENDING,),
    "resume": (CampaignState.PAUSED,),
    "close": (CampaignState.SENDING, CampaignState.PAUSED),
    "archive": (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.CLOSED),
    "resend in": (CampaignState.SENDING, CampaignState.PAUSED),
    "settle a text of": (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.CLOSED),
}
"""The acts of staff, and the states in which each is allowed."""

_ENDS = frozenset({"close", "archive"})

_STATES: Mapping[type[CampaignAct], CampaignState] = {
    CampaignPaused: CampaignState.PAUSED,
    CampaignResumed: CampaignState.SENDING,
    CampaignClosed: CampaignState.CLOSED,
    CampaignArchived: CampaignState.ARCHIVED,
}
"""The state in which each act leaves a campaign."""


@dataclass(frozen=True, kw_only=True)
class Campaign(Aggregate):
    """One campaign at one version of its stream; `state` is None until it is launched."""

    state: CampaignState | None = None
    is_swept: bool = False
    is_listed: bool = True
    """False for the campaign that holds the replies of staff; it never ends."""
    order_digest: str | None = None
    """See `CampaignCreated`."""
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Schedule = field(default_factory=Schedule)
    """When it may text."""
    chosen_window: SendWindow | None = None
    """The hours that staff chose; an urgent campaign texts outside of them too."""
    text: CampaignText | None = None
    requests: frozenset[str] = frozenset()
    """The requests whose act was done."""

    @property
    def campaign_id(self) -> str:
        """The campaign whose stream this is."""
        return self.stream_id

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case CampaignCreated():
                return {
                    "text": event.private,
                    "is_listed": event.is_listed,
                    "order_digest": event.order_digest,
                }
            case CampaignLaunched():
                return {
                    "state": CampaignState.SENDING,
                    "policy": event.policy,
                    "timing": event.schedule,
                    "chosen_window": event.timing.window,
                    "text": event.private,
                }
            case CampaignClosed() if self.state is None:
                return {"is_swept": True}
            case CampaignAct() if type(event) in _STATES:
                return {"state": _STATES[type(event)], "requests": self._requests_with(event)}
            case _:
                raise self.not_found("a campaign")

    def _requests_with(self, act: CampaignAct) -> frozenset[str]:
        return self.requests if act.request is None else self.requests | {act.request}

    @property
    def is_sending(self) -> bool:
        """Whether attempts may start."""
        return self.state is CampaignState.SENDING

    @property
    def is_archived(self) -> bool:
        """Whether every status is frozen."""
        return self.state is CampaignState.ARCHIVED

    def create(
        self,
        actor: str,
        text: CampaignText,
        *,
        is_listed: bool = True,
        order_digest: str | None = None,
    ) -> CampaignCreated:
        """Begin a launch. Raises `Refused` where the same launch was begun before."""
        if self.version:
            raise Refused("This campaign was launched already; nothing was done twice.")
        return CampaignCreated(
            **self.header(actor), private=text, is_listed=is_listed, order_digest=order_digest
        )

    def check_repeat(self, order_digest: str | None) -> None:
        """Raise `Refused` where the launch that began so cannot be repeated with this order."""
        if self.is_swept:
            raise Refused(
                "A launch of this name began, stopped, and was given up after an hour; it texted "
                "nobody. Launch the campaign under another request name."
            )
        if self.order_digest is None and self.state is not None:
            return  # launched by an earlier version of the program, which kept no digest
        if self.order_digest != order_digest:
            raise Refused(
                "A launch of this name began with another campaign name, message or contacts. "
                "Repeat it with those, or launch this one under another request name."
            )

    def launch(
        self,
        actor: str,
        contact_count: int,
        *,
        policy: ResendPolicy,
        timing: Schedule,
        text: CampaignText,
        is_urgent: bool = False,
    ) -> CampaignLaunched:
        """End a launch whose contacts are all enrolled. Raises `Refused` where it has ended."""
        if self.is_swept or self.state is not None:
            raise Refused("This launch was given up or done already; start a new campaign.")
        return CampaignLaunched(
            **self.header(actor),
            contact_count=contact_count,
            policy=policy,
            timing=timing,
            private=text,
            is_urgent=is_urgent,
        )

    def sweep(self, actor: str) -> CampaignClosed:
        """Give up a launch that was begun and never ended. Raises `Refused` for any other."""
        if self.state is not None or self.is_swept:
            raise Refused("Only a launch that never ended can be swept.")
        return CampaignClosed(**self.header(actor))

    def pause(
        self,
        actor: str,
        *,
        reason: Reason | None = None,
        code: str | None = None,
        failures: Failures | None = None,
        request: str | None = None,
    ) -> CampaignPaused:
        """Stop attempts until the campaign is resumed. Raises `Refused` unless it is sending."""
        self.check_allowed("pause")
        return CampaignPaused(
            **self.header(actor), reason=reason, code=code, failures=failures, request=request
        )

    def resume(self, actor: str, *, request: str | None = None) -> CampaignResumed:
        """Let attempts start again. Raises `Refused` unless it is paused."""
        self.check_allowed("resume")
        return CampaignResumed(**self.header(actor), request=request)

    def close(
        self, actor: str, *, reason: Reason | None = None, request: str | None = None
    ) -> CampaignClosed:
        """Stop attempts for good (R12). Raises `Refused` where it is closed or archived."""
        self.check_allowed("close")
        return CampaignClosed(**self.header(actor), reason=reason, request=request)

    def archive(self, actor: str, *, request: str | None = None) -> CampaignArchived:
        """Freeze every status (R14). Raises `Refused` where it is archived."""
        self.check_allowed("archive")
        return CampaignArchived(**self.header(actor), request=request)

    def check_resend(self) -> None:
        """Raise `Refused` where staff may not resend (R18)."""
        self.check_allowed("resend in")

    def check_settlement(self, decision: Settlement) -> None:
        """Raise `Refused` where staff may not decide so about an unknown outcome."""
        self.check_allowed("resend in" if decision is Settlement.RESEND else "settle a text of")

    def check_allowed(self, act: str) -> None:
        """Raise `Refused` where the state does not allow the act, one of `ALLOWED`."""
        if not self.is_listed and act in _ENDS:
            raise Refused(f"Cannot {act} the answers of staff: they are no campaign.")
        if self.state not in ALLOWED[act]:
            state = self.state or "not launched yet"
            words = " or ".join(ALLOWED[act])
            raise Refused(f"Cannot {act} this campaign: it is {state}, and must be {words}.")
