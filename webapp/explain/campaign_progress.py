"""What a campaign waits for, and when it will be done: the sentences at the top of its overview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from projections.campaigns.rows import CampaignRow
from projections.overview.queries import CampaignAct, OverviewRow
from webapp.explain.numbers import counted, number, plural
from webapp.explain.stated_reasons import in_words_of_staff
from webapp.explain.times import day_text, local, short_text, until_text

_UNREACHABLE = "30003"
_RATE_SECONDS = 120
_QUIET = timedelta(days=1)
"""After so long with nothing but soft bounces staff are advised to close the campaign."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a campaign is at a moment.

    Attributes:
        next_try: When the next attempt can start at the earliest; None where none waits for a time.
        at: The moment that is shown.
        is_past: Whether it is in the past.
        acts: What was done with the campaign, the oldest first.
        last_actor: The name of the person who did the last of it.
        may_act: Whether the reader may close the campaign and account for texts.
        unconfirmed: Contacts whose text was sent three days ago and that no carrier confirmed.
    """

    campaign: CampaignRow
    numbers: OverviewRow
    next_try: datetime | None
    at: datetime
    is_past: bool
    acts: Sequence[CampaignAct]
    last_actor: str
    may_act: bool = True
    unconfirmed: int = 0

    @property
    def may_be_advised(self) -> bool:
        """Whether the reader can follow advice: it is the present, and they may act."""
        return self.may_act and not self.is_past

    def stage(self, *stages: Stage) -> int:
        """Return how many contacts are in one of these stages."""
        return sum(self.numbers.by_stage[stage] for stage in stages)

    @property
    def queued(self) -> int:
        """Contacts whose first text, or the text of a resend, did not go out yet."""
        return self.stage(Stage.ENROLLED, Stage.PUT_BACK)

    @property
    def bounced(self) -> int:
        """Contacts that are tried again after a soft bounce."""
        return self.stage(Stage.SOFT_BOUNCE)

    @property
    def per_minute(self) -> float:
        """How many attempts a minute started lately."""
        age = (self.at - self.campaign.launched_at).total_seconds()
        window = min(max(age, 10.0), _RATE_SECONDS)
        started = sum(
            change.started
            for change in self.numbers.changes
            if change.age_seconds > age - _RATE_SECONDS
        )
        return 60 * started / window

    def day_and_time(self, at: datetime) -> str:
        """Return "at 09:50" for today, else "on 23 Nov 2026 at 09:50"."""
        is_today = local(at).date() == local(self.at).date()
        return f"at {short_text(at)}" if is_today else f"on {day_text(at)} at {short_text(at)}"


@dataclass(frozen=True)
class StateSentence:
    """The sentence of a campaign's state, and what follows from it; the second may be empty."""

    lede: str
    then: str = ""
    advises_closing: bool = False
    """Whether staff are advised to close the campaign."""


def state_sentence(progress: Progress) -> StateSentence:
    """Return what the campaign waits for, and when it will be done."""
    campaign = progress.campaign
    if campaign.state is CampaignState.ARCHIVED:
        return _ended("Archived", progress)
    if campaign.is_complete:
        return _complete(progress)
    if campaign.state is CampaignState.CLOSED:
        return _ended("Closed", progress)
    if campaign.state is CampaignState.PAUSED:
        return _paused(progress)
    starts_at = campaign.timing.starts_at
    if starts_at and starts_at > progress.at:
        return StateSentence(
            f"{_verb(progress, 'Starts', 'Was to start')} {progress.day_and_time(starts_at)}; "
            f"{counted(campaign.counts.total, 'contact')} "
            f"{_agree(campaign.counts.total, progress, 'is', 'are')} ready."
        )
    return _sending(progress) if progress.queued else _waiting(progress)


def _ended(word: str, progress: Progress) -> StateSentence:
    act, counts = progress.acts[-1], progress.campaign.counts
    when = f"{word} {progress.day_and_time(act.at)}{in_words_of_staff(act.stated_reason)}"
    if not counts.pending:
        return StateSentence(f"{when}. {_outcome(progress)}")
    stay = "stayed pending" if word == "Archived" else plural(counts.pending, "stays", "stay")
    stay = stay if word == "Archived" else f"{stay} pending"
    return StateSentence(
        f"{when}; {number(counts.pending)} {stay}.",
        "Twilio's reports still count." if word == "Closed" else "Every status is final.",
    )


