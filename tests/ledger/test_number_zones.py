"""In which time zones a number can be, and that hours hold in every one of them."""

from datetime import timedelta

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from kit.clock import MONDAY
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.time_zones import is_time_zone
from ledger.messages.number_zones import zone_of

AREAS = sorted({digits[:4] for digits in TIMEZONE_DATA if digits[0] == "1" and len(digits) > 3})
DAY = Schedule(window=SendWindow.parse("08:00-21:00"))
MOMENTS = [
    MONDAY + timedelta(days=days, minutes=minutes)
    for days in (0, 120)  # in winter and in summer
    for minutes in range(0, 24 * 60, 29)
]
EVERYWHERE = zone_of("+18005550101", "GB").split()


def zones_of(area: str) -> tuple[str, ...]:
    return tuple(zone_of(f"+{area}5550101", "US").split())


def are_open_in_all(zones: tuple[str, ...]) -> bool:
    """Whether there are hours at all, and each moment of them is within the hours of each zone."""
    opened = [moment for moment in MOMENTS if DAY.open_until(moment, " ".join(zones))]
    return opened != [] and all(DAY.open_until(at, zone) for at in opened for zone in zones)


def possible_zones(area: str) -> set[str]:
    """Every zone that the library has for a number that begins so, exchange by exchange."""
    return {
        zone for digits, zones in TIMEZONE_DATA.items() if digits.startswith(area) for zone in zones
    }


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+14155550101", "America/Los_Angeles"),
        ("+12195550101", "America/Chicago America/New_York"),
        ("+18505550101", "America/Chicago America/New_York"),
        ("+14235550101", "America/Chicago America/New_York"),
        ("+13085550101", "America/Chicago America/Denver"),
        ("+18125550101", "America/Chicago America/New_York"),
        ("+12085550101", "America/Boise America/Denver America/Los_Angeles"),
        ("+13105550101", "America/Los_Angeles"),
        ("+17095550101", "America/Halifax America/St_Johns"),
        ("+18765550101", "America/Jamaica"),
        ("+442079460000", "Europe/London"),
        ("+33612345678", "Europe/Paris"),
    ],
)
def test_a_number_can_be_in_every_zone_of_its_area(number, zone):
    assert zone_of(number, "US") == zone


def test_a_listed_exchange_is_in_the_zones_of_its_whole_area():
    """People keep their number when they move within the area."""
    assert TIMEZONE_DATA["1219696"] == ("America/Chicago",)
    assert zone_of("+12196965501", "US") == "America/Chicago America/New_York"


@pytest.mark.parametrize("number", ["+18005550101", "+15005550006", "+17105550101"])
def test_a_number_of_the_schools_country_without_an_area_is_in_the_schools_zone(number):
    assert zone_of(number, "US") == ""
    assert zone_of(number, "CA") == ""


def test_a_mobile_number_names_no_area_where_the_country_gives_it_none():
    assert zone_of("+61412345678", "AU") == ""
    assert zone_of("+447911123456", "GB") == ""


def test_a_number_abroad_can_be_anywhere_in_its_country():
    assert zone_of("+34612345678", "US") == "Atlantic/Canary Europe/Madrid"
    assert zone_of("+351912345678", "US") == "Atlantic/Azores Europe/Lisbon"
    assert "Australia/Perth" in zone_of("+61412345678", "US")
    assert len(EVERYWHERE) > 20


def test_a_number_of_an_area_can_be_in_each_of_its_zones():
    wrong = [area for area in AREAS if set(zones_of(area)) != possible_zones(area)]
    assert (wrong, len(AREAS) > 300) == ([], True)


def test_hours_are_open_only_where_they_are_in_every_zone_of_the_area():
    of_areas = {zones_of(area) for area in AREAS}
    assert [zones for zones in of_areas if not are_open_in_all(zones)] == []


def test_every_zone_of_a_number_is_one_that_people_may_write():
    assert all(is_time_zone(zone) for zones in TIMEZONE_DATA.values() for zone in zones)
