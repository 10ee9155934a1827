"""The further wordings in the form of a new campaign: groups of two fields, as many as there are.

    wording-value-0=es    wording-text-0=Hola {{first_name}}

A group whose two fields are blank is no wording.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.domain.events import MessageVariants
from ledger.messages.message_variants import MOST_VARIANTS, variants_of

ADD = "add-wording"
"""The button that adds an empty group."""
REMOVE = "remove-wording-"
"""The buttons that remove a group begin so; its number follows."""

_VALUE = "wording-value-"
_TEXT = "wording-text-"


@dataclass(frozen=True)
class WrittenWording:
    """One group of the form."""

    value: str
    text: str

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written in it."""
        return not self.value.strip() and not self.text.strip()


def written_in(fields: Mapping[str, str], step: str = "") -> list[WrittenWording]:
    """Return the groups of a posted form, after its buttons that add and remove one."""
    wordings = [
        WrittenWording(fields.get(f"{_VALUE}{place}", ""), fields.get(f"{_TEXT}{place}", ""))
        for place in range(MOST_VARIANTS + 1)
        if f"{_VALUE}{place}" in fields and step != f"{REMOVE}{place}"
    ]
    return [*wordings, WrittenWording("", "")] if step == ADD else wordings


def wordings_of(variants: MessageVariants | None) -> list[WrittenWording]:
    """Return the groups of a draft."""
    messages = variants.messages if variants else {}
    return [WrittenWording(value, text) for value, text in messages.items()]


def variants_from(column: str, wordings: Sequence[WrittenWording]) -> MessageVariants | None:
    """Return what the groups say; raises `BadInput`."""
    written = [(wording.value, wording.text) for wording in wordings if not wording.is_blank]
    return variants_of(column, written)


def hidden_fields(wordings: Sequence[WrittenWording]) -> dict[str, str]:
    """Return the groups as names and values of hidden fields."""
    written = [wording for wording in wordings if not wording.is_blank]
    values = {f"{_VALUE}{place}": wording.value for place, wording in enumerate(written)}
    return values | {f"{_TEXT}{place}": wording.text for place, wording in enumerate(written)}
