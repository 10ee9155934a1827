"""Makes of a page of staff what readers of a permalink may have: nothing that leads or acts.

Only the main part is left, of which every element and attribute that is not known to be harmless is
taken out. So a page needs no second template, and a new control on it cannot be forgotten here.
"""

from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

_KEPT = frozenset(
    {
        *("section", "article", "header", "footer", "div", "span", "p", "br", "hr", "wbr", "pre"),
        *("h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "time", "code"),
        *("strong", "b", "em", "i", "small", "abbr", "q", "blockquote", "mark", "sub", "sup"),
        *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
    }
)
"""Elements that only show something. Any other is left out with all that is in it."""

_DROPPED_CLASSES = frozenset(
    {"button", "for-staff", "is-actions", "live-bar", "panel-left", "query-help", "query-lists"}
)
"""Elements with one of these classes are left out as well: controls, who looked, and other people's
conversations.
"""

_VOID = frozenset({"br", "hr", "wbr", "input", "img", "link", "meta", "base", "embed"})
_KEPT_ATTRIBUTES = frozenset(
    {
        *("class", "id", "role", "title", "lang", "dir", "hidden", "open", "datetime", "scope"),
        *("colspan", "rowspan", "tabindex", "data-label"),
        *("viewbox", "width", "height", "focusable", "preserveaspectratio", "d", "x", "y"),
        *("rx", "ry", "cx", "cy", "r", "x1", "x2", "y1", "y2", "points"),
    }
)
_MASKED_ATTRIBUTES = frozenset({"title", "data-label"})
_ID_REFERENCES = frozenset(
    {
        *("aria-activedescendant", "aria-controls", "aria-describedby", "aria-details"),
        *("aria-errormessage", "aria-flowto", "aria-labelledby", "aria-owns"),
    }
)
"""Any other `aria-` attribute may hold words, and is masked."""

_COUNTS = "counts"
"""Links that filter a list, each with a number."""
_TOOLTIP = "tip-trigger"
"""A button that only shows its tooltip becomes something that can have the focus."""


def shared_main(html: str, mask: Callable[[str], str]) -> str:
    """Return the inside of the page's main part, with each text as `mask` returns it."""
    reader = _Reader(mask)
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Reader(HTMLParser):
    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._mask = mask
        self._open: list[tuple[str, str | None]] = []
        """Tag → what it is written as, None for one that is left out; from `main` inwards."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write the tag, in another form or not at all."""
        if not self._open:
            if tag == "main":
                self._open.append((tag, ""))
            return
        attributes = {name: value or "" for name, value in attrs}
        written = self._written_as(tag, attributes)
        if tag not in _VOID:
            self._open.append((tag, written))
        if written:
            self.parts.append(f"<{written}{self._kept(tag, attributes)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write both, as drawings have them: `<path …/>`."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Write the end of what was begun with this tag."""
        if tag not in [opened for opened, _ in self._open]:
            return
        while self._open:
            opened, written = self._open.pop()
            if written:
                self.parts.append(f"</{written}>")
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        """Write the text."""
        if self._open and self._is_written:
            self.parts.append(escape(self._mask(data), quote=False))

    @property
    def _is_written(self) -> bool:
        return all(written is not None for _, written in self._open)

    def _written_as(self, tag: str, attributes: dict[str, str]) -> str | None:
        classes = set(attributes.get("class", "").split())
        if not self._is_written or classes & _DROPPED_CLASSES:
            return None
        if tag == "a" or (tag == "button" and _TOOLTIP in classes):
            return "span"
        if tag == "nav" and _COUNTS in classes:
            return "div"
        return tag if tag in _KEPT else None

    def _kept(self, tag: str, attributes: dict[str, str]) -> str:
        kept = {
            name: self._mask(value) if _may_hold_words(name) else value
            for name, value in attributes.items()
            if name in _KEPT_ATTRIBUTES or name.startswith("aria-")
        }
        if tag == "button":
            kept["tabindex"] = "0"
        return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())


def _may_hold_words(attribute: str) -> bool:
    is_aria = attribute.startswith("aria-") and attribute not in _ID_REFERENCES
    return is_aria or attribute in _MASKED_ATTRIBUTES
