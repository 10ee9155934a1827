"""The events of the stream `named_templates`: messages that staff keep under a name."""

from dataclasses import dataclass

from ledger.domain.events.base import Event
from ledger.domain.events.campaigns import CampaignText


@dataclass(frozen=True, kw_only=True)
class NamedTemplateEvent(Event):
    """An event about one template; `actor` changed it."""

    template_id: str
    office_id: str | None = None
    """Whose people see and change it. Without an office everybody sees it."""


@dataclass(frozen=True, kw_only=True)
class NamedTemplateMade(NamedTemplateEvent):
    """Staff can choose this message in the form of a campaign from now on."""

    private: CampaignText | None
    name_key: str
    """A keyed digest that is equal for the same name, in capitals or not; it reveals no name."""


@dataclass(frozen=True, kw_only=True)
class NamedTemplateChanged(NamedTemplateEvent):
    """The template has another name or another message; campaigns that took it stay the same."""

    private: CampaignText | None
    name_key: str
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class NamedTemplateArchived(NamedTemplateEvent):
    """Nobody can choose it any more, and its name is free."""
