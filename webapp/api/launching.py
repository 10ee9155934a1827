"""What a client wants launched: checked, and launched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

import msgspec
from flask import Response

from ledger.commands.drafts import DraftOrder
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder, check_name
from ledger.commands.recent_launches import LaunchedRecently
from ledger.domain.campaign import Campaign
from ledger.domain.events import FileNotes
from ledger.domain.local_times import parse_send_before, parse_start
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import BadSchedule, Schedule, SendWindow
from ledger.errors import BadInput, NotFound, Refused, WaitsForApproval
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.cost_estimate import ContactText, estimate
from ledger.messages.opt_out_instructions import says_how_to_opt_out
from ledger.messages.template import Template
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import current_request
from webapp.api.models.drafts import DraftContent
from webapp.api.models.launches import (
    CampaignLaunch,
    CampaignSettings,
    Check,
    Launched,
    LineTypes,
    SampleText,
    SkippedContact,
    WaitingLaunch,
)
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.api.sent_contacts import SentContacts
from webapp.consents import without_consent
from webapp.current import application
from webapp.documents import abroad_document, check_document
from webapp.explain.consents import consent_notes
from webapp.explain.contact_files import contact_notes, file_notes, notes_for_approver
from webapp.explain.countries import abroad_sentence
from webapp.explain.first_texts import first_texts_sentence
from webapp.explain.launches import recent_launch_sentence
from webapp.explain.line_types import LookedUp, look_up_notes
from webapp.explain.schedules import too_late_sentence
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
        template = Template.parse(self.order.message)
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
        report = replace(self.parsed.report, broken=[])
        return FileNotes(notes=tuple(contact_notes(report)), left_out=left_out)

    def answer(self, campaign_id: str, looked_up: LookedUp | None, *, is_new: bool) -> Launched:
        """Return the answer to its launch."""
        app = application()
        sentence = first_texts_sentence(self.order, app.sending_conditions(), app.clock.now())
        return Launched(
            id=campaign_id,
            enrolled=len(self.order.rows),
            skipped=self.skipped,
            notes=[*self.notes(), *look_up_notes(looked_up)],
            first_texts=sentence if is_new else None,
            line_types=_line_types(looked_up),
        )


def checked_launch(json: CampaignLaunch) -> CheckedCampaign:
    """Return what a client wants launched. Raises `ProblemFound` for what is wrong with it."""
    _part(check_name, json.name, "/name")
    return checked_order(
        draft_order(json),
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
) -> CheckedCampaign:
    """Return a campaign with its contacts. Raises `ProblemFound`."""
    settings = application().settings
    template = _part(Template.parse, order.message, "/message")
    parsed = contacts.read(template, skip_invalid=skip_invalid)
    launch_order = LaunchOrder(
        name=order.name,
        message=order.message,
        rows=parsed.rows,
        policy=order.policy,
        timing=order.timing,
        zone=settings.time_zone,
        requires_consent=settings.requires_consent,
        is_urgent=order.is_urgent,
        leaves_out_landlines=looks_up,
        draft_id=draft_id,
        office_id=order.office_id,
    )
    return CheckedCampaign(launch_order, parsed, contacts)


def draft_order(json: CampaignLaunch | DraftContent) -> DraftOrder:
    """Return name, message and settings. Raises `ProblemFound` for a setting that cannot be."""
    return DraftOrder(
        name=json.name,
        message=json.message,
        policy=_policy(json),
        timing=_timing(json),
        is_urgent=json.urgent,
        office_id=_office(json.office),
    )


def _office(words: str | None) -> str | None:
    app = application()
    try:
        return chosen_office(app.offices, app.scope, words)
    except (BadInput, NotFound, Refused) as error:
        raise invalid(str(error), pointer="/office") from error


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
    more = {
        "samples": samples,
        "skipped": campaign.skipped,
        "notes": campaign.notes(),
        "says_how_to_opt_out": says_how_to_opt_out(campaign.order.message),
        "look_up": planned_look_up(app, parsed.rows).sentence if looks_up else None,
    }
    return fitted(document | abroad_document(parsed.report.numbers_abroad) | more, Check)


def launch_once(campaign: CheckedCampaign, *, again: bool) -> Launched:
    """Launch a campaign once under the name of the request, and return the answer."""
    was_launched = _is_launched(current_request().name)
    looked_up = None if was_launched else _looked_up(campaign)
    campaign_id = launched(campaign, again=again)
    return campaign.answer(campaign_id, looked_up, is_new=not was_launched)


def launched(campaign: CheckedCampaign, *, again: bool) -> str:
    """Launch a campaign, unless this request did, and return its id."""
    app, current = application(), current_request()
    order = replace(campaign.order, file_notes=campaign.notes_for_approver())
    with pointing():
        try:
            return launch(
                app.ledger,
                order,
                caller().actor,
                launch_name=current.name,
                again=again,
                progress=lambda _enrolled: current.go_on(),
            )
        except LaunchedRecently as refusal:
            sentence = recent_launch_sentence(refusal.recent, app.clock.now(), app.scope)
            raise ProblemFound(
                Kind.LAUNCHED_RECENTLY,
                f"{sentence} It is the campaign {refusal.recent.campaign_id}. Set `again` to true "
                "to launch it once more.",
            ) from refusal


def waiting_answer(waiting: WaitsForApproval) -> Response:
    """Return the answer 202 to a launch that waits for approval.

    It is not kept for a repeat: the same request then says what was decided meanwhile.
    """
    body = WaitingLaunch(
        campaign_id=waiting.campaign_id,
        state="waits for approval",
        detail=f"{waiting} Send the same request again to learn what was decided.",
    )
    return Response(msgspec.json.encode(body), 202, mimetype="application/json")


def _line_types(looked_up: LookedUp | None) -> LineTypes | None:
    if looked_up is None:
        return None
    return LineTypes(
        asked=looked_up.asked,
        failed=looked_up.failed,
        landlines=looked_up.landlines,
        cost=looked_up.cost,
    )


def _is_launched(launch_name: str) -> bool:
    """Return whether a campaign was launched under this name."""
    ledger = application().ledger
    return ledger.reader.load(Campaign, ledger.identity.campaign_id(launch_name)).state is not None


def _looked_up(campaign: CheckedCampaign) -> LookedUp | None:
    """Look up the line types that the launch needs, where the client wants that."""
    app, order, current = application(), campaign.order, current_request()
    if not order.leaves_out_landlines:
        return None
    with pointing():  # refused before Twilio is asked, which costs
        order.check_times(app.clock.now())
    planned = planned_look_up(app, order.rows)
    return planned.carry_out(caller().actor, lambda _done, _total: current.go_on())


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
