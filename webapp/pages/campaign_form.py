"""The form of a new campaign; what it holds becomes a draft, or a checked order.

The rules are in the ledger; the form shows its refusals beside the fields that they concern.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from ledger.commands.drafts import DraftOrder
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.repository import draft_of
from ledger.domain.events import FollowUp
from ledger.domain.local_times import parse_send_before, parse_start
from ledger.domain.names import checked_name
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import BadSchedule, Schedule, SendWindow
from ledger.domain.vocabulary import IdKind
from ledger.errors import BadInput, NotFound, Refused
from ledger.messages.contact_file import read_contacts
from ledger.messages.file_columns import FileCorrections
from ledger.messages.message_variants import template_of
from webapp.contact_lists import ListContacts
from webapp.current import application
from webapp.explain.contact_files import notes_for_approver
from webapp.follow_ups import FollowUpContacts
from webapp.pages.checked_order import CheckedOrder
from webapp.pages.message_form import MessageForm, as_field_error
from webapp.pages.uploads import ContactFile, unpacked
from webapp.pages.wording_fields import wordings_of
from webapp.settings import Settings
from webapp.sound_aggregates import SoundAggregates
from webapp.whole_numbers import is_whole_number

_NO_WINDOW = "none"
_DELETED_LIST = "This contact list was deleted. Choose another one, or a file."

FIRST_WAITS = (60, 300, 900, 1800, 3600, 7200, 21600)
"""The first waits to choose from, in seconds; a draft may have another."""
MENDED = "mended-"
"""The fields with mended numbers begin so; the line of the file follows."""
COLUMN = "column-"
"""The fields with the kinds of columns begin so; the index of the column follows."""


class WholeNumberField(IntegerField):  # type: ignore[misc] # WTForms has no types
    """A number field that explains in plain words what to write."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; raises ValueError, which WTForms shows."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError("Write a whole number.") from None


