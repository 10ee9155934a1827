"""By which index each search of the audit trail is answered, in a ledger of many callbacks."""

import re

import pytest
import sqlalchemy as sa

from ledger.domain.actors import SENDER, TWILIO
from ledger.domain.events import EVENT_TYPES
from ledger.store.schema import FREQUENT_TOPICS, PROGRAM_ACTORS, events
from ledger.store.search import Kind, Search

pytestmark = pytest.mark.both_databases

DELIVERIES = 4000
CLOSED = "CampaignClosed"


def rows():
    """Many callbacks of four campaigns, and the closing of one of them by staff."""
    base = dict.fromkeys(events.c.keys()) | {"recorded_at": 1, "state": b"{}", "leaf": b""}
    for number in range(1, DELIVERIES + 1):
        yield base | {
            "seq": number,
            "stream_id": f"del_{number}",
            "version": 1,
            "topic": "CallbackReceived",
            "actor": "twilio",
            "campaign_id": f"cam_{number % 4}",
            "delivery_id": f"del_{number}",
            "contact_id": f"con_{number // 4}",
            "rank": 19,
            "sid": f"SM{number}",
            "code": None if number % 100 else "30003",
        }
    yield base | {
        "seq": DELIVERIES + 1,
        "stream_id": "cam_1",
        "version": 1,
        "topic": CLOSED,
        "actor": "usr_1",
        "campaign_id": "cam_1",
    }


@pytest.fixture
def engine(ledger):
    opened = ledger.recorder._engine
    columns = events.c.keys()
    with opened.begin() as connection:
        connection.execute(sa.insert(events), [{n: row[n] for n in columns} for row in rows()])
        if opened.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")
    return opened


def indexes_of(engine, search):
    """The indexes of events that answer the search, and "events" where its rows are scanned."""
    words = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    query = search.statement(limit=51).compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"{words} {query}".replace("%", "%%")).all())
    scanned = re.findall(r"(?:SCAN|Seq Scan on) (events)\b(?! USING)", plan)
    known = {index.name for index in events.indexes} | {"events_stream_id_version_key"}
    plan = plan.replace("sqlite_autoindex_events_1", "events_stream_id_version_key")
    return (known & set(re.findall(r"\w+", plan))) | set(scanned)


def test_each_filter_is_answered_by_an_index(engine):
    answered = {
        Search(contact_ids=("con_7",)): {"events_contact"},
        Search(contact_ids=("con_7", "con_8"), topics=("CallbackReceived",)): {"events_contact"},
        Search(contact_ids=("con_7",), actor="twilio"): {"events_contact"},
        Search(delivery_id="del_7"): {"events_stream_id_version_key"},
        Search(delivery_id="del_7", actor="twilio"): {"events_stream_id_version_key"},
        Search(sid="SM7"): {"events_sid"},
        Search(sid="SM7", topics=("CallbackReceived",)): {"events_sid"},
        Search(code="30003"): {"events_code"},
        Search(topics=(CLOSED,)): {"events_topic"},
        Search(actor="usr_1"): {"events_actor"},
        Search(kind=Kind.STRAY): {"events_topic"},
        Search(kind=Kind.ACCESS): {"events_topic"},
        Search(kind=Kind.ACCESS, contact_ids=("con_7",)): {"events_contact"},
        Search(actor="usr_1", leaves_out_access=True): {"events_actor"},
        Search(actor="usr_1", topics=("ContactEnrolled",)): {"events_actor"},
    }
    newest = {s: indexes_of(engine, s.newest()) for s in answered}
    assert newest == answered


def test_a_rare_event_of_a_campaign_is_not_looked_for_in_all_its_rows(engine):
    search = Search(campaign_id="cam_1", topics=(CLOSED,)).newest()
    assert indexes_of(engine, search) <= {"events_standing", "events_topic"}


def test_what_every_text_adds_is_in_no_index_of_topics_or_actors(engine):
    sizes = {
        "postgresql": "SELECT reltuples FROM pg_class WHERE relname = '{}'",
        "sqlite": "SELECT stat FROM sqlite_stat1 WHERE idx = '{}'",
    }
    query = sizes[engine.dialect.name]
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        entries = [
            str(connection.exec_driver_sql(query.format(name)).scalar_one()).split()[0]
            for name in ("events_topic", "events_actor", "events_contact")
        ]
    assert list(map(float, entries)) == [1, 1, DELIVERIES + 1]


def test_the_frequent_topics_are_topics_of_events():
    assert set(FREQUENT_TOPICS) < {each.topic for each in EVENT_TYPES}
    assert set(PROGRAM_ACTORS) == {SENDER, TWILIO}


def test_the_deliveries_of_a_contact_are_found_by_the_contact(engine, ledger):
    asked = []
    sa.event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _k, text, values, *_: asked.append((text, values)),
    )
    ledger.reader.deliveries_of("con_7")
    (text, values) = asked[-1]
    words = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"{words} {text}", values).all())
    assert "events_contact" in plan
