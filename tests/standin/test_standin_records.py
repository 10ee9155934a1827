"""What Twilio does not promise, and the stand-in varies: the list's order, the words, the clock."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests
from standin_kit import ACCOUNT, TOKEN

from kit.standin_notebook import change_messages
from webapp.standin import ListOrder, StandIn, StoredBody

NUMBERS = [f"+141555507{place:02}" for place in range(6)]


@pytest.fixture
def listed(settings, client_of):
    """What a stand-in with these settings lists: the places of its texts, or their bodies."""

    def read(body="Hi", **changes):
        with StandIn(settings(**changes)) as standin:
            client = client_of(standin)
            for number in NUMBERS:
                client.messages.create(to=number, from_="+1500", body=body)
            texts = client.messages.list(page_size=2)
            client.http_client.session.close()
        return texts

    return read


def places(texts):
    return [NUMBERS.index(text.to) for text in texts]


def test_the_newest_are_listed_first(listed):
    assert places(listed(list_order=ListOrder.CREATED, seed=1)) == [5, 4, 3, 2, 1, 0]


def test_a_seed_decides_the_order(listed):
    first = places(listed(list_order=ListOrder.SHUFFLED, seed=1))
    other = places(listed(list_order=ListOrder.SHUFFLED, seed=7))
    assert sorted(first) == sorted(other) == [0, 1, 2, 3, 4, 5]
    assert first != other


def test_those_that_are_not_sent_are_listed_last(settings, client_of):
    with StandIn(settings(list_order=ListOrder.SENT, pace_seconds=60.0)) as standin:
        client = client_of(standin)
        sids = [client.messages.create(to=n, from_="+1500", body="Hi").sid for n in NUMBERS]
        change_messages(standin, "UPDATE messages SET sent_at = 1000 WHERE sid = ?", sids[2])
        order = [text.sid for text in client.messages.list(page_size=2)]
        client.http_client.session.close()
    assert order == [sids[n] for n in (2, 5, 4, 3, 1, 0)]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (StoredBody.WHOLE, "It\u2019s \u201con\u201d \u2013 today\u2026"),
        (StoredBody.SMART, 'It\'s "on" - today...'),
        (StoredBody.REDACTED, ""),
    ],
)
def test_the_words_are_kept_changed_or_removed(listed, kind, body):
    texts = listed("It\u2019s \u201con\u201d \u2013 today\u2026", stored_body=kind)
    assert {text.body for text in texts} == {body}


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 3600.0])
def test_every_time_is_by_the_clock_of_the_account(settings, client_of, ahead):
    with StandIn(settings(clock_ahead_seconds=ahead)) as standin:
        client = client_of(standin)
        created = client.messages.create(to=NUMBERS[0], from_="+1500", body="Hi")
        its_now = datetime.now(UTC) + timedelta(seconds=ahead)
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        answer = requests.get(f"{standin.url}{path}", auth=(ACCOUNT, TOKEN), timeout=5)
        minute = timedelta(minutes=1)
        assert len(client.messages.list(date_sent_after=its_now - minute)) == 1
        assert client.messages.list(date_sent_after=its_now + minute) == []
        client.http_client.session.close()
    date = parsedate_to_datetime(answer.headers["Date"])
    assert abs(created.date_created - its_now) < minute
    assert abs(date - its_now) < minute