class CampaignForm(MessageForm):
    """A message, a file of contacts, the hours, and how to try again."""

    zone = "UTC"
    """The school's time zone, in which times are written."""
    draft_id = HiddenField()
    follows = HiddenField()
    """Filled while the contacts are those that the draft follows up; empty with another file."""
    left_out = ""
    """Who of a follow-up is not in the contacts; blank where everybody is."""
    file: ContactFile | None = None
    """The contacts, once they were read."""
    list_version = HiddenField()
    """The version of the contact list that was checked, such as `lst_…:3`; that one is launched."""
    chosen_list: ListContacts | None = None
    """The contacts of the chosen list, once `kept_file` has read them."""

    contact_list = SelectField(
        "Contact list",
        validate_choice=False,
        choices=[SelectChoice("", "None: a file")],
        description="Its newest version, in place of a file.",
    )
    contacts = FileField(
        "Contacts",
        description="Drop a file here, or choose one. Excel, LibreOffice, CSV and text files work, "
        "as your student information system writes them.",
    )
    phone_column = SelectField(
        "Column of the numbers",
        validate_choice=False,
        choices=[SelectChoice("", "Chosen by its heading")],
        description="The numbers of this column are texted.",
    )
    first_wait = WholeNumberField(
        "A text that bounced is tried again",
        default=300,
        description="Each further wait is twice as long, up to 6 hours.",
    )
    attempt_limit = WholeNumberField(
        "Most attempts for a contact",
        validators=[Optional(), NumberRange(1, 10_000, "Write a number from 1 to 10,000.")],
        description="After that many bounced attempts the contact fails. Leave it empty to try "
        "for as long as it takes.",
    )
    start = StringField(
        "Start", description="Nothing is sent before this time. Leave it empty to start at once."
    )
    send_before = StringField(
        "Send before",
        description="At this time the campaign closes, and nothing more is sent.",
    )
    window = StringField(
        "Hours",
        description="Of each contact's own day, such as 08:00-21:00. Leave it empty for the whole "
        "day.",
    )
    urgent = BooleanField(
        "Urgent",
        description="For a closure or an alarm: texts go out at any hour, at night too, and before "
        "those of other campaigns. Start, “Send before”, pauses and opt-outs still count.",
    )
    look_up = BooleanField(
        "Ask Twilio which numbers are landlines",
        description="Landlines are then left out. Twilio charges for each number: the next page "
        "says for how many, before it is asked.",
    )
    skip_bad = BooleanField(
        "Leave out rows that cannot be texted", description="They are listed before the launch."
    )

    def validate_name(self, field: Field) -> None:
        """The ledger's own rule."""
        as_field_error(lambda: checked_name(field.data or "", "campaign"))

    def validate_contact_list(self, field: Field) -> None:
        """A list that is kept."""
        if field.data:
            try:
                application().contact_lists.get(field.data)
            except NotFound as refusal:
                raise ValidationError(_DELETED_LIST) from refusal

    def validate_first_wait(self, field: Field) -> None:
        """The ledger's own rule."""
        if field.data is not None:
            as_field_error(ResendPolicy(first_wait_seconds=field.data).check)

    def validate_start(self, field: Field) -> None:
        """The ledger's own rule; the order checks what depends on the present time."""
        as_field_error(lambda: parse_start(field.data, self.zone))

    def validate_send_before(self, field: Field) -> None:
        """The ledger's own rule; the order checks what depends on the present time."""
        as_field_error(lambda: parse_send_before(field.data, self.zone))

    def validate_window(self, field: Field) -> None:
        """The ledger's own rule; a blank field means no hours."""
        as_field_error(lambda: SendWindow.parse(field.data or _NO_WINDOW))

    @classmethod
    def filled(cls, order: DraftOrder, zone: str, draft_id: str = "") -> "CampaignForm":
        """Return the form of a draft, with its times in the zone."""
        timing, policy = order.timing, order.policy
        form = cls(
            formdata=None,
            draft_id=draft_id,
            name=order.name,
            message=order.message,
            message_column=order.variants.column if order.variants else "",
            first_wait=policy.first_wait_seconds,
            attempt_limit=policy.attempt_limit,
            start=_local(timing.starts_at, zone),
            send_before=_local(timing.send_before, zone),
            window=str(timing.window or ""),
            urgent=order.is_urgent,
            office=order.office_id,
            contact_list=order.list_id,
        )
        form.wordings = wordings_of(order.variants)
        return form

    def draft(self) -> DraftOrder:
        """Return the draft to save. The form must be valid."""
        return DraftOrder(
            name=self.name.data,
            message=self.message.data or "",
            variants=self.variants(),
            policy=self.policy(),
            timing=self._timing(),
            is_urgent=self.urgent.data,
            office_id=self.chosen_office(),
            follow_up=self.follow_up(),
            list_id=self.contact_list.data or None,
        )

    def follow_up(self) -> FollowUp | None:
        """Return what the campaign follows up: what its draft does, with the same contacts."""
        if not (self.follows.data and self.draft_id.data):
            return None
        source = SoundAggregates(application().ledger.reader)
        return draft_of(source, self.draft_id.data).follow_up

    def policy(self) -> ResendPolicy:
        """Return how to try again."""
        return ResendPolicy(
            first_wait_seconds=self.first_wait.data, attempt_limit=self.attempt_limit.data
        )

    def show_refusal(self, refusal: BadSchedule) -> None:
        """Show a refused time beside its field."""
        field = self.start if refusal.setting == "starts_at" else self[refusal.setting]
        field.errors = [str(refusal)]

    def _timing(self) -> Schedule:
        return Schedule(
            starts_at=parse_start(self.start.data, self.zone),
            send_before=parse_send_before(self.send_before.data, self.zone),
            window=SendWindow.parse(self.window.data or _NO_WINDOW),
        )

    def offer_lists(self) -> None:
        """Offer the contact lists that the person sees."""
        lists = [SelectChoice(r.list_id, r.name) for r in application().contact_lists.all()]
        self.contact_list.choices = [*self.contact_list.choices, *lists]

    def offer_columns(self, columns: Sequence[str]) -> None:
        """Offer the columns of the file that was chosen; without a file there is no choice."""
        offered = [SelectChoice(heading) for heading in columns]
        self.phone_column.choices = [*self.phone_column.choices, *offered]

    def kept_file(self, fields: Any) -> ContactFile | None:
        """Return the contacts: a file chosen now, a list, a part of a campaign, or a kept file.

        Raises `BadInput`.
        """
        self.file = self._read_file(fields)
        return self.file

    def _read_file(self, fields: Any) -> ContactFile | None:
        chosen = self.contacts.data
        if chosen and chosen.filename:
            self.follows.data = self.contact_list.data = self.list_version.data = ""
            return ContactFile(chosen.filename, chosen.read())
        if self.contact_list.data:
            return self.list_file()
        if follow_up := self.follow_up():
            return self.follow_up_file(follow_up)
        if fields.get("kept_file"):
            return unpacked(fields.get("kept_name", ""), fields["kept_file"])
        return None

    @property
    def carries_file(self) -> bool:
        """Whether the page holds the file; lists and follow-ups are read again at each step."""
        return not (self.contact_list.data or self.follows.data)

    def follow_up_file(self, follow_up: FollowUp) -> ContactFile:
        """Return the contacts of a follow-up as they are now; raises `BadInput` without any."""
        contacts = FollowUpContacts.of(application(), follow_up)
        try:
            with contacts.opened() as file:
                data = file.read()
        except Refused as refusal:
            raise BadInput(str(refusal)) from refusal
        self.follows.data, self.left_out = "yes", contacts.left_out_sentence
        self.phone_column.data = self.phone_column.data or contacts.phone_heading
        return ContactFile(f"{contacts.campaign.name}, {follow_up.part}.csv", data)

    def list_file(self) -> ContactFile:
        """Return the contacts of the chosen list: of the version that was checked, or the newest.

        Raises `BadInput` where the list was deleted, or all its contacts were forgotten.
        """
        list_id = self.contact_list.data
        checked_id, _, number = (self.list_version.data or "").partition(":")
        is_checked = checked_id == list_id and is_whole_number(number)
        try:
            contacts = ListContacts.of(application(), list_id, int(number) if is_checked else None)
            with contacts.opened() as file:
                data = file.read()
        except NotFound as refusal:
            raise BadInput(_DELETED_LIST) from refusal
        except Refused as refusal:
            raise BadInput(str(refusal)) from refusal
        self.follows.data = ""
        self.chosen_list = contacts
        self.list_version.data = f"{list_id}:{contacts.reference.number}"
        if self.phone_column.data not in contacts.headings:
            self.phone_column.data = contacts.phone_heading
        return ContactFile(contacts.file_name, data)

    def carried(self, fields: Any) -> dict[str, str]:
        """Return the fields with corrections of the file; those of other contacts are dropped."""
        if self.file is None or fields.get("corrected_file") != self.file.digest:
            return {}
        return {name: fields[name] for name in fields if name.startswith((MENDED, COLUMN))}

    def corrections(self, fields: Any) -> FileCorrections:
        """Return the numbers that staff mended, and the columns that they chose for ids."""
        carried = self.carried(fields)
        numbers = {
            int(line): value
            for name, text in carried.items()
            if is_whole_number(line := name.removeprefix(MENDED)) and (value := text.strip())
        }
        return FileCorrections(numbers=numbers, id_columns=_chosen_ids(carried))

    def order(self, file: ContactFile, settings: Settings, now: datetime) -> CheckedOrder:
        """Return what would be launched, of a valid form; raises `BadInput` about the file.

        Whether its times have passed, `LaunchOrder.check_times` says: a launch that is repeated
        later is no new one.
        """
        variants = self.variants()
        template = template_of(self.message.data, variants)
        parsed = read_contacts(
            BytesIO(file.data),
            region=settings.phone_region,
            template=template,
            skip_invalid=self.skip_bad.data,
            phone_column=self.phone_column.data or None,
            times=settings.written_times(now),
            corrections=self.corrections(request.form),
        )
        order = LaunchOrder(
            name=self.name.data,
            message=self.message.data,
            variants=variants,
            rows=parsed.rows,
            columns=parsed.columns,
            left_out=parsed.bad,
            policy=self.policy(),
            timing=self._timing(),
            zone=settings.time_zone,
            requires_consent=settings.requires_consent,
            is_urgent=self.urgent.data,
            leaves_out_landlines=self.look_up.data,
            draft_id=self.draft_id.data or None,
            office_id=self.chosen_office(),
            follow_up=self.follow_up(),
            contact_list=self.chosen_list.reference if self.chosen_list else None,
            file_notes=notes_for_approver(parsed),
        )
        order.check()
        return CheckedOrder(order, parsed, template)


def _chosen_ids(fields: Mapping[str, str]) -> dict[IdKind, tuple[int, ...]] | None:
    """Return kind of id → its columns, as the form has them; None where it names no column."""
    chosen = {
        int(index): fields[name]
        for name in fields
        if name.startswith(COLUMN) and is_whole_number(index := name.removeprefix(COLUMN))
    }
    if not chosen:
        return None
    kinds = {kind: tuple(i for i in sorted(chosen) if chosen[i] == kind) for kind in IdKind}
    return {kind: columns for kind, columns in kinds.items() if columns}


def _local(moment: datetime | None, zone: str) -> str:
    """Return a time in the zone, as a form field holds it: "2026-11-30T08:00"."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if moment else ""
