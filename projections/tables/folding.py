"""Folds text for search: without accents, case and other differences that people do not type.

Rows hold the folded text, and what staff search for is folded in the same way. So both databases
compare the same characters, without a collation or an extension.
"""

import unicodedata

_LETTERS = {
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ł": "l",
    "ŧ": "t",
    "\u0131": "i",
    "ŋ": "n",
}
"""Letters that Unicode does not decompose → what people type for them."""

_WRITTEN_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
    | {"Ø": "Oe", "Å": "Aa"}
)
"""Letters of German and the Nordic languages → two letters that are written for one of them."""

_APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u2018\u2019\u201b\u2032"
_WITHOUT_APOSTROPHES = str.maketrans("", "", _APOSTROPHES)
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
"""Categories without a visible character: controls, invisible ones, half a surrogate pair."""


def fold(text: str) -> str:
    """Return the text as it is compared: small letters and ASCII digits, single spaces.

    Folding a folded text changes nothing.

        fold("Zoë  O'Brien-Łukasz") == "zoe obrien-lukasz"
    """
    plain = text.lower() if text.isascii() else _plain(text)
    return " ".join(plain.translate(_COMPARED).split())


def spellings_of(text: str) -> tuple[str, ...]:
    """Return the text folded, and folded with its umlauts written out where that is another text.

    A name is stored in all its spellings, and a search is for any of them.

        spellings_of("Müller") == ("muller", "mueller")
    """
    folded = fold(text)
    if text.isascii():
        return (folded,)
    written_out = fold(unicodedata.normalize("NFC", text).translate(_WRITTEN_OUT))
    return (folded,) if written_out == folded else (folded, written_out)


def _plain(text: str) -> str:
    """Decompose twice, because `casefold` composes some letters; leave the marks out."""
    text = text.translate(_WITHOUT_APOSTROPHES)  # one of them decomposes into a space
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in small if not unicodedata.combining(letter))


class _Compared(dict[int, str]):
    """Code point → what is compared instead; each is computed when it first occurs."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = compared = _compared(chr(code_point))
        return compared


def _compared(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return " "
    if character in _APOSTROPHES or category in _DROPPED:
        return ""
    if category == "Pd":
        return "-"
    digit = unicodedata.decimal(character, None)
    return _LETTERS.get(character, character) if digit is None else str(digit)


_COMPARED = _Compared()
