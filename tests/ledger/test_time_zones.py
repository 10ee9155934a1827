"""Which names of time zones are taken, and what is meant by the others."""

from datetime import UTC, datetime

import pytest

from ledger.domain.time_zones import is_time_zone, meant_zone, zone_info, zone_names


@pytest.mark.parametrize(
    "name",
    [
        *("America/Chicago", "America/Indiana/Knox", "America/North_Dakota/Center", "US/Eastern"),
        *("Canada/Atlantic", "Mexico/General", "Pacific/Honolulu", "Europe/London", "Asia/Tokyo"),
        *("UTC", "Etc/UTC"),
    ],
)
def test_names_of_places_and_utc_are_time_zones(name):
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        *("EST", "MST", "HST", "CST", "EST5EDT", "PST8PDT", "CET", "WET", "GMT", "GMT0", "Zulu"),
        *("localtime", "posixrules", "Factory", "right/America/New_York", "posix/Europe/London"),
        *("Etc/GMT+5", "Etc/GMT", "Etc/Unknown", "SystemV/EST5", "UTC+5", "-05:00", "5"),
        *("", "Chicago", "America", "America/", "America/Indiana", "/etc", "../etc/passwd"),
        *("America/../Etc/GMT+5", "america/chicago", "America/New York"),
    ],
)
def test_names_that_mean_no_place_are_refused(name):
    assert not is_time_zone(name)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("EST", "America/New_York"),
        ("edt", "America/New_York"),
        ("EST5EDT", "America/New_York"),
        ("Eastern Time", "America/New_York"),
        ("CST", "America/Chicago"),
        ("Central Standard Time", "America/Chicago"),
        ("MST", "America/Denver"),
        ("PST", "America/Los_Angeles"),
        ("HST", "Pacific/Honolulu"),
        ("America/New York", "America/New_York"),
        ("america/chicago", "America/Chicago"),
        ("Los Angeles", "America/Los_Angeles"),
        ("localtime", None),
        ("Etc/GMT+5", None),
    ],
)
def test_what_is_meant_is_offered(text, meant):
    assert meant_zone(text) == meant


def test_what_is_offered_is_taken():
    offered = [meant_zone(text) for text in ("est", "ct", "mdt", "pacific", "akst", "ast", "nst")]
    assert all(name and is_time_zone(name) for name in offered)


def test_a_recorded_zone_is_one_name_or_several():
    assert zone_names("") == ["UTC"]
    assert zone_names("America/Chicago") == ["America/Chicago"]
    assert zone_names("America/Chicago America/New_York") == ["America/Chicago", "America/New_York"]


@pytest.mark.parametrize("name", ["EST", "Etc/GMT+5", "localtime"])
def test_zones_of_old_events_are_still_known(name):
    assert datetime(2026, 7, 1, tzinfo=UTC).astimezone(zone_info(name))
