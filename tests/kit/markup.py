"""What a page offers: its forms, buttons and links, read from its HTML."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form, and the buttons in it."""

    attributes: dict[str, str]
    buttons: list[dict[str, str]] = field(default_factory=list)

    @property
    def posts(self) -> bool:
        return self.attributes.get("method", "get").lower() == "post"

    @property
    def is_search(self) -> bool:
        return self.attributes.get("role") == "search"


class Markup(HTMLParser):
    """The forms, the buttons outside of forms, the links and the classes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.buttons: list[dict[str, str]] = []
        self.links: list[dict[str, str]] = []
        self.classes: set[str] = set()
        self.live: list[str] = []
        self._open: Form | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.classes |= set(attributes.get("class", "").split())
        if "data-live" in attributes:
            self.live.append(attributes["data-live"])
        if tag == "form":
            self._open = Form(attributes)
            self.forms.append(self._open)
        elif tag == "a":
            self.links.append(attributes)
        elif tag == "button" or (tag == "input" and attributes.get("type") in ("submit", "image")):
            buttons = self._open.buttons if self._open else self.buttons
            buttons.append(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
