"""Commands on named templates: make, change and archive one.

Each is decided on the stream of all templates, so that two people cannot take one name at once.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from ledger.commands.offices import check_office
from ledger.domain.events import CampaignText
from ledger.domain.named_templates import STREAM, KeyedText, NamedTemplates
from ledger.domain.names import checked_name, name_key
from ledger.domain.offices import STREAM as OFFICES
from ledger.identity import Identity
from ledger.messages.message_variants import template_of_text
from ledger.unit_of_work import Command, UnitOfWork


def keyed_text(identity: Identity, text: CampaignText) -> KeyedText:
    """Return a text that can be kept; raises `BadInput` for its name or its message."""
    template_of_text(text)
    name = checked_name(text.name, "template")
    return KeyedText(replace(text, name=name), identity.template_name_key(name_key(name)))


@dataclass(frozen=True, kw_only=True)
class MakeTemplate(Command[None]):
    """Keep a message as a template; the same id makes it once.

    Raises `NotFound` for an office, and `Refused` where the name is taken, the office is closed, or
    there are too many.
    """

    template_id: str
    text: KeyedText
    by: str
    office_id: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM, OFFICES]

    def decide(self, work: UnitOfWork) -> None:
        templates = work.load(NamedTemplates, STREAM)
        if self.template_id in templates.templates:
            return
        check_office(work, self.office_id)
        work.append(templates.make(self.by, self.template_id, self.text, self.office_id))


@dataclass(frozen=True, kw_only=True)
class ChangeTemplate(Command[None]):
    """Give a template another name or message; with a `request` it is done once.

    Raises `NotFound`, and `Refused` where the name is taken or the template is archived.
    """

    template_id: str
    text: KeyedText
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        templates = work.load(NamedTemplates, STREAM)
        if self.request not in templates.requests:
            work.append(templates.change(self.by, self.template_id, self.text, self.request))


@dataclass(frozen=True, kw_only=True)
class ArchiveTemplate(Command[None]):
    """Let nobody choose a template any more; one that is archived stays so. Raises `NotFound`."""

    template_id: str
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        templates = work.load(NamedTemplates, STREAM)
        if not templates.template(self.template_id).is_archived:
            work.append(templates.archive(self.by, self.template_id))