def _complete(progress: Progress) -> StateSentence:
    accounted = progress.campaign.accounted_for
    if accounted:
        stay = plural(accounted, "It stays", "They stay")
        return StateSentence(
            f"Complete. {_outcome(progress)}",
            f"Staff accounted for {counted(accounted, 'text')} that no carrier confirmed. "
            f"{stay} pending, and a later report still counts.",
        )
    changed_at = progress.numbers.last_change
    since = ""
    if changed_at is not None:
        at = progress.campaign.launched_at + timedelta(seconds=changed_at)
        since = f"The last of them {progress.day_and_time(at)}."
    return StateSentence(f"Complete. {_outcome(progress)}", since)


def _outcome(progress: Progress) -> str:
    counts = progress.campaign.counts
    if not counts.failed:
        return f"{_all(counts.total)} {plural(counts.total, 'has', 'have')} the text."
    if not counts.delivered:
        return f"{_all(counts.total)} failed."
    return (
        f"{number(counts.delivered)} of {counted(counts.total, 'contact')} "
        f"{plural(counts.delivered, 'has', 'have')} the text, and {number(counts.failed)} failed."
    )


def _all(total: int) -> str:
    return plural(total, "The only contact", f"All {number(total)} contacts")


def _paused(progress: Progress) -> StateSentence:
    act = progress.acts[-1]
    waiting = progress.queued + progress.bounced
    who = "by itself" if act.reason else f"by {progress.last_actor}"
    why = in_words_of_staff(act.stated_reason)
    lede = f"Paused {who} {progress.day_and_time(act.at)}{why}. {_waits(waiting, progress)}"
    flying = progress.campaign.counts.pending - waiting
    then = f"{counted(flying, 'text')} {plural(flying, 'is', 'are')} still with Twilio."
    return StateSentence(lede, then if flying else "")


def _waits(waiting: int, progress: Progress) -> str:
    if not waiting:
        return "Nobody waits for a text."
    verb = "waited" if progress.is_past else plural(waiting, "waits", "wait")
    return f"{counted(waiting, 'contact')} {verb}."


def _sending(progress: Progress) -> StateSentence:
    total, queued = progress.campaign.counts.total, progress.queued
    sent = total - queued
    rate = progress.per_minute
    if progress.next_try and progress.next_try > progress.at:
        return StateSentence(
            f"{number(sent)} of {number(total)} sent. The next text "
            f"{_verb(progress, 'goes', 'was to go')} out {_when(progress, progress.next_try)}.",
            _completion(progress),
        )
    if not sent:
        waits = _verb(progress, plural(total, "waits", "wait"), "waited")
        first = _verb(progress, "goes out now", "was to go out then")
        return StateSentence(f"{counted(total, 'contact')} {waits}; the first text {first}.")
    pace = f" at {number(round(rate))} a minute" if rate >= 1 else ""
    left = f", {minutes_left(queued / rate)} left" if rate >= 1 else ""
    return StateSentence(f"{number(sent)} of {number(total)} sent{pace}{left}.", _still(progress))


def minutes_left(minutes: float) -> str:
    """Return how long that is, about: "less than a minute", "about 4 minutes"."""
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return f"about {counted(round(minutes), 'minute')}"
    return f"about {counted(round(minutes / 60), 'hour')}"


def _still(progress: Progress) -> str:
    """Say what has arrived so far."""
    counts = progress.campaign.counts
    has = "had" if progress.is_past else plural(counts.delivered, "has", "have")
    return f"{number(counts.delivered)} {has} the text so far."


