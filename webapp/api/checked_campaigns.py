"""A message with its contacts, as a client sends them: read, checked, and estimated."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from ledger.commands.drafts import DraftOrder
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.events import FileNotes, ListVersion, MessageVariants
from ledger.domain.launch_rules import LaunchSize
from ledger.domain.local_times import parse_send_before, parse_start
from ledger.domain.names import checked_name
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import BadSchedule, Schedule, SendWindow
from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.cost_estimate import ContactText, estimate
from ledger.messages.message_variants import template_of, variants_of, written_wordings
from ledger.messages.opt_out_instructions import says_how_to_opt_out
from ledger.messages.template import Template
from ledger.messages.wording_sizes import wording_sizes
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.models.drafts import DraftContent
from webapp.api.models.launches import (
    CampaignLaunch,
    CampaignSettings,
    Check,
    SampleText,
    SkippedContact,
    Wordings,
)
from webapp.api.problems import invalid
from webapp.api.sent_contacts import SentContacts
from webapp.check_documents import abroad_document, check_document, wordings_document
from webapp.consents import without_consent
from webapp.current import application
from webapp.explain.consents import consent_notes
from webapp.explain.contact_files import (
    contact_notes,
    file_notes,
    notes_for_approver,
    without_values,
)
from webapp.explain.countries import abroad_sentence
from webapp.explain.schedules import too_late_sentence
from webapp.launch_checks import launch_check
from webapp.look_ups import planned_look_up
from webapp.offices.choosing import chosen_office

T = TypeVar("T")
R = TypeVar("R")

_SAMPLES = 3
_MOST_LEFT_OUT = 100
"""Skipped contacts that an approver reads about."""
_POINTERS = {"starts_at": "/starts_at", "send_before": "/send_before", "window": "/window"}


@dataclass(frozen=True)
class CheckedCampaign:
    """A message with its contacts, of which some may be skipped."""

    order: LaunchOrder
    parsed: ParsedContacts
    contacts: SentContacts

    def texts(self) -> Iterator[ContactText]:
        """Yield the text of every contact."""
        template = self.order.template
        for row in self.parsed.rows:
            yield ContactText(row.line, row.phone, row.name, template.merge(row.fields))

    @property
    def skipped(self) -> list[SkippedContact]:
        """The contacts that are not texted."""
        return [self.contacts.skipped(row) for row in self.parsed.skipped]

    def notes(self) -> list[str]:
        """Return what staff should know before a launch."""
        app, report = application(), self.parsed.report
        is_file = isinstance(self.contacts.sent, bytes)
        of_contacts = file_notes(report) if is_file else contact_notes(report)
        notes = [*consent_notes(without_consent(app, self.order.rows)), *of_contacts]
        if abroad := report.numbers_abroad:
            notes.append(abroad_sentence(abroad, report.home))
        if too_late := self.order.too_late_count(app.clock.now()):
            notes.append(too_late_sentence(too_late))
        return notes

    def notes_for_approver(self) -> FileNotes:
        """Return what an approver reads about the contacts, without names and numbers."""
        if isinstance(self.contacts.sent, bytes):
            return notes_for_approver(self.parsed)
        left_out = tuple(f"{each.pointer}: {each.reason}" for each in self.skipped[:_MOST_LEFT_OUT])
        report = without_values(self.parsed.report)
        return FileNotes(notes=tuple(contact_notes(report)), left_out=left_out)


def checked_launch(json: CampaignLaunch) -> CheckedCampaign:
    """Return what a client wants launched. Raises `ProblemFound` for what is wrong with it."""
    _part(partial(checked_name, what="campaign"), json.name, "/name")
    return checked_order(
        draft_order(json, office_of(json)),
        SentContacts(json.contacts),
        skip_invalid=json.skip_invalid,
        looks_up=json.look_up,
    )


def checked_order(
    order: DraftOrder,
    contacts: SentContacts,
    *,
    skip_invalid: bool,
    looks_up: bool = False,
    draft_id: str | None = None,
    contact_list: ListVersion | None = None,
) -> CheckedCampaign:
    """Return a campaign with its contacts. Raises `ProblemFound`."""
    settings = application().settings
    _part(Template.parse, order.message, "/message")
    template = _part(lambda v: template_of(order.message, v), order.variants, "/wordings")
    parsed = contacts.read(template, skip_invalid=skip_invalid)
    launch_order = LaunchOrder(
        name=order.name,
        message=order.message,
        variants=order.variants,
        rows=parsed.rows,
        columns=parsed.columns,
        left_out=parsed.bad,
        policy=order.policy,
        timing=order.timing,
        zone=settings.time_zone,
        requires_consent=settings.requires_consent,
        is_urgent=order.is_urgent,
        leaves_out_landlines=looks_up,
        draft_id=draft_id,
        office_id=order.office_id,
        token_maker=caller().token_maker,
        follow_up=order.follow_up,
        contact_list=contact_list,
    )
    return CheckedCampaign(launch_order, parsed, contacts)


def office_of(json: CampaignSettings) -> str | None:
    """Return the id of the office of a new campaign or draft. Raises as `chosen_office` does."""
    app = application()
    return _part(lambda words: chosen_office(app.offices, app.scope, words), json.office, "/office")


def draft_order(json: CampaignLaunch | DraftContent, office_id: str | None) -> DraftOrder:
    """Return name, message and settings. Raises `ProblemFound` for a setting that cannot be."""
    return DraftOrder(
        office_id=office_id,
        name=json.name,
        message=json.message,
        variants=variants_in(json.wordings),
        policy=_policy(json),
        timing=_timing(json),
        is_urgent=json.urgent,
    )


def variants_in(json: Wordings | None) -> MessageVariants | None:
    """Return the further wordings of a message. Raises `ProblemFound`."""
    if json is None:
        return None
    pairs = list(json.messages.items())
    return _part(lambda column: variants_of(column, pairs), json.column, "/wordings")


def check_of(campaign: CheckedCampaign) -> Check:
    """Return the answer to a check."""
    app, parsed, contacts = application(), campaign.parsed, campaign.contacts
    price = app.settings.price
    document = check_document(
        parsed,
        estimate(campaign.texts()),
        (),
        price,
        without_consent=without_consent(app, parsed.rows),
    )
    samples = [
        SampleText(
            pointer=contacts.pointer(text.line),
            line=contacts.line(text.line),
            text=text.body,
            encoding=text.segments.encoding,
            segments=text.segments.count,
            cost=price.of(text.segments.count) if price else None,
        )
        for text in islice(campaign.texts(), _SAMPLES)
    ]
    looks_up = campaign.order.leaves_out_landlines
    order = campaign.order
    written = written_wordings(order.message, order.variants)
    size = LaunchSize(len(order.rows), order.segments, order.office_id)
    approval = launch_check(app.ledger.reader, size, app.clock.now())
    more = {
        "samples": samples,
        "skipped": campaign.skipped,
        "notes": campaign.notes(),
        "says_how_to_opt_out": all(map(says_how_to_opt_out, written.values())),
        **wordings_document(wording_sizes(order.template, written, parsed.rows), price),
        "needs_approval": list(approval.causes),
        "spending_left": list(approval.spending_left),
        "look_up": planned_look_up(app, parsed.rows).sentence if looks_up else None,
    }
    return fitted(document | abroad_document(parsed.report.numbers_abroad) | more, Check)


@contextmanager
def pointing() -> Iterator[None]:
    """Say which part of the body a time is that cannot be."""
    try:
        yield
    except BadSchedule as error:
        raise invalid(str(error), pointer=_POINTERS.get(error.setting)) from error


def _policy(json: CampaignSettings) -> ResendPolicy:
    policy = ResendPolicy(
        first_wait_seconds=json.resend_after_seconds, attempt_limit=json.attempt_limit
    )
    _part(lambda _: policy.check(), json.resend_after_seconds, "/resend_after_seconds")
    return policy


def _timing(json: CampaignSettings) -> Schedule:
    settings = application().settings
    zone = settings.time_zone
    if json.urgent and json.window is not None:
        raise invalid(
            "An urgent campaign texts at any hour. Leave out `window`, or leave out `urgent`.",
            pointer="/window",
        )
    window = settings.window
    if json.window is not None:
        window = _part(SendWindow.parse, json.window, "/window")
    return Schedule(
        starts_at=_part(lambda text: parse_start(text, zone), json.starts_at, "/starts_at"),
        send_before=_part(
            lambda text: parse_send_before(text, zone), json.send_before, "/send_before"
        ),
        window=window,
    )


def _part(parse: Callable[[T], R], value: T, pointer: str) -> R:
    """Return what the rule returns for one part of the body, or say what is wrong with it."""
    try:
        return parse(value)
    except BadInput as error:
        raise invalid(str(error), pointer=pointer) from error
