"""How surely each clause of a text is an opt-out, seen beside the words and clauses around it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ledger.messages.wordings.clauses import Clause
from ledger.messages.wordings.lexicon import ELSEWHERE, Lexicon, Span
from ledger.messages.wordings.rules import COURTESIES, Rules, Strength

_NEUTRAL = COURTESIES | {"emphasis", "answer", "message", "forever", "self", "this", "plain"}
_NAMING = ("introduce", "relative")
_AS_NOUN = {"keyword", "lone_keyword", "stop_word", "end", "purpose", "contact"}
_AS_OTHER_VERB = {"keyword", "lone_keyword", "stop_word"}
_OF_OTHER_LISTS = {"name", "topic", "time", "child"}
_PART_OF_NUMBER = 3
"""Digits of a telephone number written in groups."""
_LONGEST_NAME = 4
"""Words of a signature."""
_TALK = frozenset(
    {"answer", "introduce", "it", "subject", "complaint", "lone_doubtful", "doubtful"}
)
"""Classes that beside those of a clear opt-out leave open what is meant."""
_ALONE = ("keyword", "lone_keyword", "lone_doubtful", "purpose", "not_want", "not_need")
_FEW = 2
"""With at most this many other words, "stop" may be about the texts."""


@dataclass(frozen=True)
class ReadClause:
    """A clause cut into phrases, and how surely it is an opt-out."""

    clause: Clause
    spans: Sequence[Span]
    strength: Strength
    is_neutral: bool
    """Whether it says nothing: a courtesy, a name, a signature."""


def read_clauses(clauses: Sequence[Clause], lexicon: Lexicon, rules: Rules) -> list[ReadClause]:
    """Read the clauses of one text."""
    return [_read(clause, _in_context(lexicon.spans(clause)), rules) for clause in clauses]


def strength_of(clauses: Sequence[ReadClause]) -> Strength:
    """Return how surely the text is an opt-out.

    A clear clause is as sure as it is where the rest of its sentence says nothing else; beside
    another sentence about something else only a firm one is.
    """
    sentences = [
        list(sentence) for _, sentence in groupby(clauses, lambda read: read.clause.sentence)
    ]
    strengths = [_strength_of_sentence(sentence) for sentence in sentences]
    greatest = max(strengths, default=Strength.NONE)
    is_alone = all(
        strength > Strength.NONE or all(read.is_neutral for read in sentence)
        for strength, sentence in zip(strengths, sentences, strict=True)
    )
    return Strength.POSSIBLE if greatest is Strength.CLEAR and not is_alone else greatest


def _strength_of_sentence(sentence: Sequence[ReadClause]) -> Strength:
    greatest = max(read.strength for read in sentence)
    is_alone = all(read.is_neutral or read.strength > Strength.NONE for read in sentence)
    return greatest if is_alone else min(greatest, Strength.POSSIBLE)


def _read(clause: Clause, spans: Sequence[Span], rules: Rules) -> ReadClause:
    strength = rules.strength(spans)
    if strength is Strength.NONE and _may_stop(spans, rules.vocabulary):
        strength = Strength.POSSIBLE
    if clause.is_question:
        strength = min(strength, Strength.POSSIBLE)
    return ReadClause(clause, spans, strength, is_neutral=_is_neutral(clause, spans))


def _in_context(spans: Sequence[Span]) -> list[Span]:
    """Take from a word the senses that its neighbours exclude.

    After an article "stop" is a noun ("his stop"), before some words another verb ("stop by"). A
    list of something else is no list of numbers ("the volunteer list"). An unknown word with a
    capital letter may be a name, digits may be of a telephone number.
    """
    edge = Span("", frozenset({"article"}))
    read: list[Span] = []
    for before, span, after in zip((edge, *spans), spans, (*spans[1:], edge), strict=False):
        senses = span.classes
        if before.has("article") and before is not edge:
            senses -= _AS_NOUN
        if after.has("goes_on"):
            senses -= _AS_OTHER_VERB
        if before.classes <= _OF_OTHER_LISTS:
            senses -= {"list"}
        if not senses and span.is_capitalised:
            senses |= {"name"}
        if not senses and span.text.isdigit() and len(span.text) >= _PART_OF_NUMBER:
            senses |= {"digits"}
        read.append(replace(span, classes=senses))
    return read


def _may_stop(spans: Sequence[Span], vocabulary: frozenset[str]) -> bool:
    """Whether a word that opts out alone may be meant although other words stand beside it."""
    words = vocabulary | _TALK
    others = [span for span in spans if not span.classes & words]
    if any(span.has(*_ALONE) for span in spans) and not others:
        return True
    if _starts_or_ends_with_stop(spans):
        return True
    is_elsewhere = any(span.classes & ELSEWHERE for span in spans)
    has_stop = any(span.has("stop_word") for span in spans)
    return has_stop and not is_elsewhere and len(others) <= _FEW


def _starts_or_ends_with_stop(spans: Sequence[Span]) -> bool:
    """Whether "stop" is the first or the last word, as it is where people leave out full stops.

    "Remove" counts as the last word only: "we moved please remove", but "remove his coat".
    """
    said = [span for span in spans if not span.classes & COURTESIES]
    if not said:
        return False
    asks_at_end = said[-1].has("purpose") and any(span.has("ask", "said") for span in said[-3:-1])
    return said[0].has("stop_word") or said[-1].has("stop_word", "lone_keyword") or asks_at_end


def _is_neutral(clause: Clause, spans: Sequence[Span]) -> bool:
    others = [span for span in spans if not span.classes & _NEUTRAL]
    if not others:
        return True
    is_plain = all(not span.classes or span.has("name", *_NAMING) for span in others)
    return is_plain and len(spans) <= _LONGEST_NAME and _is_name(clause, others)


def _is_name(clause: Clause, others: Sequence[Span]) -> bool:
    """Whether the words say who writes: "this is Ana", "Ada's mom", "Ana" on a line by itself."""
    is_signed = any(mark in clause.opens for mark in "\n-–—~,") or not clause.opens
    is_written_as_name = all(span.is_capitalised for span in others)
    return any(span.has(*_NAMING) for span in others) or (
        is_signed and clause.sentence > 0 and is_written_as_name
    )
