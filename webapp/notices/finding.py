"""Finds what people should look at now. Each occasion has one key, however often it is found."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ledger.domain.events import CampaignPaused, WebhookSwitchedOff
from ledger.domain.offices import EVERYTHING, Scope
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from projections.campaigns.rows import CampaignRow
from webapp import key_backups
from webapp.explain.event_problems import sound
from webapp.explain.key_backups import NO_KEY_BACKUP
from webapp.explain.numbers import counted, number, plural
from webapp.explain.webhooks import webhook_change
from webapp.notices.notice import Notice, NoticeKind

if TYPE_CHECKING:
    from webapp.bootstrap import Application

HIGH_SHARE = 0.25
"""From this share of failed contacts on, a campaign is worth a notice."""
FEW_FAILURES = 20
"""Fewer failures are none, whatever their share."""
RECENT = timedelta(days=7)
"""What began earlier is not said any more, such as right after an upgrade."""
DUE_WITHIN = timedelta(days=2)
"""How long before its deadline a possible opt-out is worth a notice, each day."""
DIGEST_HOUR = 8
"""From this hour of the school's day on, what comes daily is sent."""

EVENTS, DIGEST = "events", "failures"
"""The names of what was looked at already."""
_TOPICS = (CampaignPaused.topic, WebhookSwitchedOff.topic)


