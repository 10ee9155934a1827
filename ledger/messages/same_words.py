"""Whether a text in Twilio's records has the words that were sent.

Twilio may have changed them: Smart Encoding replaces quotes, dashes and spaces, and a setting of
the account removes the whole text.
"""

import unicodedata

_COUNTED = frozenset({"Lu", "Ll", "Lt", "Lo", "Nd", "Nl", "No"})
"""Letters and digits; not the modifier letters, some of which stand for an apostrophe."""


def is_same_text(recorded: str, sent: str) -> bool:
    """Whether both have the same letters and digits in the same order.

    Case, accents, punctuation, spaces and symbols do not count. A text without any letter or digit
    is never the same as another: nothing is left to compare.
    """
    letters = _letters(recorded)
    return bool(letters) and letters == _letters(sent)


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in decomposed if unicodedata.category(char) in _COUNTED)
