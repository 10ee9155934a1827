"""Forms with what no database stores or no code expects, from Twilio and from browsers."""

import io
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from kit.processes import signature
from kit.staff import Staff
from kit.world import ADA, BEN, PUBLIC_URL
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.providers.twilio import TwilioProvider
from webapp.door import create_callbacks


@pytest.fixture
def post(world):
    """Post pairs as Twilio does; gives the HTTP status."""
    provider = lambda settings: TwilioProvider(settings.twilio)  # noqa: E731
    client = create_callbacks(replace(world.app, new_provider=provider)).test_client()

    def send(path, *pairs):
        return client.post(
            path,
            data=urlencode(pairs),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature(PUBLIC_URL + path, pairs)},
            environ_overrides={"REQUEST_URI": path},
        ).status_code

    return send


def tell(world):
    delivery_id = world.delivery(world.launch())
    world.send()
    return delivery_id


@pytest.fixture
def sent(told_story):
    return told_story


@pytest.fixture
def path(world, sent):
    return f"/twilio/status/{sent}/1/{world.app.ledger.identity.callback_token(sent, 1)}"


def failed(*codes):
    return (
        ("MessageSid", "SM1"),
        ("MessageStatus", "undelivered"),
        *(("ErrorCode", code) for code in codes),
    )


@pytest.mark.parametrize(
    "codes",
    [
        ["30005"],
        [" 30005"],
        ["30005.0"],
        ["030005"],
        ["30005", ""],
        ["", "30005"],
        ["30005", "null"],
        ["30006", "30005", "0"],
    ],
)
def test_the_last_real_code_of_a_callback_counts(world, post, path, sent, codes):
    assert post(path, *failed(*codes)) == 204
    assert world.last(sent).event.code == "30005"
    assert world.row(sent).failed_reason is Reason.UNREACHABLE_NUMBER


@pytest.mark.parametrize("codes", [[], [""], ["null"], ["0"], ["none", " "]])
def test_what_is_no_code_is_a_failure_without_one(world, post, path, sent, codes):
    assert post(path, *failed(*codes)) == 204
    assert world.last(sent).event.code is None
    assert world.row(sent).failed_reason is Reason.UNKNOWN


@pytest.mark.parametrize(
    "statuses", [[" Delivered"], ["DELIVERED\n"], ["delivered", ""], ["sent", "delivered", " "]]
)
def test_the_last_status_counts_in_any_case(world, post, path, sent, statuses):
    pairs = [("MessageSid", "SM1"), *(("MessageStatus", status) for status in statuses)]
    assert post(path, *pairs) == 204
    assert world.row(sent).status is DeliveryStatus.DELIVERED


ODD = {
    "NUL": "a\0b",
    "half a surrogate pair": b"a\xed\xa0\x80b",
    "a byte that is no UTF-8": b"a\xffb",
    "much": "x" * 60_000,
}


@pytest.mark.both_databases
@pytest.mark.parametrize("odd", ODD)
def test_a_callback_with_odd_words_is_recorded_and_shown(world, post, path, sent, odd):
    value = ODD[odd] if isinstance(ODD[odd], str) else ODD[odd].decode(errors="replace")
    pairs = (("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("ErrorMessage", value))
    assert post(path, *pairs) == 204
    assert world.row(sent).status is DeliveryStatus.DELIVERED


@pytest.mark.both_databases
def test_an_odd_sid_or_status_is_recorded(world, post, path, sent):
    assert post(path, ("MessageSid", "S\0" * 10_000), ("MessageStatus", "\0sent" * 999)) == 204
    assert post(path, ("MessageSid", "S\0" * 10_000), ("MessageStatus", "delivered")) == 204
    assert world.row(sent).status is DeliveryStatus.DELIVERED


@pytest.mark.both_databases
def test_an_odd_stray_callback_is_recorded(world, post):
    head = world.app.ledger.reader.head()
    pairs = (("MessageSid", "\0" + "x" * 50_000), ("MessageStatus", "sent"), ("To", "\0"))
    assert post("/twilio/status", *pairs) == 204
    assert world.app.ledger.reader.head() == head + 1


@pytest.mark.both_databases
def test_an_inbound_text_with_nul_is_shown_without_it(world, post):
    pairs = (("MessageSid", "SM2"), ("From", BEN), ("Body", "Thank\0 you"))
    assert post("/twilio/inbound", *pairs) == 204
    assert [message.body for message in world.conversation(BEN)] == ["Thank you"]


@pytest.mark.both_databases
def test_a_campaign_named_with_nul_is_launched_without_it(world):
    staff = Staff(world)
    file = (io.BytesIO(f"first_name,phone\nAda,{ADA}\n".encode()), "class.csv")
    fields = {"name": "Spring\0 fair", "message": "Hello\0 {{first_name}}", "contacts": file}
    checked = staff.press("/campaigns/new", **fields, step="check", first_wait="60")
    assert checked.status_code == 200
    assert "\0" not in checked.text
    assert "Spring fair" in checked.text


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "address", ["/campaigns?q=%00", "/conversations?q=a%00b", "/audit?actor=%00"]
)
def test_a_query_with_nul_finds_nothing_and_breaks_nothing(world, address):
    assert Staff(world).open(address).status_code in {200, 302, 400, 404}


@pytest.mark.both_databases
@pytest.mark.parametrize("address", ["/campaigns/cam_%00", "/deliveries/del_%00", "/a%ff%00"])
def test_an_address_with_nul_names_nothing(world, address):
    assert Staff(world).open(address).status_code == 404
