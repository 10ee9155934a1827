"""The words by which people opt out, from the packaged files `en.toml`, `es.toml` and `fr.toml`.

A file groups words and phrases into classes; a comment in `en.toml` says what each class does.
"""

import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ledger.messages.wordings.clauses import Clause, Word, plain_letters
from ledger.messages.wordings.phrases import Phrases
from ledger.messages.wordings.spellings import Spelling, Spellings

_LANGUAGES = ("en", "es", "fr")
_HEADS = ("keyword", "unsubscribe", "opt_out", "end", "not", "remove")
_JOINED = (*_HEADS, "message", "contact", "self", "list", "forever", "courtesy", "emphasis")
_LONGEST_PHRASE = 10
_SHORTEST_ELISION = 5
"""A shorter word after a letter is often an English word: "mend" is not "m'end"."""

_Spelled = tuple[Word, bool]
"""A word, and whether it is a guess."""
ELSEWHERE = frozenset({"ordinary", "keep", "other_end"})
"""Classes of phrases in which "stop" and its like are about something else."""


@dataclass(frozen=True, slots=True)
class Span:
    """A known phrase of a text with its classes, or one unknown word without any."""

    text: str
    classes: frozenset[str]
    is_capitalised: bool = False
    is_guess: bool = False

    def has(self, *classes: str) -> bool:
        """Whether it is of one of these classes."""
        return not self.classes.isdisjoint(classes)


@dataclass(frozen=True)
class Lexicon:
    """All phrases of all languages, since people mix them in one text."""

    phrases: Phrases
    requests: Phrases
    """Whole texts, of the classes `opt_in`, `yes` and `help`."""
    spellings: Spellings
    signatures: Collection[str]
    quotations: Collection[str]

    def spans(self, clause: Clause) -> list[Span]:
        """Find the known phrases that no longer one contains, and the unknown words between them.

        Phrases may overlap: in "i am not a parent", "i am not" and "not a parent" both count. One
        about something else does not begin within another. Unknown symbols are left out.
        """
        words = [spelled for word in clause.words for spelled in self._spell(word)]
        spans: list[Span] = []
        end = 0
        for start in range(len(words)):
            length, classes = self._longest(
                [word.text for word, _ in words[start : start + _LONGEST_PHRASE]],
                is_inside=start < end,
            )
            if start + length > end:
                end = start + length
                spans.append(_span(words[start:end], classes))
        return [span for span in spans if span.classes or any(map(str.isalnum, span.text))]

    def _longest(self, words: list[str], *, is_inside: bool) -> tuple[int, frozenset[str]]:
        excluded = ELSEWHERE if is_inside else frozenset()
        matches = [(1, frozenset[str]()), *self.phrases.starting(words)]
        return next(match for match in reversed(matches) if not match[1] & excluded)

    def _spell(self, word: Word) -> list[_Spelled]:
        if word.text in self.phrases.words:
            return [(word, False)]
        spelling = self.spellings.read(word.text) or Spelling((word.text,))
        if not any(character.isalnum() for part in spelling.words for character in part):
            return []
        return [(Word(text, word.is_capitalised), spelling.is_guess) for text in spelling.words]


@cache
def load_lexicon() -> Lexicon:
    """Read the packaged files once. Raises KeyError or ValueError for a file that is wrong."""
    documents = [_read(language) for language in _LANGUAGES]
    phrases = _phrases(documents, "classes")
    return Lexicon(
        phrases=phrases,
        requests=_phrases(documents, "requests"),
        spellings=Spellings(
            known=phrases.words,
            joined=phrases.single_words(*_JOINED),
            typed=frozenset(_listed(documents, "typos", "typed")),
            real=frozenset(_listed(documents, "typos", "not_typos")),
            heads=phrases.single_words(*_HEADS),
            short=frozenset(_listed(documents, "typos", "short")),
            elisions=_elisions(_phrases([_read("fr")], "classes").words),
            shorthand=_shorthand(documents),
            heard=frozenset(_listed(documents, "typos", "heard")),
        ),
        signatures=tuple(_listed(documents, "lines", "signature")),
        quotations=tuple(_listed(documents, "lines", "quotation")),
    )


def _span(words: list[_Spelled], classes: frozenset[str]) -> Span:
    return Span(
        text=" ".join(word.text for word, _ in words),
        classes=classes,
        is_capitalised=words[0][0].is_capitalised,
        is_guess=any(is_guess for _, is_guess in words),
    )


def _read(language: str) -> dict[str, Any]:
    path = files("ledger.messages.wordings").joinpath(f"{language}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _phrases(documents: list[dict[str, Any]], table: str) -> Phrases:
    phrases = Phrases()
    for document in documents:
        for name, entries in document[table].items():
            for entry in entries:
                phrases.add(plain_letters(entry).casefold(), name)
    return phrases


def _elisions(words: Collection[str]) -> frozenset[str]:
    return frozenset(
        word for word in words if word[0] in "aeiouyh" and len(word) >= _SHORTEST_ELISION
    )


def _shorthand(documents: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    return {
        short: tuple(words.split())
        for document in documents
        for short, words in document["shorthand"].items()
    }


def _listed(documents: list[dict[str, Any]], table: str, key: str) -> Iterator[str]:
    return (plain_letters(text) for document in documents for text in document[table][key])
