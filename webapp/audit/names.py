"""What the names in a search of the audit trail stand for, and the names of what events concern.

A name or number is looked up here once, and becomes an id; only ids go on, into addresses too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.commands.same_phone import known_contact_ids
from ledger.domain.events import EVENT_TYPES, CampaignCreated, LaunchRequested
from ledger.errors import BadInput
from ledger.lazy_property import lazy_property
from ledger.messages.phone_numbers import normalize
from ledger.recorded_event import RecordedEvent
from projections.names import Person
from projections.tables.folding import fold
from webapp.audit.query import AuditQuery
from webapp.bootstrap import Application
from webapp.explain.actors import actor_names
from webapp.explain.event_problems import sound
from webapp.explain.event_summaries import type_label
from webapp.explain.people import name_without_number
from webapp.people_named import people_named

_MOST_CHOICES = 10
REPLIES = "Replies of staff"
_REPLIES_WORD = "replies"


@dataclass(frozen=True)
class Choice:
    """One of several that a name may stand for."""

    id: str
    label: str


class Ambiguous(BadInput):
    """A name stands for several; the reader must choose one of them, or write more of it."""

    def __init__(self, word: str, text: str, choices: Sequence[Choice]) -> None:
        shown = choices[:_MOST_CHOICES]
        more = len(choices) > _MOST_CHOICES
        kinds = "people" if word == "contact" else f"{word}s"
        count = f"More than {_MOST_CHOICES}" if more else str(len(choices))
        super().__init__(
            f"{count} {kinds} fit {word}:“{text[:60]}”. Choose one, or write more of the name."
        )
        self.word = word
        self.choices = shown


class AuditNames:
    """Looks names up, now or as of a seq.

    `kept` is the search that the reader starts from: a name of it that stays in the box keeps its
    id, also where others have the same name.
    """

    def __init__(
        self, app: Application, seq: int | None = None, kept: AuditQuery | None = None
    ) -> None:
        self._app, self._seq = app, seq
        self._names = app.names if seq is None else app.names.as_of(seq)
        self._kept = kept or AuditQuery()

    # Names of ids.

    @lazy_property
    def actors(self) -> Mapping[str, str]:
        """Actor, as an event holds it → name."""
        return actor_names(self._app.accounts.names())

    @lazy_property
    def campaigns(self) -> Mapping[str, str]:
        """Campaign id → name, of every launched campaign, the newest first."""
        return self._names.campaigns()

    @lazy_property
    def replies_ids(self) -> Collection[str]:
        """The ids of the campaigns that hold the replies of staff: one of each office."""
        identity, scope = self._app.ledger.identity, self._app.scope
        office_ids = (None, *self._app.offices.offices)
        return [identity.replies_campaign_id(each) for each in office_ids if scope.sees(each)]

    def unlaunched(self, campaign_ids: Iterable[str | None]) -> Mapping[str, str]:
        """Return campaign id → name, of those of the campaigns that are not launched.

        It is read from what was asked for: a launch that waits for approval, was refused, or began.
        """
        known = {*self.campaigns, *self.replies_ids}
        streams = self._app.ledger.reader.streams({each for each in campaign_ids if each} - known)
        names = {each: _name_in(events, self._seq) for each, events in streams.items()}
        return {each: name for each, name in names.items() if name}

    def people(self, contact_ids: Iterable[str | None]) -> Mapping[str, Person]:
        """Return contact id → person."""
        return self._names.people({each for each in contact_ids if each})

    def campaign_words(self, campaign_id: str) -> str:
        """Return the name of a campaign, or its id where it has none."""
        if campaign_id in self.replies_ids:
            return _REPLIES_WORD
        names = self.campaigns if campaign_id in self.campaigns else self.unlaunched([campaign_id])
        return names.get(campaign_id, campaign_id)

    def contact_words(self, contact_ids: Collection[str]) -> str:
        """Return the name of a person, or the id where no name is known."""
        people = self.people(contact_ids)
        return next((each.name for each in people.values() if each.name), next(iter(contact_ids)))

    # Ids of names.

    def topics(self, text: str) -> tuple[str, ...]:
        """Return the topics of the types that the text names, wholly or in part."""
        topics = [topic for part in text.split(",") for topic in _topics_of(part)]
        return tuple(dict.fromkeys(topics))

    def actor(self, text: str) -> str:
        """Return the actor with this id or name."""
        if text in self.actors or text.startswith("usr_"):
            return text
        matches = _matches(self.actors, text)
        if not matches:
            known = ", ".join(sorted(self.actors.values())[:20])
            raise BadInput(f"Nobody called “{text[:60]}” has acted here. There are: {known}.")
        return self._one("actor", text, matches, self._kept.actor)

    def campaign(self, text: str) -> str:
        """Return the id of the campaign with this id or name."""
        if text.startswith("cam_"):
            return text
        if fold(text) == _REPLIES_WORD:
            return next(iter(self.replies_ids), "")
        kept = self._kept.campaign
        if kept and fold(self.campaign_words(kept)) == fold(text):
            return kept
        matches = _matches(self.campaigns, text)
        if not matches:
            raise BadInput(
                f"There is no campaign “{text[:60]}”. Write a part of its name, or its id."
            )
        return self._one("campaign", text, matches, kept)

    def contact(self, text: str) -> tuple[str, ...]:
        """Return the ids of the person with this id or name."""
        if text.startswith("con_"):
            return tuple(text.split(","))
        kept = self._kept.contact
        if kept and fold(self.contact_words(kept)) == fold(text):
            return kept
        named = people_named(self._app, text, _MOST_CHOICES + 1, until=self._seq)
        people = {each.contact_id: each for each in named}
        if not people:
            raise BadInput(
                f"Nobody called “{text[:60]}” was texted. Write a part of the name, or number: and "
                "the number."
            )
        labels = {contact_id: _label(person) for contact_id, person in people.items()}
        person = people[self._one("contact", text, labels, kept[0] if kept else None)]
        return (
            self._known_ids(person.phone) or (person.contact_id,)
            if person.phone
            else (person.contact_id,)
        )

    def contact_of(self, number: str) -> tuple[str, ...]:
        """Return the ids of the person with this number."""
        try:
            phone = normalize(number, self._app.settings.phone_region)
        except BadInput as error:
            raise BadInput(f"What follows number: cannot be read: {error}.") from error
        ids = self._known_ids(phone)
        if not ids:
            raise BadInput(
                f"No event fits. The number ends in {phone[-4:]} and was never texted or heard of."
            )
        return ids

    def _known_ids(self, phone: str) -> tuple[str, ...]:
        ledger = self._app.ledger
        return tuple(known_contact_ids(ledger.reader, ledger.identity, phone))

    def _one(self, word: str, text: str, matches: Mapping[str, str], kept: str | None) -> str:
        if len(matches) == 1:
            return next(iter(matches))
        if kept is not None and kept in matches:
            return kept
        raise Ambiguous(word, text, [Choice(*match) for match in matches.items()])


def _name_in(events: Iterable[RecordedEvent], seq: int | None) -> str:
    """Return the last name in the events of a campaign's stream up to a seq; blank for none."""
    texts = (
        event.private
        for recorded in sound(events)
        if seq is None or recorded.seq <= seq
        for event in [recorded.event]
        if isinstance(event, CampaignCreated | LaunchRequested)
    )
    return next((text.name for text in reversed(list(texts)) if text), "")


def _topics_of(text: str) -> list[str]:
    """Return the topic of the type that is called so, else of those with these words."""
    labels = {event.topic: type_label(event.topic) for event in EVENT_TYPES}
    wanted = _letters(text)
    exact = [t for t, label in labels.items() if wanted in (_letters(t), _letters(label))]
    words = fold(text).split()
    found = exact or [t for t, label in labels.items() if all(w in fold(label) for w in words)]
    if not found or not words:
        raise BadInput(
            f"“{text.strip()[:60]}” is no type of event. The types are "
            f"{', '.join(sorted(labels.values()))}."
        )
    return found


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def _matches(names: Mapping[str, str], text: str) -> dict[str, str]:
    """Return id → name of those that are called so, else of those whose names have the words."""
    wanted = fold(text)
    exact = {each: name for each, name in names.items() if fold(name) == wanted}
    words = wanted.split()
    parts = {each: name for each, name in names.items() if all(w in fold(name) for w in words)}
    return exact or (parts if words else {})


def _label(person: Person) -> str:
    ending = f", number ending {person.phone[-4:]}" if person.phone else ""
    return f"{name_without_number(person)}{ending}"