class Finder:
    """Finds the notices of one ledger. Every method raises `LedgerError`.

    A notice that counts is found once for each of the `scopes`, as people of an office learn
    nothing of the others.
    """

    def __init__(self, app: "Application", scopes: Collection[Scope] = (EVERYTHING,)) -> None:
        self._app, self._record, self._scopes = app, app.notice_record, scopes
        self._zone = ZoneInfo(app.settings.time_zone)

    def find(self) -> Iterator[Notice]:
        """Yield what is the case now, also what was raised before."""
        yield from self._of_events()
        yield from self._of_callbacks()
        campaigns = self._app.status.campaigns()
        yield from self._of_failures(campaigns)
        for scope in self._scopes:
            yield from self._of_opt_outs(scope)
        yield from self._of_proof()
        if not self._app.settings.twilio.is_demonstration:
            yield from self._of_keys()
        if self._now().hour >= DIGEST_HOUR:
            yield from self._daily_failures(campaigns)
            yield from self._daily_checkpoint()

    def _now(self) -> datetime:
        """Return the present time in the school's zone."""
        return self._app.clock.now().astimezone(self._zone)

    def _of_events(self) -> Iterator[Notice]:
        """What is in events that were not looked at; nothing of the time before the first look."""
        reader, after = self._app.ledger.reader, self._record.mark(EVENTS)
        head = reader.head()
        if after is None:
            self._record.set_mark(EVENTS, head)
            return
        found = reader.search(Search(topics=_TOPICS, after=after, before=head + 1))
        yield from filter(None, map(_of_event, sound(found)))
        if found:  # a mark that is moved with every event would be written all the time
            self._record.set_mark(EVENTS, head)

    def _of_callbacks(self) -> Iterator[Notice]:
        now = self._app.clock.now()
        recent = (each for each in self._app.silences.silent(now) if now - each.since < RECENT)
        for silence in recent:
            texts = counted(silence.accepted, "text")
            yield Notice(
                kind=NoticeKind.NO_CALLBACKS,
                key=f"no_callbacks:{silence.campaign_id}",
                at=now,
                title="No callbacks come",
                sentence=f"Twilio took {texts} of a campaign, and no callback came since. Check "
                "that Twilio can reach LEDGER_PUBLIC_URL.",
                path="/health-page",
            )

    def _of_failures(self, campaigns: list[CampaignRow]) -> Iterator[Notice]:
        now = self._app.clock.now()
        for campaign in campaigns:
            failed, total = campaign.counts.failed, campaign.counts.total
            is_high = failed >= FEW_FAILURES and failed >= HIGH_SHARE * total
            if not is_high or now - campaign.launched_at > RECENT:
                continue
            yield Notice(
                kind=NoticeKind.HIGH_FAILURE_SHARE,
                key=f"high_failure_share:{campaign.campaign_id}",
                at=self._app.clock.now(),
                title="Many contacts of a campaign failed",
                sentence=f"{number(failed)} of {counted(total, 'contact')} failed. The page of the "
                "campaign has the reasons.",
                path=f"/campaigns/{campaign.campaign_id}?status=failed",
            )

    def _of_opt_outs(self, scope: Scope) -> Iterator[Notice]:
        now, waiting = self._app.clock.now(), self._app.within(scope).possible_opt_outs.waiting()
        due = [each for each in waiting if each.due_by - now < DUE_WITHIN]
        if due:
            texts = counted(len(due), "text")
            first = min(each.due_by for each in due).astimezone(self._zone)
            yield Notice(
                kind=NoticeKind.OPT_OUTS_DUE,
                key=_daily_key("opt_outs_due", str(self._now().date()), scope),
                counted=scope,
                at=now,
                title="Possible opt-outs are near their deadline",
                sentence=f"{texts} possibly {plural(len(due), 'asks', 'ask')} for an opt-out. "
                f"Decide by {_minute(first)}, or the deadline is missed.",
                path="/possible-opt-outs",
            )

    def _of_proof(self) -> Iterator[Notice]:
        last = self._app.verifications.state().last
        if last is not None and last.fault_count:
            yield Notice(
                kind=NoticeKind.PROOF_FAILED,
                key=f"proof_failed:{last.first_seq}:{self._now().date()}",
                at=last.began_at,
                title="The verification of the ledger found faults",
                sentence=f"{counted(last.fault_count, 'fault')}. Keep the database as it is, and "
                "run `delivery-ledger verify`.",
                path="/health-page",
            )

    def _of_keys(self) -> Iterator[Notice]:
        if key_backups.is_missing(self._app.ledger):
            year, week, _day = self._now().isocalendar()
            yield Notice(
                kind=NoticeKind.KEY_BACKUP_MISSING,
                key=f"key_backup_missing:{year}-{week}",
                at=self._app.clock.now(),
                title="The master key has no backup",
                sentence=NO_KEY_BACKUP,
                path="/health-page",
            )

    def _daily_failures(self, campaigns: list[CampaignRow]) -> Iterator[Notice]:
        """Count the contacts that failed since the last digest; the first one only counts."""
        today, last = str(self._now().date()), self._record.mark(DIGEST)
        if last is not None and last["day"] == today:
            return
        failed = {each.campaign_id: each.counts.failed for each in campaigns}
        if last is not None:
            before = last["failed"]
            more = {key: count - before.get(key, 0) for key, count in failed.items()}
            for scope in self._scopes:
                seen = [each.campaign_id for each in campaigns if scope.sees(each.office_id)]
                if new := [more[each] for each in seen if more[each] > 0]:
                    yield self._digest(today, new, scope)
        self._record.set_mark(DIGEST, {"day": today, "failed": failed})

    def _digest(self, today: str, new: Collection[int], scope: Scope) -> Notice:
        contacts = counted(sum(new), "contact")
        campaigns = counted(len(new), "campaign")
        return Notice(
            kind=NoticeKind.DAILY_FAILURES,
            key=_daily_key("daily_failures", today, scope),
            counted=scope,
            at=self._app.clock.now(),
            title="Contacts that failed since the last digest",
            sentence=f"{contacts} in {campaigns} failed.",
            path="/campaigns",
        )

    def _daily_checkpoint(self) -> Iterator[Notice]:
        latest = self._app.checkpoints.latest()
        if latest is not None:
            yield Notice(
                kind=NoticeKind.CHECKPOINT,
                key=f"checkpoint:{self._now().date()}",
                at=latest.made_at,
                title="Checkpoint for the auditor",
                sentence=f"The newest checkpoint covers {counted(latest.size, 'event')}. Keep this "
                "mail: with the lines below, a later change of the record can be shown.",
                path="/checkpoint",
                detail=latest.note,
            )


def _of_event(recorded: RecordedEvent) -> Notice | None:
    event = recorded.event
    if isinstance(event, CampaignPaused) and event.reason is not None:
        return Notice(
            kind=NoticeKind.CAMPAIGN_PAUSED,
            key=f"campaign_paused:{recorded.seq}",
            at=recorded.recorded_at,
            title="A campaign was paused by itself",
            sentence="Its texts wait until somebody resumes it. Its page says why.",
            path=f"/campaigns/{event.campaign_id}",
        )
    if isinstance(event, WebhookSwitchedOff):
        return Notice(
            kind=NoticeKind.WEBHOOK_OFF,
            key=f"webhook_off:{recorded.seq}",
            at=recorded.recorded_at,
            title="A webhook endpoint was switched off",
            sentence=f"{webhook_change(event)}. Resume it when it works again.",
            path=f"/webhooks/{event.endpoint_id}",
        )
    return None


def _daily_key(name: str, day: str, scope: Scope) -> str:
    """Return the key of a notice that comes daily, with the offices that it counts if not all."""
    return ":".join([name, day, *sorted(scope.office_ids or ())])


def _minute(at: datetime) -> str:
    return f"{at:%d %b %Y, %H:%M} ({at.tzname()})"
