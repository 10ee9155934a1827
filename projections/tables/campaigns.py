"""A campaign's state at any seq: the state after the last act of staff or of the sender."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
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
    LaunchRefused,
    LaunchVoided,
    ListVersion,
    MessageVariants,
    UndoWindowEnded,
)
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, FollowUpPart
from ledger.recorded_event import RecordedEvent
from projections.tables.facts import Until
from projections.tables.schema import (
    campaign_acts,
    campaign_zones,
    campaigns,
    contact_files,
    enrolments,
    standings,
)

_STATES = {
    CampaignLaunched.topic: CampaignState.SENDING,
    UndoWindowEnded.topic: CampaignState.SENDING,
    CampaignPaused.topic: CampaignState.PAUSED,
    CampaignResumed.topic: CampaignState.SENDING,
    CampaignClosed.topic: CampaignState.CLOSED,
    CampaignRecalled.topic: CampaignState.CLOSED,
    CampaignArchived.topic: CampaignState.ARCHIVED,
}
"""The state in which each act leaves a campaign; commands refuse what a state forbids."""

GIVEN_UP_TOPICS = frozenset({CampaignClosed.topic, LaunchRefused.topic, LaunchVoided.topic})
"""After one of these a campaign that is not launched never will be."""

CAMPAIGN_TOPICS = frozenset({CampaignCreated.topic, *_STATES, *GIVEN_UP_TOPICS})


@lru_cache(maxsize=100)
def campaigns_at(until: Until = None) -> sa.Subquery:
    """Return the launched campaigns as they were right after a seq; without a seq, as they are."""
    last, first = campaign_acts.alias("last_act"), campaign_acts.alias("first_act")
    act = campaign_acts.alias("act").c
    acts = sa.select(act.seq).where(act.campaign_id == campaigns.c.campaign_id)
    acts = acts if until is None else acts.where(act.seq <= until)
    earliest = acts.with_only_columns(sa.func.min(act.seq)).scalar_subquery()
    latest = acts.with_only_columns(sa.func.max(act.seq)).scalar_subquery()
    is_archived = last.c.state == CampaignState.ARCHIVED
    is_ended = sa.exists(acts.where(act.ends_undo_window))
    query = (
        sa.select(
            *(column for column in campaigns.c if column is not campaigns.c.held_until),
            sa.case((is_ended, None), else_=campaigns.c.held_until).label("held_until"),
            last.c.state,
            first.c.at.label("launched_at"),
            first.c.actor.label("launched_by"),
            first.c.seq.label("launched_seq"),
            last.c.seq.label("act_seq"),
            last.c.at.label("act_at"),
            last.c.actor.label("act_actor"),
            last.c.reason.label("act_reason"),
            last.c.code.label("act_code"),
            last.c.failures.label("act_failures"),
            last.c.stated_reason.label("act_stated_reason"),
            sa.case((is_archived, last.c.seq)).label("archived_seq"),
        )
        .join_from(campaigns, last, last.c.seq == latest)
        .join(first, first.c.seq == earliest)
    )
    return query.subquery("campaign")


def apply_campaign_event(connection: sa.Connection, recorded: RecordedEvent) -> None:
    """Apply an event of a campaign's stream."""
    if recorded.topic == CampaignCreated.topic:
        _create(connection, recorded)
    elif recorded.topic in GIVEN_UP_TOPICS and not _is_launched(connection, recorded.campaign_id):
        _remove(connection, recorded.campaign_id)
    else:
        if isinstance(recorded.event, CampaignLaunched):
            _set_schedule(connection, recorded.event)
        connection.execute(
            sa.insert(campaign_acts).values(
                seq=recorded.seq,
                campaign_id=recorded.campaign_id,
                state=_STATES[recorded.topic].value,
                at=recorded.row.recorded_at,
                actor=recorded.event.actor,
                reason=recorded.columns["reason"],
                code=recorded.columns["code"],
                failures=_failures(recorded.event),
                stated_reason=_stated_reason(recorded.event),
                ends_undo_window=recorded.topic == UndoWindowEnded.topic,
            )
        )


