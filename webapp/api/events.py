"""The audit trail: events of a search, the newest first or to follow them, and one of them.

Names and numbers are in no address: a search with them is posted.
"""

from flask import Blueprint, request

from ledger.domain.vocabulary import ViewPlace
from ledger.errors import BadInput, NotFound
from ledger.recorded_event import RecordedEvent
from webapp.api.authentication import caller
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.models import events as models
from webapp.api.models.base import MomentQuery, PageQuery
from webapp.api.models.problem import FieldProblem
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.audit.names import Ambiguous, AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.words import read_words
from webapp.audit_filters import check_search
from webapp.current import application
from webapp.documents import event_document
from webapp.explain.event_fields import fields_of, shows_words
from webapp.explain.event_problems import EventProblem, problem_of
from webapp.explain.numbers import number
from webapp.permissions import Permission, needs
from webapp.shown_moment import until_seq
from webapp.whole_numbers import whole_number

blueprint = Blueprint("events", __name__, url_prefix="/events")

_TAG = "Audit trail"


@blueprint.get("")
@operation(
    "listEvents",
    tag=_TAG,
    answer=models.EventPage,
    example=models.EXAMPLE_PAGE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_WORDS)
def index(query: models.EventQuery) -> Answer[models.EventPage]:
    """List events, the newest first; with `after_seq` the oldest first.

    To follow the ledger, ask with `after_seq=0`, read all pages, and keep the `seq` of the last
    item. The next time ask with `after_seq` of that.
    """
    search = AuditQuery.of(request.args)
    page = _page(search, query, Cursors(query), after_seq=query.after_seq)
    return page, next_link(page.next)


@blueprint.post("/search")
@operation(
    "searchEvents",
    tag=_TAG,
    answer=models.EventPage,
    example=models.EXAMPLE_PAGE,
    request_example=models.EXAMPLE_SEARCH,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_WORDS)
def search(query: models.EventSearchQuery, json: models.EventSearch) -> Answer[models.EventPage]:
    """Search events by words, the newest first. Post the same words with the cursor of a page."""
    return _page(searched(json.words), query, Cursors(query, words=json.words))


@blueprint.get("/<seq>")
@operation(
    "getEvent",
    tag=_TAG,
    answer=models.FullEvent,
    example=models.EXAMPLE_EVENT,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_WORDS)
def show(query: MomentQuery, seq: str) -> Answer[models.FullEvent]:
    """Return one event with its raw fields: what people wrote, and what Twilio posted.

    That somebody saw the words of a person is recorded, once an hour.
    """
    del query  # its moment was read
    recorded = _event(whole_number(seq))
    problem = problem_of(recorded)
    if not problem and shows_words(recorded, fields_of(recorded)):
        application().access_recorder.view(caller().actor, recorded.contact_id, ViewPlace.EVENT)
    is_altered = problem is EventProblem.ALTERED
    more = {
        "stream_id": None if is_altered else recorded.stream_id,
        "stream_version": None if is_altered else recorded.row.originator_version,
    }
    return fitted(event_document(recorded, application().accounts.names()) | more, models.FullEvent)


def searched(words: str) -> AuditQuery:
    """Return the search that the words name, with ids alone. Raises `ProblemFound`."""
    app = application()
    try:
        return read_words(words, AuditNames(app, until_seq()), app.clock.now())
    except Ambiguous as error:
        choices = [
            FieldProblem(detail=f"{choice.label}: {choice.id}", pointer="/words")
            for choice in error.choices
        ]
        raise ProblemFound(Kind.INVALID, str(error), choices) from error
    except BadInput as error:
        raise invalid(str(error), pointer="/words") from error


def _page(
    query: AuditQuery, page: PageQuery, cursors: Cursors, *, after_seq: int | None = None
) -> models.EventPage:
    app, until, place = application(), until_seq(), cursors.place()
    reader = app.ledger.reader
    found = query.search(reader)
    check_search(reader, found, AuditNames(app).actors)
    if until is not None:
        found = found.ending_before(until + 1)
    if after_seq is not None:
        found = found.beginning_after(after_seq if place is None else place)
    else:
        found = (found if place is None else found.ending_before(place)).newest()
    events = reader.search(found, page.limit + 1)
    shown = events[: page.limit]
    names = app.accounts.names()
    items = [event_document(event, names) for event in shown]
    cursor = cursors.cursor(shown[-1].seq if len(events) > len(shown) else None)
    return fitted({"items": items, "next": cursor}, models.EventPage)


def _event(seq: int) -> RecordedEvent:
    """Return an event that there is at the moment that is shown. Raises `NotFound`."""
    reader, until = application().ledger.reader, until_seq()
    if until is not None and seq > until:
        raise NotFound(f"There is no event #{number(seq)} at #{number(until)}.")
    return reader.event(seq)
