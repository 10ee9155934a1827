"""Phones whose number is written in two ways: each is one contact. Standard library only.

    +52 1 55 1234 5678   +52 55 1234 5678    Mexico's 1 before mobile numbers, given up in 2019
    +54 11 2345 6789     +54 9 11 2345 6789  Argentina's 9 before mobile numbers
    +55 11 8765 4321     +55 11 98765 4321   Brazil's ninth digit, which WhatsApp leaves out

No other phone has the second spelling. All other numbers are written in one way.
"""

import re

_COUNTRIES = ("+52", "+54", "+55")
_MEXICAN = re.compile(r"\+52(?:1|01|04[45])(\d{10})")
_MEXICAN_TODAY = re.compile(r"\+52([2-9]\d{9})")
_ARGENTINE = re.compile(r"\+549?([1-3]\d{9})")
_BRAZILIAN = re.compile(r"\+55([1-9]{2})9?([689]\d{7})")


def reachable(e164: str) -> str:
    """Return the spelling that reaches the phone, which is texted.

    Both of Argentina's may: there the number stays as it is.
    """
    if not e164.startswith(_COUNTRIES):
        return e164
    if mexican := _MEXICAN.fullmatch(e164):
        return f"+52{mexican[1]}"
    if brazilian := _BRAZILIAN.fullmatch(e164):
        return f"+55{brazilian[1]}9{brazilian[2]}"
    return e164


def spellings(e164: str) -> tuple[str, ...]:
    """Return every spelling of the number; the first names the contact."""
    if not e164.startswith(_COUNTRIES):
        return (e164,)
    if argentine := _ARGENTINE.fullmatch(e164):
        return (f"+549{argentine[1]}", f"+54{argentine[1]}")
    number = reachable(e164)
    if mexican := _MEXICAN_TODAY.fullmatch(number):
        return (number, f"+521{mexican[1]}")
    if brazilian := _BRAZILIAN.fullmatch(number):
        return (number, f"+55{brazilian[1]}{brazilian[2]}")
    return (number,)
