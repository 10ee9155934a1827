"""The English names of countries, from the table of the time zone database."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_OTHER_NAMES = {"XK": "Kosovo", "001": "no country", "ZZ": "no country"}
"""Other letters of the library of phone numbers; satellite phones, for example, have no country."""


def country_name(country: str) -> str:
    """Return the English name of a country, such as "Belgium"; other letters unchanged."""
    return _names().get(country) or _OTHER_NAMES.get(country, country)


@cache
def _names() -> Mapping[str, str]:
    """The table of the time zone database: lines such as `BE<tab>Belgium`, behind comments."""
    lines = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))
