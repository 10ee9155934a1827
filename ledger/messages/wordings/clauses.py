"""A text as clauses of plain words, whatever its case, accents, punctuation or invisible marks.

"Hi!! Please S.T.O.P 🛑"   ─▶   [hi] [please, stop, 🛑]
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1600
"""Twilio's limit of a text, in characters; what is longer is cut off."""

_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc\u02b9\u00b4`\u2032\uff07"), "'")
_BLANKS = dict.fromkeys(map(ord, "\u115f\u1160\u2800\u3164\uffa0"), " ")
_SPELLED = re.compile(r"(?<![^\W_])[^\W\d_](?:(?:_|[^\w\n]){1,3}[^\W\d_](?![^\W_])){2,}")
_ELISION = re.compile(r"(?:qu|[cdjlmnst])'(?=[aeiouyh])", re.IGNORECASE)
_CHUNK = re.compile(r"\S+")
_TOKEN = re.compile(
    r"(?P<word>[^\W_]+(?:['*]+[^\W_]+)*\**)"
    r"|(?P<end>[.!?;\n]+)"
    r"|(?P<pause>[,:()\"“”«»„|~/–—]+|(?<=\s)-+|-+(?=\s))"
    r"|(?P<symbol>[^\w\s])"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word in lower case without accents, or one symbol such as an emoji."""

    text: str
    is_capitalised: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Words between two pauses; clauses of the same `sentence` number make a sentence."""

    words: tuple[Word, ...]
    sentence: int
    opens: str
    """The punctuation before the clause."""
    is_question: bool


def plain_letters(text: str) -> str:
    """Return the text with simple letters: no accents, no invisible marks, no full width."""
    decomposed = unicodedata.normalize("NFKD", text[:LONGEST].translate(_APOSTROPHES))
    visible = (_visible(character) for character in decomposed.translate(_BLANKS))
    return "".join(visible)[:LONGEST].translate(_APOSTROPHES)


def split_clauses(text: str) -> list[Clause]:
    """Split a text of `plain_letters` into its clauses; none for a text without words."""
    joined = _SPELLED.sub(lambda letters: re.sub(r"[\W_]+", "", letters[0]), text)
    without_links = _CHUNK.sub(lambda chunk: _link(chunk[0]), joined)
    return list(_clauses(_ELISION.sub(lambda elided: elided[0][:-1] + " ", without_links)))


def _visible(character: str) -> str:
    """Drop accents, direction marks and joiners; turn a letter in a black box into the letter."""
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Sk"} and character != "`":
        return ""
    for first in (0x1F150, 0x1F170):
        if 0 <= ord(character) - first < 26:
            return chr(ord("a") + ord(character) - first)
    return character


def _link(chunk: str) -> str:
    is_link = "://" in chunk or chunk.lower().startswith("www.") or re.search(r"\w@\w", chunk)
    return "link" if is_link else chunk


def _clauses(text: str) -> Iterator[Clause]:
    questions = _questions(text)
    words: list[Word] = []
    sentence, opens = 0, ""
    for token in (*_TOKEN.finditer(text), None):
        if token is not None and token.lastgroup in {"word", "symbol"}:
            words.append(_word(token[0]))
            continue
        if words:
            yield Clause(tuple(words), sentence, opens, sentence in questions)
            words, opens = [], ""
        if token is not None:
            opens += token[0]
            sentence += token.lastgroup == "end"


def _questions(text: str) -> set[int]:
    """The numbers of the sentences that end with a question mark."""
    ends = (token[0] for token in _TOKEN.finditer(text) if token.lastgroup == "end")
    return {number for number, end in enumerate(ends) if "?" in end}


def _word(text: str) -> Word:
    is_masked = "*" in text.rstrip("*")
    letters = text.replace("'", "").rstrip("*") or text
    return Word("***" if is_masked else letters.casefold(), text[0].isupper())
