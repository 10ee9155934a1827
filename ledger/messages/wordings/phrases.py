"""Phrases of words, each with its classes, found in a text without writing out every variant.

An entry is words with choices in brackets: "(dont|do not) text (me|)" stands for four phrases. All
entries together are one automaton, so that a text is read once, however many phrases there are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from sys import intern

_PARTS = re.compile(r"[()|]|[^()|\s]+")


@dataclass(eq=False, slots=True)
class _State:
    """A place in some phrases, after their first words. There are 20,000, so they are small."""

    edges: dict[str, tuple["_State", ...]] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    """Those of the phrases that end here."""


@dataclass
class Phrases:
    """A set of phrases."""

    words: set[str] = field(default_factory=set)
    """All words that occur in a phrase."""
    _start: _State = field(default_factory=_State)

    def add(self, entry: str, name: str) -> None:
        """Add the phrases of an entry to a class. Raises ValueError for unbalanced brackets."""
        parts = list(reversed(_PARTS.findall(entry)))
        ends = self._choices(parts, [self._start])
        if parts:
            raise ValueError(f"unbalanced brackets: {entry}")
        for state in ends:
            state.classes |= {name}

    def classes_of(self, *words: str) -> frozenset[str]:
        """Return the classes of a phrase; none for words that are no phrase."""
        by_length = dict(self.starting(words))
        return by_length.get(len(words), frozenset())

    def starting(self, words: Sequence[str]) -> Iterator[tuple[int, frozenset[str]]]:
        """Yield length and classes of each phrase that the words start with, the shortest first."""
        states = [self._start]
        for length, word in enumerate(words, 1):
            states = [after for state in states for after in state.edges.get(word, ())]
            if not states:
                return
            if classes := frozenset().union(*(state.classes for state in states)):
                yield length, classes

    def single_words(self, *names: str) -> frozenset[str]:
        """Return the words that alone are a phrase of one of these classes."""
        return frozenset(
            word
            for word, states in self._start.edges.items()
            if any(not state.classes.isdisjoint(names) for state in states)
        )

    def _choices(self, parts: list[str], sources: list[_State]) -> list[_State]:
        """Read choices up to the closing bracket; each leads from the sources to its end."""
        ends = self._sequence(parts, sources)
        while parts and parts[-1] == "|":
            parts.pop()
            ends = [*ends, *self._sequence(parts, sources)]
        return ends

    def _sequence(self, parts: list[str], sources: list[_State]) -> list[_State]:
        while parts and parts[-1] not in {"|", ")"}:
            part = parts.pop()
            if part != "(":
                sources = [self._step(part, sources)]
                continue
            sources = self._choices(parts, sources)
            if not parts:
                raise ValueError("a bracket is not closed")
            parts.pop()
        return sources

    def _step(self, word: str, sources: list[_State]) -> _State:
        word, after = intern(word), _State()
        self.words.add(word)
        for state in sources:
            state.edges[word] = (*state.edges.get(word, ()), after)
        return after
