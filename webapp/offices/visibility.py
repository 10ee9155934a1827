"""Whether what an id names belongs to an office that somebody sees.

What exists in no office that is seen, and what does not exist at all, are the same to them.
"""

from collections.abc import Callable, Collection, Mapping

from ledger.domain.contact_list import ContactList
from ledger.domain.draft import Draft
from ledger.domain.events import (
    CampaignCreated,
    ContactListed,
    ContactOptedIn,
    ContactOptedOut,
    InboundReceived,
    LegalHoldPlaced,
    LegalHoldReleased,
    NamedTemplateArchived,
    NamedTemplateChanged,
    NamedTemplateEvent,
    NamedTemplateMade,
    StrayCallbackReceived,
)
from ledger.domain.named_templates import STREAM as TEMPLATES
from ledger.domain.named_templates import NamedTemplates
from ledger.domain.offices import Scope
from ledger.errors import LedgerError
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from projections.conversations.queries import ConversationQueries
from projections.names import NameQueries

_OF_ALL_OFFICES = frozenset(
    kind.topic for kind in (ContactOptedOut, ContactOptedIn, LegalHoldPlaced, LegalHoldReleased)
)
"""Events of a person that everybody sees, as they are obeyed by all offices."""

_OF_TEMPLATES = frozenset(
    kind.topic for kind in (NamedTemplateMade, NamedTemplateChanged, NamedTemplateArchived)
)


class Visibility:
    """What a scope lets somebody see. The offices of campaigns and drafts are read from events.

    `reader` reads the whole ledger; `names` and `conversations` answer with this scope. `scope_of`
    returns what the user with an id sees.
    """

    def __init__(
        self,
        scope: Scope,
        reader: LedgerReader,
        names: NameQueries,
        conversations: ConversationQueries,
        scope_of: Callable[[str], Scope],
    ) -> None:
        self._scope, self._reader, self._scope_of = scope, reader, scope_of
        self._names, self._conversations = names, conversations
        self._known: dict[str, bool] = {}

    def sees(self, id_: str) -> bool:
        """Whether what this id names is seen; ids of other kinds belong to no office."""
        rule = self._rules.get(id_[:4])
        if rule is None:
            return True
        if id_ not in self._known:
            is_seen = rule(id_)
            if not is_seen and self._first(id_) is None:
                return False  # and not for good: this request may be the one that makes it
            self._known[id_] = is_seen
        return self._known[id_]

    def campaign_ids(self) -> Collection[str]:
        """Return the campaigns that are seen, with those of replies, as the views know them."""
        return self._names.campaign_ids()

    def hidden(self, events: Collection[RecordedEvent]) -> set[int]:
        """Return the seqs of those of the events that are not seen."""
        texts = {each.seq for each in events if each.topic == InboundReceived.topic}
        hidden_texts = texts - self._conversations.seen_texts(texts)
        return hidden_texts | {each.seq for each in events if not self._sees_event(each)}

    def _sees_event(self, recorded: RecordedEvent) -> bool:
        if recorded.topic == StrayCallbackReceived.topic:
            return False  # no text of the school has it, so no office does
        if recorded.campaign_id is not None:
            return self.sees(recorded.campaign_id)
        if recorded.topic == ContactListed.topic:
            return self._sees_row_of_list(recorded)
        if recorded.topic in _OF_TEMPLATES:
            return self._sees_event_of_template(recorded)
        if recorded.topic in _OF_ALL_OFFICES:
            return True
        if recorded.contact_id is not None:
            return self.sees(recorded.contact_id)
        return self.sees(recorded.stream_id)

    @property
    def _rules(self) -> Mapping[str, Callable[[str], bool]]:
        return {
            "cam_": self._sees_campaign,
            "del_": self._sees_delivery,
            "dra_": self._sees_draft,
            "con_": self._names.knows,
            "lnk_": self._sees_permalink,
            "rsd_": self._sees_first_event,
            "lst_": self._sees_list,
            "lpt_": self._sees_first_event,
            "tpl_": self._sees_template,
        }

    def _sees_campaign(self, campaign_id: str) -> bool:
        first = self._first(campaign_id)
        try:
            event = first.event if first else None
        except LedgerError:  # whose campaign it is cannot be read
            return False
        return isinstance(event, CampaignCreated) and self._scope.sees(event.office_id)

    def _sees_delivery(self, delivery_id: str) -> bool:
        first = self._first(delivery_id)
        return bool(first and first.campaign_id and self.sees(first.campaign_id))

    def _sees_draft(self, draft_id: str) -> bool:
        draft = self._reader.load(Draft, draft_id)
        return draft.exists and self._scope.sees(draft.office_id)

    def _sees_list(self, list_id: str) -> bool:
        contact_list = self._reader.load(ContactList, list_id)
        return contact_list.exists and self._sees_shared(contact_list.office_id)

    def _sees_template(self, template_id: str) -> bool:
        templates = self._reader.load(NamedTemplates, TEMPLATES).templates
        return template_id in templates and self._sees_shared(templates[template_id].office_id)

    def _sees_event_of_template(self, recorded: RecordedEvent) -> bool:
        try:
            event = recorded.event
        except LedgerError:  # whose template it is cannot be read
            return False
        return isinstance(event, NamedTemplateEvent) and self._sees_shared(event.office_id)

    def _sees_shared(self, office_id: str | None) -> bool:
        """Whether a list or a template is seen; one without an office is everybody's."""
        return office_id is None or self._scope.sees(office_id)

    def _sees_row_of_list(self, recorded: RecordedEvent) -> bool:
        try:
            event = recorded.event
        except LedgerError:  # of which list it is cannot be read
            return False
        return isinstance(event, ContactListed) and self.sees(event.list_id)

    def _sees_first_event(self, stream_id: str) -> bool:
        first = self._first(stream_id)
        return first is not None and self._sees_event(first)

    def _sees_permalink(self, permalink_id: str) -> bool:
        """Of a page without campaign and person, whether all that its maker sees is seen.

        Of a maker who has no offices, such as a former colleague, it is not.
        """
        made = self._first(permalink_id)
        if made is None:
            return False
        if made.campaign_id or made.contact_id:
            return self._sees_event(made)
        makers = self._scope_of(made.event.actor)
        return bool(makers.office_ids) and makers.within(self._scope) == makers

    def _first(self, stream_id: str) -> RecordedEvent | None:
        return next(iter(self._reader.first_events([stream_id])), None)
