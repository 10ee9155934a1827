"""Takes personal data and secrets out of a log line, and marks the line.

    event="Retrying /Messages.json?To=(a number)" redacted=number      (one line)

The modules of this program write no such data: a marked line shows a fault in one of them, or
comes from a library. Data is known by its shape. A name in a sentence has none, so that only the
tests can prove that none is logged: they read every line that they cause.
"""

import re
from functools import cache
from typing import Any, get_args, get_type_hints

from ledger.domain.events import EVENT_TYPES

MARK = "redacted"
"""The field of a changed line: what was taken out, separated by commas."""

_SECRETS = (
    ("database_password", r"(?P<before>\b[a-z][\w+.-]*://[^\s:/@?]*:)[^\s@/]+(?=@)"),
    ("authorization", r"(?i)(?P<before>\bauthorization['\"]?\s*[:=]\s*)(?:b?['\"])?[^'\"\n,}]+"),
    ("authorization", r"(?i)(?P<before>\b(?:basic|bearer)\s+)[\w+/=.~-]{16,}"),
    ("link", r"(?P<before>/(?:sign-in|shared)/)[\w~.-]+"),
    ("token", r"(?P<before>/twilio/status/[\w-]+/\d+/)[\w-]+"),
    (
        "secret",
        (
            r"(?i)(?P<before>\b[\w-]*(?:password|passwd|secret|token|api_?key|cookie)[\w-]*"
            r"(?:=|['\"]\s*[:=]\s*)['\"]?)[^\s'\"&,;)}]+"
        ),
    ),
)
_WORDS_OF_PEOPLE = (
    r"(?P<before>['\"](?:Body|(?:\w+_)?name|phone|reason|source|message)['\"]\s*:\s*)"
    r"(?:'[^']*'|\"[^\"]*\")"
)
_TEXT_OF_FORM = r"(?P<before>\bBody=)[^\s&]+"
# International, with 0 or 00 before it, in digits alone, and as in North America.
_NUMBERS = (
    r"(?:\+|%2[Bb])\d[\d ().-]{6,}\d",
    r"(?<![\w.+:-])0\d[\d ().-]{7,}\d(?![\w:])",
    r"(?<![\w.+-])\d{11,15}(?![\w:-]|\.\d)",
    r"(?<![\w.+-])(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}[2-9]\d{2}[ .-]?\d{4}(?![\w-])",
)


def without_data(text: str) -> tuple[str, set[str]]:
    """Return the text without personal data and secrets, and what kinds were taken out."""
    kinds = set()
    for kind, pattern, replacement in _replacements():
        text, count = pattern.subn(replacement, text)
        if count:
            kinds.add(kind)
    shown = _without_sealed_parts(text)
    return (shown, kinds | {"sealed_part"}) if shown != text else (text, kinds)


@cache
def _replacements() -> list[tuple[str, re.Pattern[str], str]]:
    secrets = [(kind, re.compile(p), r"\g<before>(left out)") for kind, p in _SECRETS]
    words = [
        ("words", re.compile(pattern), r"\g<before>(left out)")
        for pattern in (_WORDS_OF_PEOPLE, _TEXT_OF_FORM)
    ]
    numbers = [("number", re.compile(pattern), "(a number)") for pattern in _NUMBERS]
    return [*secrets, *words, *numbers]


def _without_sealed_parts(text: str) -> str:
    """Leave out all that follows the name of a sealed part, as in `Person(phone=…, name=…)`.

    What people write may hold any bracket, so that nothing shows where the part ends.
    """
    began = _sealed_part().search(text)
    return f"{text[: began.end()]}(left out)" if began else text


@cache
def _sealed_part() -> re.Pattern[str]:
    hints: list[Any] = [get_type_hints(kind).get("private") for kind in EVENT_TYPES]
    names = sorted({get_args(hint)[0].__name__ for hint in hints if hint})
    return re.compile(rf"\b(?:{'|'.join(names)})(?=\(\w+=)")
