"""Phone numbers as people and Twilio write them, converted into E.164, and shown in groups.

A thin layer over the library `phonenumbers`, which knows what a number consists of; this module
undoes what spreadsheets do to numbers. Which numbers cannot exist, `numbering_plan.py` knows. Only
a text shows whether a number is in use.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from ledger.domain.phone_spellings import reachable
from ledger.domain.provider_numbers import number_in
from ledger.errors import BadInput
from ledger.messages.numbering_plan import is_north_american, why_not_in_plan

_LONGEST = 100
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPREADSHEET_QUOTES = " \t\r\n='\"`\u2018\u2019\u201c\u201d"
_FLOAT = re.compile(r"(\+?\d{6,})\.0+")
_SEPARATORS = re.compile(r"[\s()\[\]./\-\u2010-\u2015\u2212\u00b7\u30fc]+")
_DIALLABLE = re.compile(r"\+?\d+")
_SCIENTIFIC = re.compile(r"\+?\d[\d,]*e\+?\d+", re.IGNORECASE)
_ALL_DIGITS = re.compile(r"(\+?)(\d)[.,](\d+)e\+?0*(\d{1,2})", re.IGNORECASE)
_GROUPS_OF_NORTH_AMERICA = re.compile(r"\+1([2-9]\d{2})(\d{3})(\d{4})")
_PLAIN = re.compile(r"\+?[0-9]{1,15}")
_TEN_DIGITS = re.compile(r"(\+?1)?([2-9][0-9]{9})")
"""A number of North America with its area code, perhaps behind its country code."""
_NO_COUNTRY_CODE = re.compile(r"\+(\d{10})")
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")
_NO_REGION = "ZZ"
_LONGEST_E164 = 15
_FEWEST_OF_TWO = 7
"""Each of several numbers in a cell has as many digits, perhaps without its area code."""
_OTHER_NUMBER = re.compile(r"[^\W\d_]+|[,;|&+\n]")
"""What stands between two numbers in a cell, such as a comma or a word."""
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
    """Return the number in E.164, as somebody in `region` (two capital letters) would dial it.

    Raises BadInput with the reason only, without the number; the caller adds the line or the field.

        normalize("(415) 555-0101", "US") == "+14155550101"
    """
    written = _diallable(text)
    if north_american := _north_american(written, region):
        return north_american
    if _lacks_country_code(written, region):
        raise BadInput("the country code is missing after the +; write +1, or no +")
    number = _parsed(written, region)
    e164 = _e164(number)
    # A trunk prefix written twice leaves a number that would be read differently the next time:
    # one phone would have two identities, and an opt-out of one would not stop the other.
    if e164 != written and _e164(_parsed(e164, region)) != e164:
        raise BadInput("the number begins with digits that do not belong to it")
    if reason := why_not_in_plan(number):
        raise BadInput(reason)
    return e164


def from_provider(text: str) -> str:
    """Return the E.164 number in what Twilio wrote; the same text if it has none (a short code).

    It is the number that `normalize` would return for the phone, whatever channel it is of:

        from_provider("WhatsApp:+5215512345678") == "+525512345678"
    """
    number = number_in(text)
    if not number.startswith("+"):
        return text
    try:
        return normalize(number, _NO_REGION)
    except BadInput:
        return number


def sender_of(text: str, region: str) -> str:
    """Return a sender as Twilio writes it: an E.164 number, a short code or a name.

    Raises BadInput as `normalize` does.
    """
    if _SHORT_CODE.fullmatch(text) or _SENDER_ID.fullmatch(text):
        return text
    return normalize(text, region)


def display(e164: str) -> str:
    """Return an E.164 number in groups, such as "+1 415 555 0101"; any other text unchanged."""
    if groups := _GROUPS_OF_NORTH_AMERICA.fullmatch(e164):  # the library takes 20 times as long
        return "+1 {} {} {}".format(*groups.groups())
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    grouped = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return grouped.replace("-", " ")


def is_region(text: str) -> bool:
    """Whether this is a region whose numbers can be read: two capital letters, such as US."""
    return text in phonenumbers.SUPPORTED_REGIONS


def _north_american(written: str, region: str) -> str | None:
    """Return the E.164 number of a usual number of North America; None where the library decides.

    The library would return the same and takes 16 times as long. A test compares them.
    """
    usual = _TEN_DIGITS.fullmatch(written)
    if not usual or not is_north_american(usual[2]):
        return None
    is_of_region = phonenumbers.country_code_for_region(region) == 1
    return f"+1{usual[2]}" if is_of_region or usual[1] == "+1" else None


def _lacks_country_code(written: str, region: str) -> bool:
    """Whether these are ten digits of North America behind a plus, and no number abroad."""
    ten_digits = _NO_COUNTRY_CODE.fullmatch(written)
    if not ten_digits or phonenumbers.country_code_for_region(region) != 1:
        return False
    try:
        is_abroad = phonenumbers.is_valid_number(phonenumbers.parse(written))
    except NumberParseException:
        return False  # no country has this code, which is the better reason
    return is_north_american(ten_digits[1]) and not is_abroad


def _parsed(written: str, region: str) -> PhoneNumber:
    try:
        number = phonenumbers.parse(written, region)
        e164 = _e164(number)
        if (reached := reachable(e164)) != e164:
            number = phonenumbers.parse(reached)
    except NumberParseException as error:
        raise BadInput(_UNREADABLE[error.error_type]) from None
    # Possible, not valid: validity refuses the fictional 555 numbers of demos and Twilio's test
    # numbers, and does not know new ranges yet. Twilio's response shows what is really in use.
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != ValidationResult.IS_POSSIBLE:
        wrong_length = f"no number under +{number.country_code} has this length"
        raise BadInput(_IMPOSSIBLE.get(result, wrong_length))
    return number


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _diallable(text: str) -> str:
    """Return the digits, perhaps after a plus, without what spreadsheets or people add to them."""
    if _PLAIN.fullmatch(text):
        return text
    if len(text) > _LONGEST:
        raise BadInput("not a phone number")
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip(_SPREADSHEET_QUOTES)
    if plain[:4].lower() == "tel:":
        plain = plain[4:]
    if as_float := _FLOAT.fullmatch(plain):
        plain = as_float[1]
    compact = _SEPARATORS.sub("", _whole(plain))
    if not _DIALLABLE.fullmatch(compact) or _has_several(plain):
        raise BadInput(_why_not_diallable(plain, compact))
    return compact


def _whole(text: str) -> str:
    """Return the digits of a number in scientific notation that has them all: 4.155550101E+09."""
    written = _ALL_DIGITS.fullmatch(text)
    if not written or len(written[3]) != int(written[4]):
        return text
    return "".join(written.groups()[:3])


def _has_several(text: str) -> bool:
    """Whether these are two numbers: several parts of enough digits, or one of too many."""
    digits = [sum(map(str.isdigit, part)) for part in _OTHER_NUMBER.split(text)]
    is_double = _LONGEST_E164 < max(digits) <= 2 * _LONGEST_E164
    return is_double or sum(count >= _FEWEST_OF_TWO for count in digits) > 1


def _why_not_diallable(text: str, compact: str) -> str:
    if not compact:
        return "no phone number"
    if _SCIENTIFIC.fullmatch(compact):
        return "the spreadsheet has rounded the number; format that column as text"
    if _EXTENDED.fullmatch(compact):
        return "the number has an extension, which no text can reach"
    if _has_several(text):
        return "the cell has several numbers; keep the one to text"
    has_digits = any(character.isdigit() for character in compact)
    has_letters = any(character.isalpha() for character in compact)
    return "the number contains letters" if has_digits and has_letters else "not a phone number"