def _waiting(progress: Progress) -> StateSentence:
    counts = progress.campaign.counts
    if progress.unconfirmed == counts.pending - progress.campaign.accounted_for:
        texts = counted(progress.unconfirmed, "text")
        was = plural(progress.unconfirmed, "It was", "They were")
        return StateSentence(
            f"Complete but for {texts} that no carrier will confirm.",
            f"{was} sent more than three days ago. If you account for "
            f"{plural(progress.unconfirmed, 'it', 'them')}, the campaign is complete."
            if progress.may_be_advised
            else "",
        )
    has = "had" if progress.is_past else plural(counts.delivered, "has", "have")
    lede = (
        f"{number(counts.delivered)} of {counted(counts.total, 'contact')} {has} the text. "
        f"{_waits_for(progress)}"
    )
    advice = _advice(progress)
    then = _completion(progress)
    return StateSentence(lede, f"{then} {advice}".strip(), advises_closing=bool(advice))


def _waits_for(progress: Progress) -> str:
    settled = progress.unconfirmed + progress.campaign.accounted_for
    carrier, bounced = progress.stage(Stage.ACCEPTED) - settled, progress.bounced
    unsettled = progress.stage(Stage.STARTED, Stage.UNKNOWN)
    parts = []
    if bounced:
        parts.append(_bounced_words(progress))
    if carrier:
        parts.append(f"{counted(carrier, 'report')} of delivery")
    if progress.unconfirmed:
        parts.append(f"{counted(progress.unconfirmed, 'text')} that no carrier confirmed")
    if unsettled:
        parts.append(f"{counted(unsettled, 'answer')} from Twilio")
    verb = "Waited" if progress.is_past else "Waiting"
    next_try = progress.next_try if bounced else None
    tried = (
        f"; the next try {_verb(progress, 'is', 'was')} {_when(progress, next_try)}"
        if (next_try)
        else ""
    )
    return f"{verb} for {' and '.join(parts)}{tried}."


def _bounced_words(progress: Progress) -> str:
    is_unreachable = all(
        each.code == _UNREACHABLE
        for each in progress.numbers.standings
        if each.stage is Stage.SOFT_BOUNCE
    )
    if is_unreachable:
        return (
            f"{counted(progress.bounced, 'phone')} that "
            f"{plural(progress.bounced, 'does', 'do')} not answer"
        )
    return (
        f"{counted(progress.bounced, 'contact')} "
        f"{plural(progress.bounced, 'that is', 'that are')} tried again"
    )


def _completion(progress: Progress) -> str:
    pending = progress.campaign.counts.pending
    those = plural(pending, "that one is", f"those {number(pending)} are")
    return "" if progress.is_past else f"Complete when {those} delivered or {_fails(pending)}."


def _fails(pending: int) -> str:
    return plural(pending, "fails", "fail")


def _advice(progress: Progress) -> str:
    """Advise to close the campaign where only soft bounces were left for a day."""
    last_change = progress.numbers.last_change
    if not progress.may_be_advised or last_change is None:
        return ""
    if progress.campaign.counts.pending != progress.bounced:
        return ""
    quiet = progress.at - progress.campaign.launched_at - timedelta(seconds=last_change)
    if quiet < _QUIET:
        return ""
    hours = int(quiet.total_seconds() // 3600)
    age = counted(hours, "hour") if hours < 72 else counted(hours // 24, "day")
    return f"Only soft bounces have been left for {age}:"


def _when(progress: Progress, at: datetime) -> str:
    if progress.is_past:
        return f"planned for {progress.day_and_time(at).removeprefix('at ').removeprefix('on ')}"
    words = until_text(at, progress.at)
    return words if (at - progress.at) < timedelta(hours=6) else progress.day_and_time(at)


def _verb(progress: Progress, present: str, past: str) -> str:
    return past if progress.is_past else present


def _agree(count: int, progress: Progress, singular: str, plural_form: str) -> str:
    if progress.is_past:
        return plural(count, "was", "were")
    return plural(count, singular, plural_form)


def share(part: int, total: int) -> str:
    """Return a share in per cent: "96.4 %"; empty without a total."""
    return f"{100 * part / total:.1f} %" if total else ""


def share_of(status: DeliveryStatus, campaign: CampaignRow) -> str:
    """Return the share of the contacts with a status."""
    return share(getattr(campaign.counts, status), campaign.counts.total)
