"""Launching a campaign: enrol every contact in short commits, then record the launch.

Each step does nothing where it was done before. So a launch that was cut off is completed by the
same launch, and a step whose answer was lost is simply executed again.
"""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from ledger.commands.contact_files import (
    RecordContactFile,
    RecordLeftOutRows,
    left_out_parts,
)
from ledger.commands.enrolment import EnrolContacts
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.launch_requests import void_request_of
from ledger.commands.launch_rules import approval_causes
from ledger.commands.offices import check_office
from ledger.commands.recent_launches import (
    LaunchContents,
    check_not_launched_recently,
    refuse_launched_recently,
)
from ledger.commands.repository import draft_of
from ledger.domain.campaign import Campaign
from ledger.domain.draft import Draft
from ledger.domain.events import CampaignText, FollowUp, LaunchRequested, ListVersion
from ledger.domain.launch_rules import STREAM as RULES
from ledger.domain.launch_rules import LaunchSize
from ledger.domain.offices import STREAM as OFFICES
from ledger.domain.vocabulary import ApprovalCause, VoidCause
from ledger.errors import CommitUnconfirmed, StoreUnavailable, WaitsForApproval
from ledger.ledger import Ledger
from ledger.messages.contact_rows import in_batches
from ledger.unit_of_work import Command, UnitOfWork

_PART = 150
"""Enrolments in one commit, so that callbacks never wait long for a launch."""

_FILE_EVENTS = 20
"""Events of rows left out in one commit, for the same reason."""

_WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""The waits before a step whose answer was lost is executed again."""

_NOT_LAUNCHED = (
    "The database was lost during the launch. The campaign was not launched, and nobody is texted. "
    "Launch it again once the database can be written."
)
_NOT_KNOWN = (
    "The database's answer was lost at the end of the launch, so it is not known whether the "
    "campaign was launched. Look at the list of campaigns before you launch it again."
)


def launch(
    ledger: Ledger,
    order: LaunchOrder,
    by: str,
    *,
    launch_name: str | None = None,
    again: bool = False,
    undo_seconds: int = 0,
    progress: Callable[[int], None] | None = None,
) -> str:
    """Launch the campaign and return its id; `progress` gets the number enrolled so far.

    The same `launch_name` launches once: a repeat completes what was cut off, or does nothing.
    Until the last event is recorded, the campaign is not listed, sent or counted.
    For `undo_seconds` after it no text goes out, and `StopLaunch` is possible; an urgent campaign,
    and one that starts later, has no such wait.

    A launch that the ledger's rules let nobody make alone becomes a request: raises
    `WaitsForApproval`, also where it is repeated under its name.

    Raises `BadInput`; `Refused` where another order was launched under this name;
    `LaunchedRecently`, unless `again`, where the same was launched within the last hour; and
    `CommitUnconfirmed` where it is not known whether the campaign was launched.
    """
    order.check()
    run = _LaunchRun(
        ledger=ledger,
        order=order,
        by=by,
        campaign_id=ledger.identity.campaign_id(launch_name or ledger.identity.new_launch()),
        order_digest=order.digest(ledger.identity),
        undo_seconds=undo_seconds,
        progress=progress or (lambda _count: None),
    )
    if not run.was_launched():
        run.launch(again=again)
    run.check_launched()
    return run.campaign_id


@dataclass(frozen=True, kw_only=True)
class _LaunchRun:
    """One run of a launch; an earlier run may have made some of its steps, or all."""

    ledger: Ledger
    order: LaunchOrder
    by: str
    campaign_id: str
    order_digest: str
    undo_seconds: int
    progress: Callable[[int], None]

    def was_launched(self) -> bool:
        """Whether an earlier run came to the end. Raises `Refused` if that was another order."""
        campaign = self._campaign()
        if campaign.exists:
            campaign.check_repeat(self.order_digest, self.order.office_id)
        return campaign.state is not None or campaign.launch_request is not None

    def check_launched(self) -> None:
        """Raise `WaitsForApproval` where it became a request."""
        if self._campaign().launch_request:
            raise WaitsForApproval(self.campaign_id)

    def launch(self, *, again: bool) -> None:
        """Make the steps that are missing."""
        self.order.check_times(self.ledger.clock.now())
        if self.order.draft_id:
            self.ledger.reader.load(Draft, self.order.draft_id).check_open()
        try:
            self._begin(again=again)
            finish = FinishLaunch(
                self.campaign_id,
                self.order,
                self._enrol(),
                self.order.segments,
                self.by,
                undo_seconds=self.undo_seconds,
            )
        except StoreUnavailable as error:
            raise StoreUnavailable(_NOT_LAUNCHED) from error
        try:
            self._execute(finish)
        except CommitUnconfirmed as error:
            raise CommitUnconfirmed(_NOT_KNOWN) from error
        except StoreUnavailable as error:
            raise StoreUnavailable(_NOT_LAUNCHED) from error

    def _begin(self, *, again: bool) -> None:
        searched_until = None
        if not again and not self._campaign().exists:
            contents = LaunchContents.of(self.order, self.order_digest)
            searched_until = check_not_launched_recently(self.ledger, contents)
        self._execute(
            CreateCampaign(
                self.campaign_id,
                self.order.text,
                self.by,
                order_digest=self.order_digest,
                token_maker=self.order.token_maker,
                searched_until=searched_until,
                office_id=self.order.office_id,
                follow_up=self.order.follow_up,
                contact_list=self.order.contact_list,
            )
        )
        if self.order.columns.headings:
            self._record_file()

    def _record_file(self) -> None:
        """Record the columns of the contact file, and the rows that are not texted."""
        identity = self.ledger.identity
        file_id = identity.contact_file_id(self.campaign_id)
        self._execute(RecordContactFile(file_id, self.campaign_id, self.order.columns, self.by))
        for parts in in_batches(left_out_parts(self.order.left_out), _FILE_EVENTS):
            self._execute(
                RecordLeftOutRows(identity=identity, file_id=file_id, parts=parts, by=self.by)
            )

    def _enrol(self) -> int:
        """Enrol every contact of the order and return their number."""
        count = 0
        for rows in in_batches(self.order.rows, _PART):
            self._execute(
                EnrolContacts(
                    identity=self.ledger.identity,
                    campaign_id=self.campaign_id,
                    rows=rows,
                    offset=count,
                    zone=self.order.zone,
                    by=self.by,
                    requires_consent=self.order.requires_consent,
                    leaves_out_landlines=self.order.leaves_out_landlines,
                )
            )
            count += len(rows)
            self.progress(count)
        return count

    def _execute(self, step: Command[None]) -> None:
        """Execute a step; where the answer to its commit was lost, execute it again after a while.

        A step that was written does nothing the second time, so that shows that it was.
        """
        try:
            self.ledger.execute(step).result()
        except CommitUnconfirmed:
            for seconds in _WAITS_SECONDS:
                time.sleep(seconds)
                with suppress(StoreUnavailable):
                    self.ledger.execute(step).result()
                    return
            raise

    def _campaign(self) -> Campaign:
        return self.ledger.reader.load(Campaign, self.campaign_id)


@dataclass(frozen=True)
class CreateCampaign(Command[None]):
    """Begin a launch, unless the same launch was begun before.

    Refused where another order was launched under this id. `searched_until` is the seq up to which
    no launch of the same order was found; a later one is refused. None allows any. Refused for an
    office that is closed.
    """

    campaign_id: str
    text: CampaignText
    by: str
    order_digest: str | None = None
    token_maker: str | None = None
    searched_until: int | None = None
    office_id: str | None = None
    follow_up: FollowUp | None = None
    contact_list: ListVersion | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id, OFFICES] if self.office_id else [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        campaign = work.load(Campaign, self.campaign_id)
        if campaign.exists:
            campaign.check_repeat(self.order_digest, self.office_id)
            return
        check_office(work, self.office_id)
        if self.searched_until is not None and self.order_digest:
            refuse_launched_recently(work, self.order_digest, self.searched_until)
        created = campaign.create(
            self.by,
            self.text,
            order_digest=self.order_digest,
            token_maker=self.token_maker,
            office_id=self.office_id,
            follow_up=self.follow_up,
            contact_list=self.contact_list,
        )
        work.append(created)


@dataclass(frozen=True)
class FinishLaunch(Command[None]):
    """Launch a campaign whose contacts are all enrolled, and close its draft; but only once.

    Where the rules of the ledger ask for somebody else's approval, request it.
    """

    campaign_id: str
    order: LaunchOrder
    count: int
    segments: int
    by: str
    undo_seconds: int = 0

    @property
    def streams(self) -> Collection[str]:
        draft = [self.order.draft_id] if self.order.draft_id else []
        return [self.campaign_id, RULES, *draft]

    def decide(self, work: UnitOfWork) -> None:
        order, campaign = self.order, work.load(Campaign, self.campaign_id)
        if campaign.state is not None or campaign.launch_request:
            return
        size = LaunchSize(self.count, self.segments, campaign.office_id)
        if causes := approval_causes(work, size):
            self._request(work, campaign, causes)
            return
        launched = campaign.launch(
            self.by,
            self.count,
            policy=order.policy,
            timing=order.timing,
            text=order.text,
            is_urgent=order.is_urgent,
            segments=self.segments,
            held_until=order.held_until(work.now, self.undo_seconds),
        )
        work.append(launched)
        if order.draft_id:
            draft = draft_of(work, order.draft_id)
            work.append(draft.close(self.by, self.campaign_id))
            void_request_of(work, draft, self.by, VoidCause.DRAFT_LAUNCHED)

    def _request(
        self, work: UnitOfWork, campaign: Campaign, causes: tuple[ApprovalCause, ...]
    ) -> None:
        order = self.order
        requested = LaunchRequested(
            **campaign.request_header(self.by),
            contact_count=self.count,
            segments=self.segments,
            causes=causes,
            policy=order.policy,
            timing=order.timing,
            private=order.requested_text,
            is_urgent=order.is_urgent,
            zone=order.zone,
            draft_id=order.draft_id,
            office_id=campaign.office_id,
        )
        work.append(requested)
        if order.draft_id:
            draft = draft_of(work, order.draft_id)
            void_request_of(work, draft, self.by, VoidCause.DRAFT_LAUNCHED)
            work.append(draft.submit(self.by, self.campaign_id))
