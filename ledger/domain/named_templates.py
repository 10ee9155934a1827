"""Named templates: messages that staff keep, and choose in the form of a campaign.

Standard library only; whether a message can be sent, `ledger/messages/` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    CampaignText,
    Event,
    NamedTemplateArchived,
    NamedTemplateChanged,
    NamedTemplateMade,
)
from ledger.errors import NotFound, Refused

STREAM = "named_templates"
MOST_TEMPLATES = 500
"""How many may be kept at once; those that are archived do not count."""


_UNREAD = CampaignText(name="", message="")


@dataclass(frozen=True)
class KeyedText:
    """A message under its name, and the key of the name, by which the ledger compares names."""

    text: CampaignText
    name_key: str


@dataclass(frozen=True, kw_only=True)
class NamedTemplate:
    """One template, as the last event about it leaves it."""

    template_id: str
    text: CampaignText
    """Its name is that of the template; both are blank for commands, which read nothing sealed."""
    name_key: str
    """Equal for the same name."""
    office_id: str | None = None
    is_archived: bool = False
    changed_in: int
    """The version of the stream that changed it last."""
    changed_by: str

    @property
    def name(self) -> str:
        """What staff call it."""
        return self.text.name


@dataclass(frozen=True, kw_only=True)
class NamedTemplates(Aggregate):
    """All templates, in the order in which they were made."""

    templates: Mapping[str, NamedTemplate] = field(default_factory=dict)
    requests: frozenset[str] = frozenset()
    """The requests that changed one."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case NamedTemplateMade():
                changed = NamedTemplate(
                    template_id=event.template_id,
                    text=event.private or _UNREAD,
                    name_key=event.name_key,
                    office_id=event.office_id,
                    changed_in=event.originator_version,
                    changed_by=event.actor,
                )
            case NamedTemplateChanged():
                before = self.template(event.template_id)
                text = event.private or _UNREAD
                changed = replace(before, text=text, name_key=event.name_key)
            case NamedTemplateArchived():
                changed = replace(self.template(event.template_id), is_archived=True)
            case _:
                raise self.not_found("the templates")
        changed = replace(changed, changed_in=event.originator_version, changed_by=event.actor)
        return {
            "templates": {**self.templates, changed.template_id: changed},
            "requests": with_request(self.requests, getattr(event, "request", None)),
        }

    @property
    def kept(self) -> list[NamedTemplate]:
        """Those that are not archived."""
        return [each for each in self.templates.values() if not each.is_archived]

    def template(self, template_id: str) -> NamedTemplate:
        """Return a template. Raises `NotFound`."""
        if template_id not in self.templates:
            raise NotFound(
                f"There is no template {template_id}; `delivery-ledger template list` shows those "
                "that there are."
            )
        return self.templates[template_id]

    def make(
        self, actor: str, template_id: str, text: KeyedText, office_id: str | None
    ) -> NamedTemplateMade:
        """Keep a message. Raises `Refused` where its name is taken, or there are too many."""
        if len(self.kept) >= MOST_TEMPLATES:
            raise Refused(
                f"There are {MOST_TEMPLATES} templates already, and there may be no more. Archive "
                "those that nobody uses."
            )
        self._check_name_is_free(text, template_id, office_id)
        return NamedTemplateMade(
            **self.header(actor),
            template_id=template_id,
            private=text.text,
            name_key=text.name_key,
            office_id=office_id,
        )

    def change(
        self, actor: str, template_id: str, text: KeyedText, request: str | None = None
    ) -> NamedTemplateChanged:
        """Give it another name or message. Raises as `make` does, and `NotFound`."""
        before = self.template(template_id)
        if before.is_archived:
            raise Refused("This template is archived and cannot be changed. Make a new one.")
        self._check_name_is_free(text, template_id, before.office_id)
        return NamedTemplateChanged(
            **self.header(actor),
            template_id=template_id,
            private=text.text,
            name_key=text.name_key,
            office_id=before.office_id,
            request=request,
        )

    def archive(self, actor: str, template_id: str) -> NamedTemplateArchived:
        """Let nobody choose it any more. Raises `NotFound`."""
        before = self.template(template_id)
        return NamedTemplateArchived(
            **self.header(actor), template_id=template_id, office_id=before.office_id
        )

    def _check_name_is_free(self, text: KeyedText, template_id: str, office_id: str | None) -> None:
        """Raise `Refused` for a name that somebody could take for that of another template."""
        for each in self.kept:
            is_seen_beside = None in (office_id, each.office_id) or each.office_id == office_id
            is_other = each.template_id != template_id
            if is_other and is_seen_beside and each.name_key == text.name_key:
                raise Refused(
                    f"There is a template “{text.text.name}” already. Change that one, or choose "
                    "another name."
                )
