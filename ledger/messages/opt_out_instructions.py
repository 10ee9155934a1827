"""Whether a message of the school says how to opt out, which carriers require of the first one.

The words are those of `ledger.messages.wordings`, as for the texts that people send.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from ledger.messages.wordings.clauses import plain_letters, split_clauses
from ledger.messages.wordings.lexicon import Span, load_lexicon

_KEYWORDS = ("keyword", "lone_keyword", "unsubscribe", "opt_out")
_ENDS = ("purpose", "end", "unsubscribe", "opt_out", "not_want")
_TEXTS = ("message", "this", "receive", "maybe_message")
_SHORT_CODE = re.compile(r"[0-9]{5,6}")
_BETWEEN = frozenset({"courtesy", "plain", "self", "emphasis", "instruct"})
"""Words that may stand between "reply" and the keyword, and before what ends."""


def says_how_to_opt_out(message: str) -> bool:
    """Whether a message says how to opt out: "Reply STOP to end", "ALTO para terminar"."""
    lexicon = load_lexicon()
    clauses = split_clauses(plain_letters(message))
    sentences = (
        [span for clause in sentence for span in lexicon.spans(clause)]
        for _, sentence in groupby(clauses, lambda clause: clause.sentence)
    )
    return any(_instructs(spans) for spans in sentences)


def _instructs(spans: Sequence[Span]) -> bool:
    """Whether one sentence names a keyword to send, or somebody to ask."""
    tails = [(span, spans[place + 1 :]) for place, span in enumerate(spans)]
    names_keyword = any(
        (span.has("instruct") and _starts_with_keyword(rest))
        or (span.has(*_KEYWORDS) and _starts_with_purpose(rest))
        or (span.has("unsubscribe", "opt_out", "purpose") and _is_capitalised_keyword(rest))
        or (span.has(*_KEYWORDS, "end") and span.is_capitalised and _starts_with_short_code(rest))
        for span, rest in tails
    )
    return names_keyword or (any(span.has("reach") for span in spans) and _names_an_end(spans))


def _starts_with_keyword(spans: Sequence[Span]) -> bool:
    """Whether the next word is a keyword: "Reply with STOP", but not "Reply and stop by"."""
    rest = _after(spans, _BETWEEN)
    if not rest or not rest[0].has(*_KEYWORDS):
        return False
    is_other = len(rest) > 1 and rest[1].has("purpose") and not _starts_with_purpose(rest[1:])
    return not is_other


def _is_capitalised_keyword(spans: Sequence[Span]) -> bool:
    """Whether only a keyword is left: "Opt out: STOP", "To stop: STOP"."""
    return len(spans) == 1 and spans[0].has(*_KEYWORDS) and spans[0].is_capitalised


def _starts_with_short_code(spans: Sequence[Span]) -> bool:
    """Whether the number to send a keyword to follows: "STOP au 36111"."""
    rest = _after(spans, frozenset({"plain", "to"}))
    return bool(rest) and _SHORT_CODE.fullmatch(rest[0].text) is not None


def _starts_with_purpose(spans: Sequence[Span]) -> bool:
    """Whether an end of texts follows: "to end", but not "to end the route"."""
    if not spans or not spans[0].has("purpose"):
        next_words = spans[1:2] if spans and spans[0].has("to") else ()
        return any(span.has("unsubscribe", "opt_out") for span in next_words)
    rest = _after(spans[1:], _BETWEEN)
    return not rest or rest[0].has(*_TEXTS, *_ENDS) or rest[0].is_capitalised


def _names_an_end(spans: Sequence[Span]) -> bool:
    """Whether the sentence is about the end of texts: "To opt out", "to stop these texts"."""
    if any(span.has("unsubscribe", "opt_out") for span in spans):
        return True
    ends = (place for place, span in enumerate(spans) if span.has(*_ENDS))
    return any(_has_texts_next(spans[place + 1 :]) for place in ends)


def _has_texts_next(spans: Sequence[Span]) -> bool:
    rest = _after(spans, frozenset({"plain", "receive", "self", "this"}))
    return bool(rest) and rest[0].has("message")


def _after(spans: Sequence[Span], skipped: frozenset[str]) -> Sequence[Span]:
    """The spans from the first one that is not of these classes."""
    places = (place for place, span in enumerate(spans) if not span.classes & skipped)
    return spans[next(places, len(spans)) :]
