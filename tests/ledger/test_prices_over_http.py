"""Prices in the list of the stand-in, asked for over HTTP as they are of Twilio."""

from datetime import UTC, datetime

import pytest

from ledger.domain.text_prices import TextPrice, price_of
from ledger.providers import twilio_records
from ledger.providers.account import TwilioAccount
from ledger.providers.contract import OutgoingText
from ledger.providers.twilio import TwilioProvider
from webapp.standin import StandIn, StandInSettings

ACCOUNT, TOKEN, SCHOOL = "AC" + 32 * "a", 32 * "b", "+14155550100"


def provider_of(standin):
    return TwilioProvider(
        TwilioAccount(
            account_sid=ACCOUNT, auth_tokens=(TOKEN,), phone_number=SCHOOL, api_url=standin.url
        )
    )


def send(provider, count):
    for number in range(count):
        text = OutgoingText(
            to=f"+1415555{100 + number:04}",
            body="Hello",
            status_callback="http://127.0.0.1:9/",
            validity_seconds=600,
        )
        provider.send(text)


@pytest.mark.parametrize(
    ("price_seconds", "price"), [(0.0, TextPrice(1, 7_900, "USD")), (3600.0, None)]
)
def test_pages_of_a_day_go_on_in_another_process(monkeypatch, price_seconds, price):
    monkeypatch.setattr(twilio_records, "_PAGE", 2)
    settings = StandInSettings(
        account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=0.0, price_seconds=price_seconds
    )
    day = datetime.now(UTC).date()
    with StandIn(settings) as standin:
        send(provider_of(standin), 3)
        first = provider_of(standin).sent_on(day)
        second = provider_of(standin).sent_on(day, first.next_page)
        other_day = provider_of(standin).sent_on(day.replace(year=day.year - 1))
    assert (len(first.records), len(second.records), second.next_page) == (2, 1, None)
    assert {price_of(record) for record in (*first.records, *second.records)} == {price}
    assert other_day.records == []
