"""The labels and sentences for the templates, as filters and globals of Jinja."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from jinja2 import Environment

from ledger.commands.stated_reasons import LONGEST_STATED_REASON
from ledger.domain.error_codes import CodeTable
from ledger.messages.phone_numbers import display
from webapp.explain import near_times, numbers, times
from webapp.explain.browsers import browser_words
from webapp.explain.campaign_progress import share
from webapp.explain.characters import character_name
from webapp.explain.commands import command, naming_ledger
from webapp.explain.comparisons import changed_by, difference
from webapp.explain.consents import consent_words
from webapp.explain.contact_files import file_notes
from webapp.explain.conversations import count_words
from webapp.explain.costs import coverage, money
from webapp.explain.durations import seconds_text
from webapp.explain.event_problems import shown_instead, shown_time
from webapp.explain.failures import twilio_page
from webapp.explain.follow_ups import PART_LABELS, PART_SENTENCES, part_clause
from webapp.explain.matches import matched_name, matched_number
from webapp.explain.notices import NOTICE_KINDS
from webapp.explain.numbers_to_fix import (
    FAULT_ADVICE,
    FAULT_LABELS,
    proofs_words,
    reachable_share,
)
from webapp.explain.opt_outs import opt_out_origin, opted_out_predicate
from webapp.explain.people import name_of, number_of
from webapp.explain.people_accounts import ROLE_LABELS, ROLE_SENTENCES, account_state
from webapp.explain.reasons import (
    LEFT_OUT_CLAUSES,
    LEFT_OUT_LABELS,
    REASON_LABELS,
    REASON_SENTENCES,
    code_words,
    consequence,
    resend_advice,
    state_reason,
    undelivered_sentence,
)
from webapp.explain.schedules import (
    resend_policy_sentence,
    start_words,
    timing_sentence,
    too_late_sentence,
)
from webapp.explain.sentences import capitalized
from webapp.explain.shown_summaries import shown_summary
from webapp.explain.stated_reasons import SEALED, SHOWN_TO_ALL, SHOWN_TO_EVERYBODY
from webapp.explain.status_marks import MARKS, MESSAGE_MARKS
from webapp.explain.statuses import MESSAGE_SENTENCES, STATE_LABELS, STATUS_LABELS, detail_of
from webapp.explain.webhooks import STATE_TONES, TYPE_SENTENCES, answer_words

_FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "number": numbers.number,
        "plural": numbers.plural,
        "counted": numbers.counted,
        "duration": numbers.duration,
        "elapsed": numbers.elapsed,
        "clock_text": times.clock_text,
        "short_text": times.short_text,
        "day_text": times.day_text,
        "month_text": times.month_text,
        "month_short": times.month_short,
        "minute_text": times.minute_text,
        "zoned_text": times.zoned_text,
        "full_text": times.full_text,
        "utc_text": times.utc_text,
        "sentence_text": times.sentence_text,
        "until_text": times.until_text,
        "clock_or_day": near_times.clock_or_day,
        "day_heading": near_times.day_heading,
        "since": near_times.since,
        "capitalized": capitalized,
        "phone": display,
        "character": character_name,
        "changed_by": changed_by,
        "difference": difference,
        "shown_summary": shown_summary,
        "shown_instead": shown_instead,
        "shown_time": shown_time,
        "consent_words": consent_words,
        "file_notes": file_notes,
        "name_of": name_of,
        "matched_name": matched_name,
        "matched_number": matched_number,
        "fault_label": FAULT_LABELS.__getitem__,
        "fault_advice": FAULT_ADVICE.__getitem__,
        "reachable_share": reachable_share,
        "proofs_words": proofs_words,
        "number_of": number_of,
        "opted_out_predicate": opted_out_predicate,
        "opt_out_origin": opt_out_origin,
        "part_label": PART_LABELS.__getitem__,
        "part_sentence": PART_SENTENCES.__getitem__,
        "part_clause": part_clause,
        "status_label": STATUS_LABELS.__getitem__,
        "state_label": STATE_LABELS.__getitem__,
        "reason_label": REASON_LABELS.__getitem__,
        "reason_sentence": REASON_SENTENCES.__getitem__,
        "left_out_label": LEFT_OUT_LABELS.__getitem__,
        "left_out_clause": LEFT_OUT_CLAUSES.__getitem__,
        "resend_advice": resend_advice,
        "consequence": consequence,
        "timing_sentence": timing_sentence,
        "too_late_sentence": too_late_sentence,
        "resend_policy_sentence": resend_policy_sentence,
        "start_words": start_words,
        "browser_words": browser_words,
        "account_state": account_state,
        "answer_words": answer_words,
        "share": share,
        "seconds_text": seconds_text,
        "twilio_page": twilio_page,
        "count_words": count_words,
    }
)


def add_words(environment: Environment, codes: CodeTable, ledger_name: str | None = None) -> None:
    """Add the filters and globals to a Jinja environment; commands name that ledger."""
    environment.globals.update(
        LONGEST_STATED_REASON=LONGEST_STATED_REASON,
        reason_hints={
            "campaign": SHOWN_TO_ALL,
            "all": SHOWN_TO_EVERYBODY,
            "person": SEALED,
        },
        MARKS=MARKS,
        MESSAGE_MARKS=MESSAGE_MARKS,
        MESSAGE_SENTENCES=MESSAGE_SENTENCES,
        ROLE_LABELS=ROLE_LABELS,
        ROLE_SENTENCES=ROLE_SENTENCES,
        NOTICE_KINDS=NOTICE_KINDS,
        WEBHOOK_TONES=STATE_TONES,
        WEBHOOK_TYPES=TYPE_SENTENCES,
        money=money,
        coverage=coverage,
        zone_note=times.zone_note,
        zone_suffix=times.zone_suffix,
        command=partial(command, ledger_name=ledger_name),
    )
    environment.filters.update(
        _FILTERS,
        code_words=partial(code_words, codes=codes),
        detail=partial(detail_of, codes=codes),
        naming_ledger=partial(naming_ledger, ledger_name=ledger_name),
        state_reason=partial(state_reason, codes=codes),
        undelivered_sentence=partial(undelivered_sentence, codes=codes),
    )
