"""Names that are written from right to left stand apart from the sentence around them."""

from html.parser import HTMLParser

from kit.everything import everything
from kit.world import ADA, PEOPLE

_NAME, _CAMPAIGN = "محمد الأحمد", "معرض الربيع"
_VOID = {"input", "img", "br", "hr", "meta", "link", "path", "rect", "circle", "line"}
_ISOLATED = {"bdi", "a"}
"""By the browser, and links by the style sheet."""
_NOT_SHOWN = {"title", "option", "textarea", "script", "caption", "hidden"}
_ALONE = {"h1", "h2", "dd", "th", "td", "div", "p", "li", "summary"}
"""Where a name is all that a block shows, nothing stands beside it."""


class _Bare(HTMLParser):
    """Collects the sentences with one of the names that nothing isolates."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            is_hidden = ("class", "visually-hidden") in attrs
            self._open.append("hidden" if is_hidden else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        is_named = _NAME in data or _CAMPAIGN in data
        is_alone = data.strip() in (_NAME, _CAMPAIGN) and self._open[-1] in _ALONE
        if is_named and not is_alone and not (_ISOLATED | _NOT_SHOWN) & set(self._open):
            self.found.append(f"{self._open[-1]}: {data.strip()[:70]}")


def test_every_page_isolates_names_of_people_and_campaigns(world, provider, clock, monkeypatch):
    monkeypatch.setitem(PEOPLE, ADA, _NAME)
    monkeypatch.setattr("kit.everything.ADA_CAMPAIGN", _CAMPAIGN)
    shown = everything(world, provider, clock)
    paths = [path for path in shown.paths(shown.seqs["delivery"]) if "as_of=" not in path]
    found = {}
    for path in paths:
        answer = shown.open(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            page = _Bare()
            page.feed(answer.text)
            found[path] = page.found
    assert {path: texts for path, texts in found.items() if texts} == {}
