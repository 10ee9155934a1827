"""The words of a search of the audit trail, as people write them in the box or after `audit`.

    type:"Campaign closed" actor:"J. Ortiz" campaign:"Winter coats" contact:"Ada Lovelace"
    number:"+1 212 555 0147" sid:SM… code:30003 after:"23 Nov" before:2h seq:10..90 is:late

This module reads and writes them; what a name stands for, `names.py` knows.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from ledger.errors import BadInput
from webapp.as_of import seq_in, start_of
from webapp.audit.names import AuditNames
from webapp.audit.query import (
    AuditQuery,
    SeqRange,
    kind_of,
    seq_range,
    written_time,
    yes_or_no,
)
from webapp.explain.event_summaries import type_label
from webapp.explain.numbers import number

_TERM = re.compile(
    r'(?:(?P<word>[^\s:"]+):\s*)?(?:["“”](?P<quoted>[^"“”]*)(?:["“”]|$)|(?P<plain>\S+))'
)
_LONE_TERM = re.compile(r'([a-z]+):([^"“”]*\s[^"“”]*)')
_MAX_CHARACTERS = 1000


@dataclass(frozen=True)
class Word:
    """A word of the search, for readers."""

    name: str
    example: str
    meaning: str


WORDS = (
    Word("type", 'type:"Campaign closed"', "what happened; a part of its name is enough"),
    Word("actor", 'actor:"The sender"', "who did it: a name, sender or twilio"),
    Word("campaign", 'campaign:"Winter coats"', "a campaign, by name or id"),
    Word("contact", 'contact:"Ada Lovelace"', "a person, by name or id"),
    Word("number", 'number:"212 555 0147"', "the person with this number"),
    Word("delivery", "delivery:del_…", "one text to one person, by id"),
    Word("sid", "sid:SM…", "the text with this SID of Twilio"),
    Word("code", "code:30003", "an error code of Twilio"),
    Word("request", "request:7f3a9c5d20b14e68", "what people did in the request with this id"),
    Word("after", 'after:"23 Nov"', "recorded then or later; or after:#41"),
    Word("before", "before:2026-11-24T08:00", "recorded earlier; or before:#90"),
    Word("seq", "seq:10..90", "these events, by their numbers"),
    Word("is", "is:late, is:stray", "callbacks that changed nothing, or that belong to no text"),
    Word("is", "is:access", "the record of access alone: who signed in, saw or took which data"),
    Word("access", "access:yes", "with the record of access; access:no leaves it out"),
    Word("routine", "routine:no", "without enrolments, starts, reports on the way, and access"),
)
"""Every word that there is, in the order of the help."""

_NAMES = list(dict.fromkeys(word.name for word in WORDS))

Term = tuple[str, str]
"""A word and what follows it."""


def read_words(text: str, names: AuditNames, now: datetime) -> AuditQuery:
    """Return the search that the words describe. Raises `BadInput`, `names.Ambiguous`."""
    if len(text) > _MAX_CHARACTERS:
        raise BadInput(f"A search may have {number(_MAX_CHARACTERS)} characters.")
    return _query(_terms(text), names, now)


def read_arguments(arguments: Sequence[str], names: AuditNames, now: datetime) -> AuditQuery:
    """Return the search of a command line, whose shell took the quotes away; raises the same."""
    terms: list[Term] = []
    for argument in arguments:
        lone = _LONE_TERM.fullmatch(argument)
        is_lone = lone is not None and not re.search(r"\s[a-z]+:", lone[2])
        terms += [(lone[1], lone[2].strip())] if lone and is_lone else _terms(argument)
    return _query(terms, names, now)


def _terms(text: str) -> list[Term]:
    found = _TERM.finditer(text)
    return [(t["word"] or "", t["plain"] if t["quoted"] is None else t["quoted"]) for t in found]


def _query(terms: Iterable[Term], names: AuditNames, now: datetime) -> AuditQuery:
    query, seen = AuditQuery(), set[str]()
    for word, text in terms:
        name = word.lower()
        if not name and text.startswith("#"):
            name = "seq"
        if name not in _NAMES:
            raise BadInput(_unknown_word(word, text))
        if name in seen:
            raise BadInput(f"{name}: stands in the search twice. Write it once.")
        if not text.strip():
            raise BadInput(f"Nothing follows {name}: Write, for example, {_example(name)}.")
        seen.add(name)
        query = _READERS[name](query, text.strip(), names, now)
    if {"contact", "number"} <= seen:
        raise BadInput("Write either contact: or number:, as both name the person.")
    return query


def _unknown_word(word: str, text: str) -> str:
    words = "The words are " + ", ".join(f"{name}:" for name in _NAMES) + "."
    if not word:
        return f"Write a word before “{text[:60]}”, such as contact:{text[:60]}. {words}"
    near = get_close_matches(word.lower(), _NAMES, 1)
    meant = f" Did you mean {near[0]}:?" if near else ""
    return f"“{word[:60]}:” is no word of this search.{meant} {words}"


def _example(name: str) -> str:
    return next(word.example for word in WORDS if word.name == name)


_Reader = Callable[[AuditQuery, str, AuditNames, datetime], AuditQuery]


def _after(query: AuditQuery, text: str, _names: AuditNames, now: datetime) -> AuditQuery:
    seq = seq_in(text)
    if seq is None:
        return replace(query, since=start_of(text, now))
    return _within(query, SeqRange(seq + 1))


def _before(query: AuditQuery, text: str, _names: AuditNames, now: datetime) -> AuditQuery:
    seq = seq_in(text)
    if seq is None:
        return replace(query, until=start_of(text, now))
    return _within(query, SeqRange(last=max(seq - 1, 0)))


def _within(query: AuditQuery, seqs: SeqRange) -> AuditQuery:
    return replace(query, seq=query.seq.narrowed(seqs) if query.seq else seqs)


def _routine(query: AuditQuery, text: str, _names: AuditNames, _now: datetime) -> AuditQuery:
    return replace(query, leaves_out_routine=not yes_or_no("routine", text.lower()))


def _access(query: AuditQuery, text: str, _names: AuditNames, _now: datetime) -> AuditQuery:
    return replace(query, access=yes_or_no("access", text.lower()))


_READERS: dict[str, _Reader] = {
    "type": lambda q, text, names, _: replace(q, type=names.topics(text)),
    "actor": lambda q, text, names, _: replace(q, actor=names.actor(text)),
    "campaign": lambda q, text, names, _: replace(q, campaign=names.campaign(text)),
    "contact": lambda q, text, names, _: replace(q, contact=names.contact(text)),
    "number": lambda q, text, names, _: replace(q, contact=names.contact_of(text)),
    "delivery": lambda q, text, *_: replace(q, delivery=text),
    "sid": lambda q, text, *_: replace(q, sid=text),
    "code": lambda q, text, *_: replace(q, code=text),
    "request": lambda q, text, *_: replace(q, request=text),
    "after": _after,
    "before": _before,
    "seq": lambda q, text, *_: _within(q, seq_range(text)),
    "is": lambda q, text, *_: replace(q, kind=kind_of(text.lower())),
    "routine": _routine,
    "access": _access,
}


def words_of(query: AuditQuery, names: AuditNames) -> str:
    """Return the search in words, as `read_words` reads them: names in place of ids."""
    named: dict[str, str | None] = {
        "type": ", ".join(map(type_label, query.type)),
        "actor": query.actor and names.actors.get(query.actor, query.actor),
        "campaign": query.campaign and names.campaign_words(query.campaign),
        "contact": names.contact_words(query.contact) if query.contact else None,
    }
    return " ".join(_terms_of(query, named))


def exact_words_of(query: AuditQuery) -> list[str]:
    """Return the search as arguments of `audit`, with ids, which stand for one thing only."""
    ids: dict[str, str | None] = {
        "type": ",".join(query.type),
        "actor": query.actor,
        "campaign": query.campaign,
        "contact": ",".join(query.contact),
    }
    return _terms_of(query, ids)


def _terms_of(query: AuditQuery, whom: Mapping[str, str | None]) -> list[str]:
    texts = {
        **whom,
        "delivery": query.delivery,
        "sid": query.sid,
        "code": query.code,
        "request": query.request,
        "after": written_time(query.since),
        "before": written_time(query.until),
        "seq": query.seq and str(query.seq),
        "is": query.kind,
        "routine": "no" if query.leaves_out_routine else None,
        "access": query.parameters().get("access"),
    }
    return [f"{word}:{_quoted(text)}" for word, text in texts.items() if text]


def _quoted(text: str) -> str:
    text = re.sub(r'["“”]', "", text)
    return f'"{text}"' if re.search(r"[\s:]", text) else text
