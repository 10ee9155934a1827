"""In which time zones a phone number can be, by the area that its digits name.

The library `phonenumbers` lists zones of areas, and of exchanges in them: +1 219 is in New York's
zone, +1 219 696 in Chicago's. Most exchanges are not listed, and people keep their number when
they move. So a number can be in every zone that occurs in its area.
"""

from functools import cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

_NORTH_AMERICA = "1"
_AREA_DIGITS = 4
"""The digits of an area in North America, with the 1 before it: 1219."""


def zone_of(e164: str, region: str) -> str:
    """Return all zones in which the number can be, as `ContactEnrolled.zone` has them.

    Blank where the school's zone counts: for numbers of the school's country, `region`, whose
    digits name no area, where that country has several zones.
    """
    digits = e164.removeprefix("+")
    if digits.startswith(_NORTH_AMERICA):
        country, area = _NORTH_AMERICA, digits[:_AREA_DIGITS]
    else:
        number = phonenumbers.parse(e164)
        country, area = str(number.country_code), _area_of(number, digits)
    if area != country and (names := _zones_within(area)):
        return " ".join(names)
    names = _zones_within(country)
    is_home = country == str(phonenumbers.country_code_for_region(region))
    return "" if is_home and len(names) > 1 else " ".join(names)


def _area_of(number: PhoneNumber, digits: str) -> str:
    """Return the first digits for which zones are listed; the country's, where they name no area.

    Many countries give mobile numbers no area.
    """
    kind, country_code = phonenumbers.number_type(number), number.country_code or 0
    names_area = phonenumbers.is_number_type_geographical(kind, country_code)
    longest = TIMEZONE_LONGEST_PREFIX if names_area or kind == PhoneNumberType.UNKNOWN else 0
    prefixes = (digits[:length] for length in range(longest, 0, -1))
    return next((prefix for prefix in prefixes if prefix in TIMEZONE_DATA), str(country_code))


@cache
def _zones_within(prefix: str) -> tuple[str, ...]:
    """Return the zones that are listed for these first digits, and for any that begin so."""
    listed = (names for digits, names in TIMEZONE_DATA.items() if digits.startswith(prefix))
    return tuple(sorted({name for names in listed for name in names}))
