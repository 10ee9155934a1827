"""Numbers that cannot exist, by the numbering plans of the world.

Whether a number is assigned is another question: the fictional 555 numbers of demos, Twilio's test
numbers and ranges that are newer than the library are accepted.
"""

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber

_NORTH_AMERICA = 1
_NOT_GEOGRAPHIC = re.compile(r"[57]00|8(?:00|33|44|55|66|77|88)|900|5(?:21|2[2-9]|33|44|66|77|88)")
"""Area codes of no area, such as toll-free ones, where 411 may follow."""


def is_north_american(ten_digits: str) -> bool:
    """Whether these ten digits can be a number of the United States, Canada or the Caribbean."""
    return _why_not_in_north_america(ten_digits) is None


def why_not_in_plan(number: PhoneNumber) -> str | None:
    """Return why no phone can have a number of possible length; None where one can."""
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == _NORTH_AMERICA:
        return _why_not_in_north_america(digits)
    if len(set(digits)) == 1 and not phonenumbers.is_valid_number(number):
        return "all its digits are the same"
    if not any(plan.fullmatch(digits) for plan in _plans(number.country_code)):
        return f"no number under +{number.country_code} has this length and begins so"
    return None


def _why_not_in_north_america(digits: str) -> str | None:
    area, exchange = digits[:3], digits[3:6]
    if len(set(digits)) == 1:
        return "all its digits are the same"
    if area[0] in "01":
        return f"no area code begins with {area[0]}; perhaps a digit is missing"
    if area.endswith("11"):
        return f"{area} is no area code"
    if exchange[0] in "01":
        return f"no number has {exchange[0]} after its area code; perhaps a digit is missing"
    if exchange.endswith("11") and not _NOT_GEOGRAPHIC.fullmatch(area):
        return f"no number has {exchange} after its area code"
    return None


@cache
def _plans(country_code: int) -> tuple[re.Pattern[str], ...]:
    """The patterns of all numbers under a country code, one for each country that shares it."""
    regions = phonenumbers.region_codes_for_country_code(country_code)
    metadata = [
        PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
        for region in regions
    ]
    patterns = [
        plan.general_desc.national_number_pattern for plan in metadata if plan and plan.general_desc
    ]
    return tuple(re.compile(pattern) for pattern in patterns if pattern)
