"""Fits a page to the person who opens it: without what they may neither see nor do.

Links and forms whose address they may not open are taken out of the finished page, and texts are
masked in it, as for readers of a permalink. So no template can forget it. Jinja escapes `<` and
`>` in texts and attributes; therefore tags are found by their brackets, which is fast.
"""

import re
from collections.abc import Callable

MayFollow = Callable[[str, str], bool]
"""Whether a method, such as "GET", is allowed at an address of a page."""

_TAG = re.compile(r"<[^>]*>")
_CONTROL = re.compile(r"<(?P<tag>a|form)\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b([\w-]+)="([^"]*)"')
_WORDS = re.compile(r'\b(title|alt|placeholder|data-label|aria-label)="([^"]*)"')
"""Attributes that are read as texts are."""
_BUTTON = "button"
_TABS = '<nav class="tabs"'
"""Links that look like buttons, and links beside one another, leave nothing behind."""


def without_controls(html: str, may_follow: MayFollow) -> str:
    """Return the page, or a part of one, without what leads or acts where it may not.

    A link is left as its text alone; a button, a tab and a form are left out.
    """
    parts: list[str] = []
    end = 0
    for control in _CONTROL.finditer(html):
        if control.start() < end or _is_allowed(control, may_follow):
            continue
        closing = f"</{control['tag']}>"
        inside_end = html.find(closing, control.end())
        parts.append(html[end : control.start()])
        if not _is_left_out(html, control):
            parts.append(f"<span>{html[control.end() : inside_end]}</span>")
        end = inside_end + len(closing)
    return "".join([*parts, html[end:]]) if parts else html


def with_texts(html: str, mask: Callable[[str], str]) -> str:
    """Return the page, or a part of one, with each text as `mask` returns it, which adds no tag."""
    parts: list[str] = []
    end = 0
    for tag in _TAG.finditer(html):
        parts.append(mask(html[end : tag.start()]))
        parts.append(_WORDS.sub(lambda found: f'{found[1]}="{mask(found[2])}"', tag[0]))
        end = tag.end()
    return "".join([*parts, mask(html[end:])])


def _is_allowed(control: re.Match[str], may_follow: MayFollow) -> bool:
    attributes = dict(_ATTRIBUTE.findall(control[0]))
    address = attributes.get("href" if control["tag"] == "a" else "action")
    method = attributes.get("method", "get") if control["tag"] == "form" else "get"
    return address is None or may_follow(method.upper(), address)


def _is_left_out(html: str, control: re.Match[str]) -> bool:
    attributes = dict(_ATTRIBUTE.findall(control[0]))
    is_button = _BUTTON in attributes.get("class", "").split()
    nav = html.rfind("<nav", 0, control.start())
    is_tab = html.startswith(_TABS, nav) and html.find("</nav>", nav) > control.start()
    return control["tag"] == "form" or is_button or is_tab
