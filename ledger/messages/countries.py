"""The countries of the numbers in a contact file, for a school to see what it texts abroad."""

from functools import cache

import phonenumbers

_NORTH_AMERICA = 1


def country_of(phone: str, home: str) -> str:
    """Return the two letters of the country that an E.164 number belongs to.

    A number that belongs to no country under its code is one of the `home` country if that has the
    same code.
    """
    if phone.startswith("+1"):
        is_at_home = phonenumbers.country_code_for_region(home) == _NORTH_AMERICA
        return _country_of_area(phone[2:5]) or (home if is_at_home else "US")
    number = phonenumbers.parse(phone)
    if country := phonenumbers.region_code_for_number(number):
        return country
    if number.country_code == phonenumbers.country_code_for_region(home):
        return home
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


@cache
def _country_of_area(area_code: str) -> str | None:
    """Return the country of a North American area code: that of any number with it."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area_code}2345678"))
