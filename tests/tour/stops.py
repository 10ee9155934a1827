"""Which pages the tour shows, and how a person reaches each."""

from dataclasses import dataclass
from typing import Literal

HEIGHT = 900
"""Of the window, in pixels."""
_CAMPAIGN = "Fall aid reminder"


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One picture of the tour."""

    name: str
    """Of the file in docs/images, without its ending."""
    start: str
    links: tuple[str, ...] = ()
    """The links to press from there, one after another."""
    theme: Literal["light", "dark"] = "light"
    width: int = 1280


STOPS = (
    Stop(name="campaigns", start="/campaigns"),
    Stop(name="overview", start="/campaigns", links=(_CAMPAIGN,)),
    Stop(name="overview-dark", start="/campaigns", links=(_CAMPAIGN,), theme="dark"),
    Stop(name="contacts", start="/campaigns", links=(_CAMPAIGN, "Contacts")),
    Stop(name="contacts-narrow", start="/campaigns", links=(_CAMPAIGN, "Contacts"), width=320),
    Stop(name="contact", start="/campaigns", links=(_CAMPAIGN, "Contacts", "Chloe Martin")),
    Stop(name="conversations", start="/conversations", links=("Ben Ito",)),
    Stop(name="new-campaign", start="/campaigns/new"),
    Stop(name="audit", start="/audit"),
    Stop(name="past", start="/campaigns?as_of=60", links=(_CAMPAIGN,)),
)
