"""The form of a new campaign, and what can be said of it before it is launched.

The rules stay in the ledger; here its refusals are put beside the fields they are about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import NumberRange, Optional

from ledger.errors import BadInput
from ledger.intake import Intake, read_contacts
from ledger.message import Segments, Template, segments, unusual_characters
from ledger.resend import ResendPolicy
from ledger.verbs.launching import LaunchOrder, check_name
from webapp.pages.uploads import ContactFile, unpacked

_MERGED_SAMPLES = 3


class WholeNumber(IntegerField):  # type: ignore[misc] # WTForms has no types
    """A number field that asks in plain words."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; raises ValueError, as WTForms wants it."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError("Write a whole number.") from None


class CampaignForm(FlaskForm):  # type: ignore[misc] # neither has Flask-WTF
    """A message, a file of contacts, and how to try again."""

    name = StringField("Name", description="What staff call this campaign. Nobody is texted it.")
    message = TextAreaField(
        "Message",
        description="{{first_name}} takes the value of the file's column “First name”.",
    )
    contacts = FileField(
        "Contacts",
        description="A CSV file, as Excel or a school's system saves it, with a heading for each "
        "column. One column holds the numbers: phone, mobile, cell…",
    )
    first_wait = WholeNumber(
        "First wait, in seconds",
        default=300,
        description="How long to wait before a text that bounced is tried again. Each further "
        "wait is twice as long, up to 6 hours.",
    )
    attempt_limit = WholeNumber(
        "Attempt limit",
        validators=[Optional(), NumberRange(1, 10_000, "Write a number from 1 to 10,000.")],
        description="After so many bounced attempts a contact fails. Leave it empty to try for "
        "as long as it takes.",
    )
    skip_bad = BooleanField(
        "Leave out rows that cannot be texted", description="They are listed before the launch."
    )

    def validate_name(self, field: Field) -> None:
        """The ledger's own rule."""
        _told(lambda: check_name(field.data or ""))

    def validate_message(self, field: Field) -> None:
        """The ledger's own rule; what depends on the file is told once that is read."""
        _told(lambda: Template.parse(field.data or ""))

    def validate_first_wait(self, field: Field) -> None:
        """The ledger's own rule."""
        if field.data is not None:
            _told(ResendPolicy(first_wait_seconds=field.data).check)

    def kept_file(self, fields: Any) -> ContactFile | None:
        """The file chosen just now, else the one that the form brought back.

        Raises `BadInput`.
        """
        chosen = self.contacts.data
        if chosen and chosen.filename:
            return ContactFile(chosen.filename, chosen.read())
        if fields.get("kept_file"):
            return unpacked(fields.get("kept_name", ""), fields["kept_file"])
        return None

    def order(self, file: ContactFile, region: str) -> "CheckedOrder":
        """What would be launched; raises `BadInput` about the file. The form must be valid."""
        template = Template.parse(self.message.data)
        intake = read_contacts(
            BytesIO(file.data), region=region, template=template, skip_invalid=self.skip_bad.data
        )
        policy = ResendPolicy(
            first_wait_seconds=self.first_wait.data, attempt_limit=self.attempt_limit.data
        )
        order = LaunchOrder(
            name=self.name.data, message=self.message.data, rows=intake.rows, policy=policy
        )
        order.check()
        return CheckedOrder(order, intake, template)


@dataclass(frozen=True)
class MergedText:
    """The text of one contact."""

    name: str
    body: str

    @property
    def segments(self) -> Segments:
        """What Twilio bills for it."""
        return segments(self.body)

    @property
    def unusual(self) -> tuple[str, ...]:
        """The characters that make it cost more."""
        return unusual_characters(self.body)


@dataclass(frozen=True)
class CheckedOrder:
    """An order that can be launched, and what staff should look at before they do."""

    order: LaunchOrder
    intake: Intake
    template: Template

    def samples(self) -> Sequence[MergedText]:
        """The texts of the first contacts."""
        return [
            MergedText(row.name, self.template.merge(row.fields))
            for row in islice(self.intake.rows, _MERGED_SAMPLES)
        ]

    def segment_count(self) -> int:
        """How many segments Twilio will bill when every contact takes one attempt."""
        return sum(segments(self.template.merge(row.fields)).count for row in self.intake.rows)


def _told(rule: Any) -> None:
    try:
        rule()
    except BadInput as refusal:
        raise ValidationError(str(refusal)) from refusal
