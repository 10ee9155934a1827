"""The benchmarks at toy size: every line of the page gives a figure. How fast is not asked here."""

import pytest

from bench import page, soak
from bench.__main__ import BENCHMARKS
from bench.setting import SMALL, Setting
from kit.commands import SchoolInProcess


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    found = Setting(SMALL, tmp_path_factory.mktemp("bench"))
    yield found
    found.close()


_LONG = {
    *("attacks", "launching", "ledgers", "receiving", "sending"),
    *("snapshots", "tasks", "waiting", "webhooks", "writing"),
}
"""They start many processes or a browser; `make torture` runs them."""


def _named(name: str) -> object:
    return pytest.param(name, marks=pytest.mark.torture) if name in _LONG else name


@pytest.mark.parametrize("name", [_named(name) for name in BENCHMARKS])
def test_every_line_of_a_benchmark_gives_a_figure(name, setting):
    figures = list(BENCHMARKS[name](setting))
    silent = [each.detail for each in figures if each.found == "not run"]
    allowed = ("--extension-python", "no PostgreSQL here")
    assert [why for why in silent if not any(words in why for words in allowed)] == []
    assert len(silent) < len(figures)


def test_nothing_acknowledged_is_lost_while_everything_runs_at_once(tmp_path):
    told = soak.soak(tmp_path, minutes=0.05, rate=40, school_class=SchoolInProcess)
    assert "not in the ledger exactly once: 0 (reached)" in told
    assert "other answers: none" in told
    assert "`/metrics` at the end has every figure (reached)" in told


@pytest.mark.parametrize("name", ["machine", *BENCHMARKS, "soak"])
def test_the_page_has_a_place_for_every_result(name, tmp_path):
    copy = tmp_path / "page.md"
    copy.write_text(page.PAGE.read_text())
    page.write(name, "the new result", copy)
    assert f"<!-- {name} -->\nthe new result\n<!-- /{name} -->" in copy.read_text()
