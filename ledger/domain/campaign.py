"""A campaign: its state, and which acts of staff that state allows (R12–R15, R18).

Each act returns the next event of the stream or raises `Refused`. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    CampaignAct,
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignPaused,
    CampaignRecalled,
    CampaignResumed,
    CampaignText,
    Event,
    Failures,
    FollowUp,
    Header,
    LaunchApproved,
    LaunchRefused,
    LaunchRequested,
    LaunchVoided,
    ListVersion,
    UndoWindowEnded,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.vocabulary import CampaignState, Reason, Settlement
from ledger.domain.waiting_launch import WaitingLaunch
from ledger.errors import Refused

ALLOWED: Mapping[str, tuple[CampaignState, ...]] = {
    "pause": (CampaignState.SENDING,),
    "resume": (CampaignState.PAUSED,),
    "send at once": (CampaignState.SENDING,),
    "close": (CampaignState.SENDING, CampaignState.PAUSED),
    "recall": (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.CLOSED),
    "archive": (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.CLOSED),
    "resend in": (CampaignState.SENDING, CampaignState.PAUSED),
    "settle a text of": (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.CLOSED),
}
"""The acts of staff, and the states in which each is allowed."""

_STATES: Mapping[type[CampaignAct], CampaignState] = {
    CampaignPaused: CampaignState.PAUSED,
    CampaignResumed: CampaignState.SENDING,
    CampaignClosed: CampaignState.CLOSED,
    CampaignRecalled: CampaignState.CLOSED,
    CampaignArchived: CampaignState.ARCHIVED,
}
"""The state in which each act leaves a launched campaign."""

_NO_UNDO = (
    "No launch waits here. The campaign was launched without a time in which it can be stopped, or "
    "somebody let its texts go out before."
)
_TEXTS_STARTED = (
    "The launch cannot be stopped any more: its first text has gone out. Recall the campaign to "
    "withdraw the texts that are left."
)

_NOT_WAITING = (
    "This launch does not wait for approval: somebody approved, refused or withdrew it, or changed "
    "its draft. The campaign's history says which."
)
_ENDS = frozenset({"close", "recall", "archive"})


@dataclass(frozen=True, kw_only=True)
class Campaign(Aggregate):
    """One campaign at one version of its stream; `state` is None until it is launched."""

    state: CampaignState | None = None
    is_swept: bool = False
    is_listed: bool = True
    """False for the campaign that holds the replies of staff; it never ends."""
    order_digest: str | None = None
    """See `CampaignCreated`."""
    office_id: str | None = None
    """The office it belongs to; None: it belongs to the whole district."""
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Schedule = field(default_factory=Schedule)
    """When it may text."""
    chosen_window: SendWindow | None = None
    """The hours that staff chose; an urgent campaign texts outside of them too."""
    text: CampaignText | None = None
    asked_by: str | None = None
    """Who launched it, or asked for the launch that somebody else approved."""
    token_maker: str | None = None
    """Who made the API token with which a program asked for the launch; counts as asking too."""
    launch_request: LaunchRequested | None = None
    """The request to launch it, while it waits for approval."""
    held_until: datetime | None = None
    """The end of the undo window, also once it has passed; None without one, or after an act."""
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
                    "token_maker": event.token_maker,
                    "office_id": event.office_id,
                }
            case CampaignLaunched():
                return {
                    "state": CampaignState.SENDING,
                    "policy": event.policy,
                    "timing": event.schedule,
                    "chosen_window": event.timing.window,
                    "text": event.private,
                    "held_until": event.held_until,
                    "launch_request": None,
                    "asked_by": self.asked_by or event.actor,
                }
            case LaunchRequested() | LaunchApproved() | LaunchRefused() | LaunchVoided():
                return self._changes_of_request(event)
            case UndoWindowEnded():
                return {"held_until": None}
            case CampaignClosed() if self.state is None:
                return {"is_swept": True}
            case CampaignAct() if type(event) in _STATES:
                return {
                    "state": _STATES[type(event)],
                    "requests": with_request(self.requests, event.request),
                }
            case _:
                raise self.not_found("a campaign")

    def _changes_of_request(self, event: Event) -> Mapping[str, Any]:
        match event:
            case LaunchRequested():
                return {"launch_request": event, "asked_by": event.actor}
            case LaunchRefused(request=request):
                requests = with_request(self.requests, request)
                return {"launch_request": None, "is_swept": True, "requests": requests}
            case LaunchVoided():
                return {"launch_request": None, "is_swept": True}
            case _:  # the launch follows an approval
                return {}

    @property
    def is_sending(self) -> bool:
        """Whether attempts may start."""
        return self.state is CampaignState.SENDING

    def is_asker(self, actor: str | None) -> bool:
        """Whether somebody asked for the launch, themselves or by a program with their token."""
        return actor is not None and actor in {self.asked_by, self.token_maker}

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
        token_maker: str | None = None,
        office_id: str | None = None,
        follow_up: FollowUp | None = None,
        contact_list: ListVersion | None = None,
    ) -> CampaignCreated:
        """Begin a launch. Raises `Refused` where the same launch was begun before."""
        if self.version:
            raise Refused("This campaign was launched already; nothing was done twice.")
        return CampaignCreated(
            **self.header(actor),
            private=text,
            is_listed=is_listed,
            order_digest=order_digest,
            token_maker=token_maker,
            office_id=office_id,
            follow_up=follow_up,
            contact_list=contact_list,
        )

    def check_repeat(self, order_digest: str | None, office_id: str | None) -> None:
        """Raise `Refused` where the launch that began so cannot be repeated with this order."""
        if self.is_swept:
            raise Refused(
                "A launch of this name was refused or withdrawn, its draft was changed while it "
                "waited for approval, or it was cut off and given up after an hour. It texted "
                "nobody. Launch the campaign under another request name."
            )
        if self.order_digest is None and self.state is not None:
            return  # launched by an earlier version of the program, which kept no digest
        if (self.order_digest, self.office_id) != (order_digest, office_id):
            raise Refused(
                "A launch of this name began with another campaign name, message, office or "
                "contacts. Repeat it with those, or launch this one under another request name."
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
        segments: int | None = None,
        held_until: datetime | None = None,
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
            segments=segments,
            held_until=held_until,
            office_id=self.office_id,
        )

    def request_header(self, actor: str) -> Header:
        """Return the first fields of `LaunchRequested`. Raises `Refused` where it is no new one."""
        if self.is_swept or self.state is not None or self.launch_request:
            raise Refused("This launch was given up, requested or done already.")
        return self.header(actor)

    def waiting_launch(self) -> WaitingLaunch:
        """Return the launch that waits for approval. Raises `Refused` where none does."""
        if self.launch_request is None:
            raise Refused(_NOT_WAITING)
        return WaitingLaunch(self.launch_request, self.version, self.token_maker)

    def is_held(self, now: datetime) -> bool:
        """Whether the undo window keeps every attempt from starting."""
        return self.held_until is not None and now < self.held_until

    def end_undo_window(self, actor: str, now: datetime) -> UndoWindowEnded:
        """Let the texts go out now. Raises `Refused` unless it is sending and waits."""
        self.check_allowed("send at once")
        if not self.is_held(now):
            raise Refused(_NO_UNDO)
        return UndoWindowEnded(**self.header(actor))

    def stop_launch(self, actor: str, *, has_attempts: bool) -> CampaignClosed:
        """Close a campaign whose launch has an undo window, before its first attempt.

        Raises `Refused` for any other, and once an attempt has started.
        """
        self.check_allowed("close")
        if self.held_until is None or has_attempts:
            raise Refused(_TEXTS_STARTED if has_attempts else _NO_UNDO)
        return self.close(actor, reason=Reason.LAUNCH_STOPPED)

    def sweep(self, actor: str) -> CampaignClosed:
        """Give up a launch that was begun and never ended. Raises `Refused` for any other."""
        if self.state is not None or self.is_swept or self.launch_request:
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

    def recall(self, actor: str, *, request: str | None = None) -> CampaignRecalled:
        """Stop attempts for good, to ask back what is left. Raises `Refused` where archived."""
        self.check_allowed("recall")
        return CampaignRecalled(**self.header(actor), request=request)

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
