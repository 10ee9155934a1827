"""Unusual spellings of known words: drawn out, run together, with digits, short, or wrong letters.

stoppp ─▶ stop      stoptexting ─▶ stop texting      st0p ─▶ stop      unsubscibe ─▶ unsubscribe
darreter ─▶ d arreter      jveux ─▶ je veux      areter ─▶ arreter
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ledger.lazy_property import lazy_property

_DIGITS = str.maketrans("013457@$", "oieastas")
_DIGIT_WORDS = frozenset({"2", "4"})
"""Written for "to" and "for"."""
_PARTS = re.compile(r"\d+|\D+")
_LONGEST = 40
_SHORTEST_TYPO = 5
"""Shorter words have too many neighbours that are real words."""
_SHORTEST_HEAD = 4
_ELIDED = frozenset("cdjlmnst")
"""Letters that French writes before an apostrophe, which people leave out."""
_LONG = 9
"""In a word of this length or more, the first letter may be wrong as well."""
_VERY_LONG = 10
"""In a word of this length or more, two letters may be wrong."""
_FAR = 2
_SHORTEST_SOUND = 5
_SOUNDS = (
    (re.compile(r"(?:er|ez|ent|e|es|et|s|t|d|x)$"), ""),
    (re.compile(r"eau|au"), "o"),
    (re.compile(r"qu|k|c(?![eiy])"), "k"),
    (re.compile(r"[cz]"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"h"), ""),
    (re.compile(r"(.)\1"), r"\1"),
)
"""Spellings of Spanish and French that sound alike, each with one of them."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """The known words that an unknown word stands for."""

    words: tuple[str, ...]
    is_guess: bool = False
    """Whether a letter is wrong, so that another word may be meant."""


@dataclass(frozen=True)
class Spellings:
    """Reads unknown words.

    `known` are all words, `joined` those that people run together, `heads` those that such a word
    or one with doubled letters must have. A wrong letter is looked for in the `typed` words; `real`
    are words that look like one of them and are none. `short` words are misspelt only by a text of
    one word. `elisions` are the words that a letter and an apostrophe may stand before.
    `shorthand` are the words of chats, each with what it stands for. Words that sound like one of
    `heard` are taken for it.
    """

    known: Collection[str]
    joined: Collection[str]
    typed: Collection[str]
    real: Collection[str]
    heads: Collection[str]
    short: Collection[str]
    elisions: Collection[str]
    shorthand: Mapping[str, tuple[str, ...]]
    heard: Collection[str]

    def read(self, word: str) -> Spelling | None:
        """Return what the word stands for; None where it is simply another word."""
        if word in self.known or len(word) > _LONGEST:
            return None
        if words := self.shorthand.get(word):
            return Spelling(words)
        if words := self._drawn_out(word) or self._digits(word) or self._run_together(word):
            return Spelling(words)
        if word[0] in _ELIDED and word[1:] in self.elisions:
            return Spelling((word[0], word[1:]))
        if word in self.real:
            return None
        return self._typo(word) or self._sound(word) or self._far_typo(word)

    def resembles_short(self, word: str) -> bool:
        """Whether one wrong letter separates an unknown word from a short one."""
        if word in self.known or word in self.real:
            return False
        return any(not {*_gaps_of(word)}.isdisjoint(_gaps_of(short)) for short in self.short)

    def _drawn_out(self, word: str) -> tuple[str, ...] | None:
        """Undo letters written thrice or more; in heads, doubled ones at the ends or everywhere."""
        shortened = (re.sub(r"(.)\1{2,}", r"\1", word), re.sub(r"(.)\1{2,}", r"\1\1", word))
        ends = re.sub(r"^(.)\1|([^aeiou])\2$", r"\1\2", word)
        doubled = re.sub(r"(.)\1", r"\1", word) if re.fullmatch(r"(?:(.)\1)+", word) else word
        heads = (w for w in (ends, doubled) if self._is_head(w))
        known = (w for w in shortened if w != word and w in self.known)
        return next(((w,) for w in (*known, *heads)), None)

    def _digits(self, word: str) -> tuple[str, ...] | None:
        """Read digits as the letters they look like, or as words of their own."""
        if not any(character.isdigit() for character in word):
            return None
        if (letters := word.translate(_DIGITS)) in self.joined:
            return (letters,)
        parts = tuple(_PARTS.findall(word))
        is_known = all(part in self.joined or part in _DIGIT_WORDS for part in parts)
        return parts if is_known and self._is_head(parts[0]) else None

    def _run_together(self, word: str) -> tuple[str, ...] | None:
        """Split the word into known ones of two letters or more, as few as possible."""
        splits: list[tuple[str, ...] | None] = [()]
        for end in range(1, len(word) + 1):
            ways = (
                (*before, word[start:end])
                for start, before in enumerate(splits)
                if before is not None and end - start > 1 and word[start:end] in self.joined
            )
            splits.append(min(ways, key=len, default=None))
        words = splits[-1]
        return words if words and any(map(self._is_head, words)) else None

    def _is_head(self, word: str) -> bool:
        return len(word) >= _SHORTEST_HEAD and word in self.heads

    def _typo(self, word: str) -> Spelling | None:
        if swapped := self._swaps.get(word):
            return Spelling((swapped,), is_guess=True)
        near = {self._gaps[gap] for gap in _gaps_of(word) if gap in self._gaps}
        targets = (target for target in sorted(near) if _is_typo(word, target))
        target = next(targets, None)
        return Spelling((target,), is_guess=True) if target else None

    def _sound(self, word: str) -> Spelling | None:
        target = self._sounds.get(_sound_of(word)) if len(word) >= _SHORTEST_SOUND else None
        return Spelling((target,), is_guess=True) if target else None

    def _far_typo(self, word: str) -> Spelling | None:
        """Read a very long word with two wrong letters."""
        targets = (target for target in self._very_long if _are_alike(word, target))
        target = next(targets, None)
        return Spelling((target,), is_guess=True) if target else None

    @lazy_property
    def _sounds(self) -> dict[str, str]:
        """How a word sounds → the word."""
        return {_sound_of(word): word for word in sorted(self.heard, reverse=True)}

    @lazy_property
    def _very_long(self) -> list[str]:
        return sorted(word for word in self.typed if len(word) >= _VERY_LONG)

    @lazy_property
    def _swaps(self) -> dict[str, str]:
        """A word with two neighbouring letters swapped → the word."""
        return {
            word[:i] + word[i + 1] + word[i] + word[i + 2 :]: word
            for word in sorted(self.typed, reverse=True)
            for i in range(len(word) - 1)
            if word[i] != word[i + 1]
        }

    @lazy_property
    def _gaps(self) -> dict[str, str]:
        """A long word, or the word without one of its letters → the word."""
        long = sorted((w for w in self.typed if len(w) >= _SHORTEST_TYPO), reverse=True)
        return {gap: word for word in long for gap in _gaps_of(word)}


def _is_typo(word: str, target: str) -> bool:
    """Whether one letter is missing, added or changed, in a short word not the first one."""
    start = next((i for i, (a, b) in enumerate(zip(word, target, strict=False)) if a != b), None)
    if start is None:
        return abs(len(word) - len(target)) == 1
    if start == 0 and len(target) < _LONG:
        return False
    rest, wanted = word[start:], target[start:]
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]


def _sound_of(word: str) -> str:
    for spelling, sound in _SOUNDS:
        word = spelling.sub(sound, word)
    return word


def _are_alike(word: str, target: str) -> bool:
    """Whether two letters at most are missing, added or changed."""
    if abs(len(word) - len(target)) > _FAR or len(set(word) ^ set(target)) > 2 * _FAR:
        return False
    distances = list(range(len(target) + 1))
    for row, letter in enumerate(word, 1):
        diagonal, distances[0] = distances[0], row
        for column, wanted in enumerate(target, 1):
            changed = diagonal + (letter != wanted)
            diagonal = distances[column]
            distances[column] = min(changed, diagonal + 1, distances[column - 1] + 1)
    return distances[-1] <= _FAR


def _gaps_of(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters.

    Two words that differ by a letter that is missing, added or changed share one of these.
    """
    yield word
    yield from (word[:i] + word[i + 1 :] for i in range(len(word)))
