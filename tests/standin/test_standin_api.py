"""The Messages resource as twilio-python speaks it: create, fetch, list, cancel, refusals."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from standin_kit import ACCOUNT, TOKEN
from twilio.base.exceptions import TwilioRestException

from webapp.standin import StandIn


def test_a_created_text_has_twilios_shape(send):
    text = send("+14155550110", body="Hello")
    assert text.sid.startswith("SM")
    assert len(text.sid) == 34
    assert (text.to, text.from_, text.body) == ("+14155550110", "+15005550006", "Hello")
    assert (text.num_segments, text.num_media, text.direction) == ("1", "0", "outbound-api")
    assert (text.date_sent, text.price, text.error_code, text.error_message) == (None,) * 4
    assert text.date_created.tzinfo is not None
    assert text.uri == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{text.sid}.json"


def test_a_messaging_service_answers_accepted_and_reports_queued(client, receiver, told):
    service = "MG" + "b" * 32
    text = client.messages.create(
        to="+14155550111", messaging_service_sid=service, body="Hi", status_callback=receiver.url
    )
    assert (text.status, text.from_, text.num_segments) == ("accepted", None, "0")
    assert told(text.sid) == ["queued", "sent", "delivered"]
    assert receiver.of(text.sid)[0].form["MessagingServiceSid"] == service


def test_a_fetched_text_shows_its_last_status_and_reason(send, client):
    text = client.messages(send("+14155530006").sid).fetch()
    assert (text.status, text.error_code) == ("undelivered", 30006)
    assert text.date_sent is not None


def test_a_text_without_a_callback_address_is_sent_too(send, client):
    text = send("+14155550112", status_callback="")
    assert client.messages(text.sid).fetch().status == "delivered"


def test_an_unknown_text_is_404(client):
    with pytest.raises(TwilioRestException) as refusal:
        client.messages("SM" + "0" * 32).fetch()
    assert (refusal.value.status, refusal.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"To": ""}, 21604),
        ({"Body": ""}, 21602),
        ({"From": ""}, 21603),
        ({"To": "5550100"}, 21211),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "nonsense"}, 21609),
        ({"StatusCallback": "http://[half"}, 21609),
        ({"ValidityPeriod": "0"}, 21624),
    ],
)
def test_a_wrong_create_request_is_refused_with_twilios_code(standin, wrong, code):
    form = {"To": "+14155550100", "From": "+15005550006", "Body": "Hi", **wrong}
    path = f"{standin.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = requests.post(path, data=form, auth=(ACCOUNT, TOKEN), timeout=5)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["code"], body["status"]) == (code, 400)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert body["message"]


def test_a_body_of_1600_characters_is_taken_in_eleven_segments(send, client):
    text = client.messages(send("+14155550113", body="x" * 1600).sid).fetch()
    assert text.num_segments == "11"


def test_an_emoji_halves_the_segment(send, client):
    text = client.messages(send("+14155550113", body="👍" + "x" * 69).sid).fetch()
    assert text.num_segments == "2"


@pytest.mark.parametrize("auth", [None, (ACCOUNT, "wrong"), ("AC" + "c" * 32, TOKEN)])
def test_a_wrong_login_is_401(standin, auth):
    path = f"{standin.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = requests.get(path, auth=auth, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_another_accounts_path_is_404(standin):
    path = f"{standin.url}/2010-04-01/Accounts/AC{'c' * 32}/Messages.json"
    answer = requests.get(path, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_the_list_is_paged_newest_first(send, client):
    sids = [send("+14155550120").sid for _ in range(5)]
    page = client.messages.page(to="+14155550120", page_size=2)
    assert [text.sid for text in page] == sids[:2:-1]
    assert "PageToken=PASM" in page.next_page_url
    listed = [text.sid for text in client.messages.list(to="+14155550120", page_size=2)]
    assert listed == sids[::-1]


def test_a_text_created_between_two_pages_moves_nothing(send, client):
    sids = [send("+14155550121").sid for _ in range(3)]
    page = client.messages.page(to="+14155550121", page_size=2)
    send("+14155550121")
    assert [text.sid for text in page.next_page()] == sids[:1]


def listed(settings, client_of, seed, page_size):
    """Twelve texts by their places, as a stand-in with that seed lists them."""
    with StandIn(settings(seed=seed)) as standin:
        client = client_of(standin)
        for place in range(12):
            client.messages.create(to="+14155550125", from_="+1500", body=str(place))
        bodies = [int(text.body) for text in client.messages.list(page_size=page_size)]
        client.http_client.session.close()
    return bodies


def test_a_seed_lists_in_an_order_of_its_own(settings, client_of):
    orders = [listed(settings, client_of, seed, 50) for seed in (7, 7, 8)]
    assert [sorted(order) for order in orders] == [list(range(12))] * 3
    assert orders[0] == orders[1] != orders[2]
    assert list(range(11, -1, -1)) not in orders


def test_a_seed_lists_every_text_once_however_long_a_page_is(settings, client_of):
    assert listed(settings, client_of, 7, 5) == listed(settings, client_of, 7, 50)


def test_the_list_is_filtered_by_sender(send, client):
    text = send("+14155550122", from_="+15005550009")
    assert [found.sid for found in client.messages.list(from_="+15005550009")] == [text.sid]


def test_the_list_is_filtered_by_the_day_of_sending(send, client):
    sid = send("+14155550123").sid
    today = datetime.now(UTC)
    day, number = timedelta(days=1), "+14155550123"
    assert [t.sid for t in client.messages.list(to=number, date_sent=today)] == [sid]
    assert client.messages.list(to=number, date_sent=today - day) == []
    assert client.messages.list(to=number, date_sent_before=today - day) == []
    assert client.messages.list(to=number, date_sent_after=today + day) == []
    assert [t.sid for t in client.messages.list(to=number, date_sent_after=today - day)] == [sid]
    assert [t.sid for t in client.messages.list(to=number, date_sent_before=today + day)] == [sid]


def test_a_date_nobody_can_read_is_refused(standin):
    path = f"{standin.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json?DateSent>=yesterday"
    answer = requests.get(path, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_an_unsent_text_has_no_date_to_be_found_by(settings, client_of):
    with StandIn(settings(pace_seconds=60.0)) as standin:
        client = client_of(standin)
        client.messages.create(to="+14155550100", from_="+15005550006", body="Hi")
        assert len(client.messages.list()) == 1
        assert client.messages.list(date_sent_after=datetime(2020, 1, 1, tzinfo=UTC)) == []
        client.http_client.session.close()


def test_a_text_that_is_not_sent_yet_can_be_canceled_and_has_no_more_callbacks(
    settings, client_of, lone_receiver
):
    with StandIn(settings(pace_seconds=60.0)) as standin:
        client = client_of(standin)
        text = client.messages.create(
            to="+14155550100", from_="+1500", body="Hi", status_callback=lone_receiver.url
        )
        assert client.messages(text.sid).update(status="canceled").status == "canceled"
        assert client.messages(text.sid).fetch().status == "canceled"
        assert standin.wait_until_posted()
        assert lone_receiver.taken == []
        client.http_client.session.close()


def test_a_text_that_has_left_cannot_be_canceled(send, client):
    text = send("+14155550124")
    with pytest.raises(TwilioRestException) as refusal:
        client.messages(text.sid).update(status="canceled")
    assert (refusal.value.status, refusal.value.code) == (409, 20409)
    assert client.messages(text.sid).fetch().status == "delivered"