def _create(connection: sa.Connection, recorded: RecordedEvent) -> None:
    event = recorded.event
    content = event.private if isinstance(event, CampaignCreated) else None
    follow_up = event.follow_up if isinstance(event, CampaignCreated) else None
    contact_list = event.contact_list if isinstance(event, CampaignCreated) else None
    connection.execute(
        sa.insert(campaigns).values(
            campaign_id=recorded.campaign_id,
            name=content.name if content else "",
            message=content.message if content else "",
            message_variants=_encoded_variants(content),
            is_listed=isinstance(event, CampaignCreated) and event.is_listed,
            office_id=event.office_id if isinstance(event, CampaignCreated) else None,
            is_urgent=False,
            **dict.fromkeys(DeliveryStatus, 0),
            in_flight=0,
            accounted_for=0,
            followed_id=follow_up.campaign_id if follow_up else None,
            followed_part=follow_up.part.value if follow_up else None,
            followed_seq=follow_up.seq if follow_up else None,
            followed_at=to_microseconds(follow_up.at) if follow_up else None,
            list_id=contact_list.list_id if contact_list else None,
            list_version=contact_list.number if contact_list else None,
        )
    )


def _set_schedule(connection: sa.Connection, event: CampaignLaunched) -> None:
    schedule = event.schedule
    connection.execute(
        sa.update(campaigns)
        .where(campaigns.c.campaign_id == event.campaign_id)
        .values(
            starts_at=to_microseconds(schedule.starts_at) if schedule.starts_at else None,
            send_before=to_microseconds(schedule.send_before) if schedule.send_before else None,
            send_window=str(schedule.window) if schedule.window else None,
            is_urgent=event.is_urgent,
            held_until=to_microseconds(event.held_until) if event.held_until else None,
        )
    )


def timing_of(row: Any) -> Schedule:
    """Return the schedule in a row of `campaigns_at`."""
    return Schedule(
        starts_at=from_microseconds(row["starts_at"]) if row["starts_at"] else None,
        send_before=from_microseconds(row["send_before"]) if row["send_before"] else None,
        window=_window(row["send_window"]) if row["send_window"] else None,
    )


def follow_up_of(row: Any) -> FollowUp | None:
    """Return what the campaign of a row of `campaigns_at` follows; None where it follows none."""
    if row["followed_id"] is None:
        return None
    return FollowUp(
        campaign_id=row["followed_id"],
        part=FollowUpPart(row["followed_part"]),
        seq=row["followed_seq"],
        at=from_microseconds(row["followed_at"]),
    )


def list_version_of(row: Any) -> ListVersion | None:
    """Return the contact list that the campaign of a row went to; None where it went to none."""
    if row["list_id"] is None:
        return None
    return ListVersion(list_id=row["list_id"], number=row["list_version"])


def held_until_of(row: Any) -> datetime | None:
    """Return the end of the undo window in a row of `campaigns_at`; None without one."""
    return from_microseconds(row["held_until"]) if row["held_until"] else None


_window = lru_cache(maxsize=100)(SendWindow.recorded)


def _encoded_variants(content: CampaignText | None) -> str | None:
    variants = content.variants if content else None
    return msgspec.json.encode(variants).decode() if variants else None


def variants_in(text: str | None) -> MessageVariants | None:
    """Decode `message_variants` of a row; None for a campaign with one wording."""
    return msgspec.json.decode(text, type=MessageVariants) if text else None


def _failures(event: Event) -> str | None:
    failures = event.failures if isinstance(event, CampaignPaused) else None
    return msgspec.json.encode(failures).decode() if failures else None


def _stated_reason(event: Event) -> str | None:
    return event.stated_reason if isinstance(event, CampaignAct) else None


def failures_of(text: str) -> Failures:
    """Decode `act_failures` of a row of `campaigns_at`."""
    return msgspec.json.decode(text, type=Failures)


def _is_launched(connection: sa.Connection, campaign_id: str | None) -> bool:
    acts = sa.select(campaign_acts.c.seq).where(campaign_acts.c.campaign_id == campaign_id)
    return connection.execute(acts.limit(1)).one_or_none() is not None


def _remove(connection: sa.Connection, campaign_id: str | None) -> None:
    """Delete an abandoned launch, which never texted anybody."""
    for table in (standings, enrolments, campaign_zones, contact_files, campaigns):
        connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))
