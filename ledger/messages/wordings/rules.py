"""Whether one clause of a text is an opt-out, by the classes of its words: `rules.toml`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any

from ledger.lazy_property import lazy_property
from ledger.messages.wordings.clauses import LONGEST
from ledger.messages.wordings.lexicon import Span

COURTESIES = frozenset({"courtesy", "laugh"})
"""Classes of words that say nothing about an opt-out."""


_NEAR = 3
"""How many words before a need can say whose it is."""


class Strength(IntEnum):
    """How surely a clause is an opt-out; a greater one is surer."""

    NONE = 0
    POSSIBLE = 1
    CLEAR = 2
    FIRM = 3


@dataclass(frozen=True, kw_only=True)
class ClearRule:
    """A clause with a word for each need, and no word of another class than the allowed ones."""

    needs: tuple[frozenset[str], ...]
    allows: frozenset[str]
    is_firm: bool

    def matches(self, spans: Sequence[Span]) -> bool:
        """Whether the clause is wholly made of these words."""
        allowed = self.allows.union(*self.needs)
        return all(span.classes & allowed for span in spans) and _meets(self.needs, spans)


@dataclass(frozen=True, kw_only=True)
class PossibleRule:
    """A clause with a word for each need among `within` neighbours, in order or in any.

    It has no word of the classes `unless`, and none of `unless_before` right before the first need.
    A clause of more than `longest` phrases, courtesies not counted, says something else as well.
    """

    needs: tuple[frozenset[str], ...]
    within: int
    longest: int
    is_ordered: bool
    unless: frozenset[str]
    unless_before: frozenset[str]

    def matches(self, spans: Sequence[Span]) -> bool:
        """Whether some neighbours meet the needs."""
        if not all(any(span.classes & need for span in spans) for need in self.needs):
            return False
        if any(span.classes & self.unless for span in spans):
            return False
        if sum(not span.classes & COURTESIES for span in spans) > self.longest:
            return False
        meets = _meets_in_order if self.is_ordered else _meets
        starts = (
            i for i, span in enumerate(spans) if any(span.classes & need for need in self.needs)
        )
        return any(
            meets(self.needs, spans[start : start + self.within])
            for start in starts
            if not any(s.classes & self.unless_before for s in spans[max(0, start - _NEAR) : start])
        )


@dataclass(frozen=True)
class Rules:
    """The rules of the packaged file."""

    clear: tuple[ClearRule, ...]
    possible: tuple[PossibleRule, ...]

    @lazy_property
    def vocabulary(self) -> frozenset[str]:
        """All classes that a clear opt-out may have."""
        needs = (need for rule in self.clear for need in rule.needs)
        return COURTESIES.union(*needs, *(rule.allows for rule in self.clear))

    def strength(self, spans: Sequence[Span]) -> Strength:
        """Return how surely the clause is an opt-out; a guessed word is never clear."""
        matching = [rule for rule in self.clear if rule.matches(spans)]
        if matching and not any(span.is_guess for span in spans):
            return Strength.FIRM if any(rule.is_firm for rule in matching) else Strength.CLEAR
        is_possible = matching or any(rule.matches(spans) for rule in self.possible)
        return Strength.POSSIBLE if is_possible else Strength.NONE


@cache
def load_rules() -> Rules:
    """Read the packaged file once. Raises KeyError or TOMLDecodeError for a file that is wrong."""
    path = files("ledger.messages.wordings").joinpath("rules.toml")
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Rules(
        clear=tuple(
            ClearRule(
                needs=_needs(rule),
                allows=COURTESIES.union(rule["allows"]),
                is_firm=rule.get("is_firm", False),
            )
            for rule in document["clear"]
        ),
        possible=tuple(
            PossibleRule(
                needs=_needs(rule),
                within=rule.get("within", 1),
                longest=rule.get("longest", LONGEST),
                is_ordered=rule.get("is_ordered", False),
                unless=frozenset(rule.get("unless", ())),
                unless_before=frozenset(rule.get("unless_before", ())),
            )
            for rule in document["possible"]
        ),
    )


def _needs(rule: dict[str, Any]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(need.split("|")) for need in rule["needs"])


def _meets(needs: tuple[frozenset[str], ...], spans: Sequence[Span]) -> bool:
    """Whether the spans have one for each need; "stop" alone is not both an end and its object."""
    useful = sum(1 for span in spans if any(span.classes & need for need in needs))
    each = all(any(span.classes & need for span in spans) for need in needs)
    return each and useful >= len(needs)


def _meets_in_order(needs: tuple[frozenset[str], ...], spans: Sequence[Span]) -> bool:
    """Whether the needs are met one after the other, the first by the first span."""
    if not spans or not spans[0].classes & needs[0]:
        return False
    rest = iter(spans[1:])
    return all(any(span.classes & need for span in rest) for need in needs[1:])
