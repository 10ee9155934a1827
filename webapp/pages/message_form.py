"""What the forms of a campaign and of a template share: name, office, and message with wordings."""

from collections.abc import Callable, Sequence

from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField, TextAreaField, ValidationError

from ledger.domain.events import MessageVariants
from ledger.errors import BadInput
from ledger.messages.message_variants import template_of
from ledger.messages.template import Template
from webapp.current import application
from webapp.offices.choosing import chosen_office
from webapp.pages.office_choices import office_choices
from webapp.pages.wording_fields import WrittenWording, variants_from, wordings_of

_ANY_TEXT = "-"
"""Stands for the message where only its further wordings are checked."""


class MessageForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """A message under a name, in one wording or in several."""

    is_draft = False
    """Whether it is only saved. A draft needs no message."""
    wordings: Sequence[WrittenWording] = ()
    """The further wordings, as they are written so far."""

    name = StringField("Name", description="Only staff see it.")
    office = SelectField("Office", validate_choice=False, choices=[])
    message = TextAreaField(
        "Message",
        description="{{first_name}} takes the value of the file's column “First name”; "
        "{{first_name|there}} says “there” where it is blank.",
    )
    message_column = StringField(
        "Column that says who gets which wording",
        description="Such as Language. Contacts with another value, or with none, get the message "
        "above.",
    )

    def validate_message(self, field: Field) -> None:
        """The ledger's own rule; it does not depend on the file."""
        if field.data or not self.is_draft:
            as_field_error(lambda: Template.parse(field.data or ""))

    def validate_message_column(self, _field: Field) -> None:
        """The ledger's own rules on further wordings."""
        as_field_error(self._check_wordings)

    def validate_office(self, _field: Field) -> None:
        """One of those of the person; see `webapp.offices.choosing`."""
        as_field_error(self.chosen_office)

    def variants(self) -> MessageVariants | None:
        """Return the further wordings; raises `BadInput`."""
        return variants_from(self.message_column.data or "", self.wordings)

    def take_message(self, message: str, variants: MessageVariants | None) -> None:
        """Fill in a message with all its wordings."""
        self.message.data = message
        self.message_column.data = variants.column if variants else ""
        self.wordings = wordings_of(variants)

    def chosen_office(self) -> str | None:
        """Return the office of what is written; raises as `chosen_office` does."""
        app = application()
        return chosen_office(app.offices, app.scope, self.office.data)

    def offer_offices(self) -> None:
        """Offer the offices of the person; without offices in the district there is no choice."""
        self.office.choices = office_choices()

    def _check_wordings(self) -> None:
        variants = self.variants()
        if not self.is_draft:
            template_of(_ANY_TEXT, variants)


def as_field_error(rule: Callable[[], object]) -> None:
    """Show what the rule refuses beside the field. Raises `ValidationError`."""
    try:
        rule()
    except BadInput as refusal:
        raise ValidationError(str(refusal)) from refusal
