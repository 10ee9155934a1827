"""What texts really cost: on the overview, the contact page, in reports, the API and commands."""

import csv
import io

import pytest

from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, CLEO
from ledger.commands.text_prices import RecordTextPrices
from ledger.domain.text_prices import TextPrice
from webapp.explain.costs import all_money, coverage, decimal_text, money


@pytest.fixture
def priced(world):
    """Two of three texts have a price."""
    campaign_id = world.launch((ADA, BEN, CLEO))
    world.send()
    price(world, campaign_id, {ADA: TextPrice(1, 7_900, "USD"), BEN: TextPrice(2, 15_800, "USD")})
    return campaign_id


def price(world, campaign_id, prices, stream_id="prc_test"):
    by_sid = {world.sid_of(world.delivery(campaign_id, phone)): p for phone, p in prices.items()}
    world.execute(RecordTextPrices(stream_id=stream_id, campaign_id=campaign_id, prices=by_sid))


def overview(staff, campaign_id, query=""):
    return staff.read(f"/campaigns/{campaign_id}/overview{query}")


def test_the_overview_shows_real_and_estimated_cost(world, staff, priced):
    page = overview(staff, priced)
    assert "for 2 of 3 texts so far" in page
    assert "By Twilio\u2019s records 3 segments 0.0237 USD" in page
    assert "Estimated at the launch 3 segments not known" in page


def test_before_any_price_the_overview_says_what_is_waited_for(world, staff):
    campaign_id = world.launch((ADA, BEN))
    assert "Nothing has been sent yet. Estimated at the launch: 2 segments." in overview(
        staff, campaign_id
    )
    world.send()
    assert "Twilio has named no price yet for 2 texts." in overview(staff, campaign_id)


def test_the_past_has_the_cost_of_then(world, staff, priced):
    before = world.app.ledger.reader.head()
    price(world, priced, {CLEO: TextPrice(1, 7_900, "USD")}, "prc_later")
    assert "for all 3 texts" in overview(staff, priced)
    assert "for 2 of 3 texts so far" in overview(staff, priced, f"?as_of={before}")


def test_costs_of_two_currencies_are_not_added_up(world, staff, priced):
    price(world, priced, {CLEO: TextPrice(1, 6_000, "EUR")}, "prc_later")
    page = overview(staff, priced)
    assert "By Twilio\u2019s records, 1 text 1 segment 0.006 EUR" in page
    assert "By Twilio\u2019s records, 2 texts 3 segments 0.0237 USD" in page


def test_the_contact_page_has_the_cost_of_its_text(world, staff, priced):
    page = staff.read(f"/deliveries/{world.delivery(priced, BEN)}")
    assert "Cost 0.0158 USD for 1 text of 2 segments" in page
    assert "USD" not in staff.read(f"/deliveries/{world.delivery(priced, CLEO)}")


def test_a_report_has_segments_cost_and_currency(world, staff, priced):
    text = staff.open(f"/campaigns/{priced}/report.csv").data.decode("utf-8-sig")
    rows = {row["Number"]: row for row in csv.DictReader(io.StringIO(text))}
    found = {n: (r["Segments"], r["Cost"], r["Currency"]) for n, r in rows.items()}
    assert sorted(found.values()) == [("", "", ""), ("1", "0.0079", "USD"), ("2", "0.0158", "USD")]


def test_the_api_has_the_cost_of_one_campaign(world, staff, priced):
    api = ApiClient(staff.app, system_token(world))
    assert api.get(f"/campaigns/{priced}").json["cost"] == {
        "texts": 3,
        "priced_texts": 2,
        "segments": 3,
        "amounts": [{"currency": "USD", "amount": "0.0237"}],
        "estimated_segments": 3,
        "estimated_cost": None,
    }
    assert api.get("/campaigns").json["items"][0]["cost"] is None


@pytest.mark.both_databases
def test_the_views_of_costs_are_what_a_rebuild_makes(world, priced):
    price(world, priced, {ADA: TextPrice(1, 9_000, "USD")}, "prc_later")
    world.app.views.catch_up()
    world.app.views.follow(5.0)
    assert list(world.app.views.differences()) == []


@pytest.mark.parametrize(
    ("millionths", "words", "decimal"),
    [
        (7_900, "0.0079 USD", "0.0079"),
        (1, "0.000001 USD", "0.000001"),
        (0, "0.00 USD", "0"),
        (12_450_000, "12.45 USD", "12.45"),
        (-500_000, "-0.50 USD", "-0.5"),
        (1_234_567_890_000, "1,234,567.89 USD", "1234567.89"),
        (100_000_000, "100.00 USD", "100"),
    ],
)
def test_money_in_words_and_for_programs(millionths, words, decimal):
    assert (money(millionths, "USD"), decimal_text(millionths)) == (words, decimal)


def test_words_of_costs():
    assert all_money([(3_100_000, "USD"), (200_000, "")]) == "3.10 USD and 0.20 (currency unknown)"
    assert [coverage(1, 1), coverage(2, 2), coverage(1, 2)] == [
        "for the one text",
        "for all 2 texts",
        "for 1 of 2 texts so far",
    ]
