"""Phone numbers as people write them, made into E.164 and back into something readable.

A thin edge around `phonenumbers`: what spreadsheets do to numbers is undone here, what a number is
made of is left to the library. Whether a number is in use, only a text to it can tell.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult
from phonenumbers import timezone as zones

from ledger.errors import BadInput

_LONGEST = 100
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPREADSHEET_QUOTES = " \t\r\n='\"`\u2018\u2019\u201c\u201d"
_FLOAT = re.compile(r"(\+?\d{6,})\.0+")
_SEPARATORS = re.compile(r"[\s()\[\]./\-\u2010-\u2015\u2212\u00b7\u30fc]+")
_DIALLABLE = re.compile(r"\+?\d+")
_SCIENTIFIC = re.compile(r"\+?\d[\d,]*e\+?\d+", re.IGNORECASE)
_EXTENDED = re.compile(r"\+?\d+(;?ext(ensio)?n?[:=]?|x|#|,|;)\d{1,7}", re.IGNORECASE)

_UNREADABLE = {
    NumberParseException.INVALID_COUNTRY_CODE: "the country code is not known",
    NumberParseException.NOT_A_NUMBER: "not a phone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "the number is too short",
    NumberParseException.TOO_SHORT_NSN: "the number is too short",
    NumberParseException.TOO_LONG: "the number is too long",
}
_IMPOSSIBLE = {
    ValidationResult.INVALID_COUNTRY_CODE: "the country code is not known",
    ValidationResult.TOO_SHORT: "the number is too short",
    ValidationResult.TOO_LONG: "the number is too long",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
}


def normalize(text: str, region: str) -> str:
    """The number in E.164, read as someone in `region` (two capital letters) would dial it.

    Raises BadInput with the reason alone, for the caller to put beside a line or a field; the
    number is not repeated in it.
    """
    written = _diallable(text)
    e164 = _e164(written, region)
    # A trunk prefix written twice leaves a number that would be read differently the next time:
    # one phone would have two identities, and an opt-out of one would not stop the other.
    if e164 != written and _e164(e164, region) != e164:
        raise BadInput("the number begins with digits that do not belong to it")
    return e164


def display(e164: str) -> str:
    """An E.164 number in groups for reading, "+1 415 555 0101"; anything else as it came."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    grouped = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return grouped.replace("-", " ")


def zone_of(e164: str) -> str | None:
    """The time zone of a number, by its area; None where that is none, or several."""
    found = zones.time_zones_for_geographical_number(phonenumbers.parse(e164))
    is_known = len(found) == 1 and found[0] != zones.UNKNOWN_TIMEZONE
    return found[0] if is_known else None


def is_region(text: str) -> bool:
    """Whether this is a region that numbers can be read for: two capital letters, such as US."""
    return text in phonenumbers.SUPPORTED_REGIONS


def _e164(written: str, region: str) -> str:
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException as error:
        raise BadInput(_UNREADABLE[error.error_type]) from None
    # Possible, not valid: validity refuses the fictional 555 numbers of demos and Twilio's test
    # numbers, and lags behind newly opened ranges. Twilio's answer tells what is really in use.
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        wrong_length = f"no number under +{number.country_code} has this length"
        raise BadInput(_IMPOSSIBLE.get(verdict, wrong_length))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _diallable(text: str) -> str:
    """Only digits, perhaps after a plus; what a spreadsheet or a pen adds to them is dropped."""
    if len(text) > _LONGEST:
        raise BadInput("not a phone number")
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip(_SPREADSHEET_QUOTES)
    if plain[:4].lower() == "tel:":
        plain = plain[4:]
    if as_float := _FLOAT.fullmatch(plain):
        plain = as_float[1]
    compact = _SEPARATORS.sub("", plain)
    if not _DIALLABLE.fullmatch(compact):
        raise BadInput(_why_not_diallable(compact))
    return compact


def _why_not_diallable(compact: str) -> str:
    if not compact:
        return "no phone number"
    if _SCIENTIFIC.fullmatch(compact):
        return "the spreadsheet has rounded the number; format that column as text"
    if _EXTENDED.fullmatch(compact):
        return "the number has an extension, which no text can reach"
    has_digits = any(character.isdigit() for character in compact)
    has_letters = any(character.isalpha() for character in compact)
    return "the number contains letters" if has_digits and has_letters else "not a phone number"
