"""The wordings of a message, and which of them a contact gets: by a column of the contact file.

    language   message
    es         Hola {{first_name}}, ...
    vi         Chào {{first_name}}, ...
    others     Hi {{first_name}}, ...        the message of the campaign itself

A value is compared as a cell of the file is read: without capitals, spaces around it, and signs
that cannot be seen. What a message is, `template.py` decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.domain.events import CampaignText, MessageVariants
from ledger.errors import BadInput
from ledger.lazy_property import lazy_property
from ledger.messages.contact_cells import clean
from ledger.messages.merge_fields import field_name
from ledger.messages.template import Template

MOST_VARIANTS = 30
"""The most wordings beside the message itself."""

_LONGEST_VALUE = 100


@dataclass(frozen=True)
class VariantTemplate:
    """A message in several wordings, as a template that picks the one of each contact."""

    default: Template
    column: str
    variants: Mapping[str, Template]
    """Value of the column → its wording."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The merge fields of all wordings, and the column, each once."""
        fields = (name for template in self._all for name in template.fields)
        return tuple(dict.fromkeys((*fields, self.column)))

    @property
    def single_braced(self) -> tuple[str, ...]:
        """See `Template`; of all wordings."""
        return tuple(dict.fromkeys(w for template in self._all for w in template.single_braced))

    def check_fields(self, offered: Sequence[str]) -> None:
        """Raise BadInput where the column is missing, or a wording uses what the file lacks."""
        if self.column not in offered:
            raise BadInput(
                f"The file has no column {self.column}, which says who gets which wording. "
                f"It has: {', '.join(offered)}."
            )
        self.default.check_fields(offered)
        for value, template in self.variants.items():
            with _naming_wording(value):
                template.check_fields(offered)

    def value_for(self, fields: Mapping[str, str]) -> str:
        """Return the value whose wording a contact gets, as staff wrote it; blank: the message."""
        return self._values.get(folded_value(fields.get(self.column, "")), "")

    def for_contact(self, fields: Mapping[str, str]) -> Template:
        """Return the template of the wording that a contact with these fields gets."""
        value = self.value_for(fields)
        return self.variants[value] if value else self.default

    def merge(self, fields: Mapping[str, str]) -> str:
        """Return the text for one contact in its wording; raises as `Template.merge`."""
        return self.for_contact(fields).merge(fields)

    @property
    def _all(self) -> tuple[Template, ...]:
        return (self.default, *self.variants.values())

    @lazy_property
    def _values(self) -> dict[str, str]:
        return {folded: value for value in self.variants if (folded := folded_value(value))}


MessageTemplate = Template | VariantTemplate
"""A message as staff wrote it, in one wording or in several."""


def template_of(message: str, variants: MessageVariants | None) -> MessageTemplate:
    """Read a message with its further wordings; raises BadInput for one that cannot be sent."""
    default = Template.parse(message)
    if variants is None:
        return default
    templates = {}
    for value, text in variants.messages.items():
        with _naming_wording(value):
            templates[value] = Template.parse(text)
    return VariantTemplate(default, variants.column, templates)


def template_of_text(text: CampaignText) -> MessageTemplate:
    """Read the message of a campaign with its further wordings."""
    return template_of(text.message, text.variants)


def variants_of(column: str, written: Iterable[tuple[str, str]]) -> MessageVariants | None:
    """Return the further wordings as staff wrote them: a heading, and values with their texts.

    None where there is neither a column nor a wording. Raises BadInput; a text may still be blank.
    """
    pairs = [(value.strip(), text) for value, text in written]
    if not pairs and not column.strip():
        return None
    if not column.strip():
        raise BadInput("Name the column of the file that says who gets which wording.")
    if not pairs:
        raise BadInput(
            "A column says who gets which wording, but there is one wording only. Add another "
            "wording, or leave the column out."
        )
    folded = [folded_value(value) for value, _text in pairs]
    for place, (value, _text) in enumerate(pairs):
        if folded[place] and folded[place] in folded[:place]:
            raise BadInput(f"Two wordings are for “{value}”. Keep one of them.")
    name = field_name(column)
    if not name:
        raise BadInput(
            f"The column “{column.strip()}” cannot be used: its heading has no letter a-z and no "
            "digit. Give it another heading, such as Language."
        )
    variants = MessageVariants(column=name, messages=dict(pairs))
    check_variants(variants)
    return variants


def written_wordings(message: str, variants: MessageVariants | None) -> Mapping[str, str]:
    """Return every wording as staff wrote it: value of the column → text; blank: the message."""
    return {"": message, **(variants.messages if variants else {})}


def check_variants(variants: MessageVariants) -> None:
    """Raise BadInput for values that no contact can have, too many wordings, or unreadable ones.

    A text may still be blank, as in a draft.
    """
    if len(variants.messages) > MOST_VARIANTS:
        raise BadInput(f"A campaign has at most {MOST_VARIANTS} wordings beside its message.")
    for value, text in variants.messages.items():
        if not value.strip():
            raise BadInput(
                "Say for which value of the column the wording is, such as es. Contacts without a "
                "value get the message itself."
            )
        if not folded_value(value):
            raise BadInput(
                f"A cell with “{value[:20]}” counts as blank, so nobody can get that wording. "
                "Contacts without a value get the message itself."
            )
        if len(value) > _LONGEST_VALUE:
            raise BadInput(
                f"The value “{value[:20]}…” of a wording is longer than {_LONGEST_VALUE} "
                "characters. Write it as the file has it."
            )
        if text.strip():
            with _naming_wording(value):
                Template.parse(text)


def comparable(message: str, variants: MessageVariants | None) -> str:
    """Return words that are equal for the same wordings; spaces and line ends do not count."""
    if variants is None:
        return spaced_once(message)
    wordings = sorted((folded_value(value), text) for value, text in variants.messages.items())
    words = (message, variants.column, *(word for wording in wordings for word in wording))
    return "\0".join(map(spaced_once, words))


@contextmanager
def _naming_wording(value: str) -> Iterator[None]:
    """Say in a refusal which wording it is about."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"The wording for “{value}”: {error}") from error


def folded_value(value: str) -> str:
    """Return what two values of the column have in common that mean the same wording."""
    return clean(value).text.casefold()


def spaced_once(words: str) -> str:
    """Return the words with one space between two of them; line ends are spaces too."""
    return " ".join(words.split())
