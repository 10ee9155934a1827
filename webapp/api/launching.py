"""What a client wants launched: read by the rules of contact files, checked, and launched."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

import msgspec
from flask import Response

from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder, check_name
from ledger.commands.recent_launches import LaunchedRecently
from ledger.domain.campaign import Campaign
from ledger.domain.events import FileNotes
from ledger.domain.local_times import parse_send_before, parse_start
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import BadSchedule, Schedule, SendWindow
from ledger.errors import BadInput, WaitsForApproval
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.cost_estimate import ContactText, estimate
from ledger.messages.listed_contacts import ListedContact, read_listed_contacts
from ledger.messages.opt_out_instructions import says_how_to_opt_out
from ledger.messages.skipped_rows import BadRows, SkippedRow
from ledger.messages.template import Template
from webapp.api.fitting import fitted
from webapp.api.models.launches import (
    CampaignLaunch,
    CampaignOrder,
    Check,
    Launched,
    NewContact,
    SampleText,
    SkippedContact,
    WaitingLaunch,
)
from webapp.api.models.problem import FieldProblem
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.api.reading import pointer_to
from webapp.consents import without_consent
from webapp.current import application
from webapp.documents import abroad_document, check_document, skipped_document
from webapp.explain.consents import consent_notes
from webapp.explain.contact_files import contact_notes
from webapp.explain.countries import abroad_sentence
from webapp.explain.first_texts import first_texts_sentence
from webapp.explain.launches import recent_launch_sentence
from webapp.explain.numbers import counted
from webapp.explain.schedules import too_late_sentence

T = TypeVar("T")
R = TypeVar("R")

_SAMPLES = 3
_MOST_ERRORS = 100
"""Wrong contacts that one answer lists."""
_POINTERS = {"starts_at": "/starts_at", "send_before": "/send_before", "window": "/window"}


@dataclass(frozen=True)
class CheckedCampaign:
    """A message with its contacts, of which some may be skipped."""

    order: LaunchOrder
    parsed: ParsedContacts
    again: bool = False

    def texts(self) -> Iterator[ContactText]:
        """Yield the text of every contact."""
        template = Template.parse(self.order.message)
        for row in self.parsed.rows:
            yield ContactText(row.line, row.phone, row.name, template.merge(row.fields))

    @property
    def skipped(self) -> list[SkippedContact]:
        """The contacts that are not texted."""
        return [_skipped(row) for row in self.parsed.skipped]

    def notes(self) -> list[str]:
        """Return what staff should know before a launch."""
        app, report = application(), self.parsed.report
        notes = [*consent_notes(without_consent(app, self.order.rows)), *contact_notes(report)]
        if abroad := report.numbers_abroad:
            notes.append(abroad_sentence(abroad, report.home))
        if too_late := self.order.too_late_count(app.clock.now()):
            notes.append(too_late_sentence(too_late))
        return notes

    def notes_for_approver(self) -> FileNotes:
        """Return what an approver reads about the contacts, without names and numbers."""
        left_out = tuple(f"{each.pointer}: {each.reason}" for each in self.skipped[:_MOST_ERRORS])
        report = replace(self.parsed.report, broken=[])
        return FileNotes(notes=tuple(contact_notes(report)), left_out=left_out)

    def answer(self, campaign_id: str, *, is_new: bool) -> Launched:
        """Return the answer to its launch."""
        app = application()
        sentence = first_texts_sentence(self.order, app.sending_conditions(), app.clock.now())
        return Launched(
            id=campaign_id,
            enrolled=len(self.order.rows),
            skipped=self.skipped,
            notes=self.notes(),
            first_texts=sentence if is_new else None,
        )


def checked_launch(json: CampaignLaunch) -> CheckedCampaign:
    """Return what a client wants launched. Raises `ProblemFound` for what is wrong with it."""
    _part(check_name, json.name, "/name")
    policy, timing = _policy(json), _timing(json)
    parsed = _read(json, skip_invalid=json.skip_invalid)
    order = _order(
        json, parsed, name=json.name, policy=policy, timing=timing, is_urgent=json.urgent
    )
    return CheckedCampaign(order, parsed, again=json.again)


def checked_order(json: CampaignOrder) -> CheckedCampaign:
    """Return what a client wants checked. Contacts that cannot be texted are skipped."""
    parsed = _read(json, skip_invalid=True)
    return CheckedCampaign(_order(json, parsed, name=""), parsed)


def check_of(campaign: CheckedCampaign) -> Check:
    """Return the answer to a check."""
    app, parsed = application(), campaign.parsed
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
            pointer=pointer_to("contacts", text.line),
            text=text.body,
            encoding=text.segments.encoding,
            segments=text.segments.count,
            cost=price.of(text.segments.count) if price else None,
        )
        for text in islice(campaign.texts(), _SAMPLES)
    ]
    more = {
        "samples": samples,
        "skipped": campaign.skipped,
        "notes": campaign.notes(),
        "says_how_to_opt_out": says_how_to_opt_out(campaign.order.message),
    }
    return fitted(document | abroad_document(parsed.report.numbers_abroad) | more, Check)


def is_launched(launch_name: str) -> bool:
    """Return whether a campaign was launched under this name."""
    ledger = application().ledger
    return ledger.reader.load(Campaign, ledger.identity.campaign_id(launch_name)).state is not None


def launched(
    campaign: CheckedCampaign, launch_name: str, by: str, go_on: Callable[[], None]
) -> str:
    """Launch a campaign once under this name, and return its id."""
    app = application()
    order = replace(campaign.order, file_notes=campaign.notes_for_approver())
    with _pointing():
        try:
            return launch(
                app.ledger,
                order,
                by,
                launch_name=launch_name,
                again=campaign.again,
                progress=lambda _enrolled: go_on(),
            )
        except LaunchedRecently as refusal:
            sentence = recent_launch_sentence(refusal.recent, app.clock.now())
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


def _order(json: CampaignOrder, parsed: ParsedContacts, **more: Any) -> LaunchOrder:
    settings = application().settings
    return LaunchOrder(
        message=json.message,
        rows=parsed.rows,
        zone=settings.time_zone,
        requires_consent=settings.requires_consent,
        **more,
    )


def _read(json: CampaignOrder, *, skip_invalid: bool) -> ParsedContacts:
    app, template = application(), _part(Template.parse, json.message, "/message")
    try:
        return read_listed_contacts(
            [_listed(contact) for contact in json.contacts],
            region=app.settings.phone_region,
            template=template,
            skip_invalid=skip_invalid,
            times=app.settings.written_times(app.clock.now()),
        )
    except BadRows as error:
        wrong = [_wrong(row) for row in error.rows[:_MOST_ERRORS]]
        count = counted(len(error.rows), "contact")
        words = f"{count} cannot be texted. Correct `contacts`, or set `skip_invalid` to true."
        raise ProblemFound(Kind.INVALID, words, wrong) from error
    except BadInput as error:
        raise invalid(str(error), pointer="/contacts") from error


def _listed(contact: NewContact) -> ListedContact:
    return ListedContact(
        phone=contact.phone,
        name=contact.name,
        zone=contact.time_zone,
        consent_source=contact.consent_source,
        consent_given_at=contact.consent_given_at,
        fields=contact.fields,
    )


def _policy(json: CampaignLaunch) -> ResendPolicy:
    policy = ResendPolicy(
        first_wait_seconds=json.resend_after_seconds, attempt_limit=json.attempt_limit
    )
    _part(lambda _: policy.check(), json.resend_after_seconds, "/resend_after_seconds")
    return policy


def _timing(json: CampaignLaunch) -> Schedule:
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


@contextmanager
def _pointing() -> Iterator[None]:
    """Say which part of the body a time is that cannot be."""
    try:
        yield
    except BadSchedule as error:
        raise invalid(str(error), pointer=_POINTERS.get(error.setting)) from error


def _skipped(row: SkippedRow) -> SkippedContact:
    document = skipped_document(row) | {"reason": _reason(row)}
    pointer = pointer_to("contacts", document.pop("line"))
    return SkippedContact(pointer=pointer, **document)


def _wrong(row: SkippedRow) -> FieldProblem:
    return FieldProblem(detail=f"{_reason(row)}.", pointer=pointer_to("contacts", row.line))


def _reason(row: SkippedRow) -> str:
    """Return why a contact is not texted; what is a line of a file is a part of the body here."""
    return re.sub(r"\bline (\d+)", r"/contacts/\1", row.reason)
