"""What staff read before a launch about numbers of other countries."""

from collections.abc import Mapping

from ledger.messages.country_names import country_name
from webapp.explain.numbers import counted, number, plural

_MOST_NAMED = 10


def abroad_sentence(abroad: Mapping[str, int], home: str) -> str:
    """Return how many numbers are outside the school's country, by country."""
    total = sum(abroad.values())
    named = [
        f"{number(count)} in {country_name(country)}"
        for country, count in list(abroad.items())[:_MOST_NAMED]
    ]
    if len(abroad) > _MOST_NAMED:
        named.append(f"and {counted(len(abroad) - _MOST_NAMED, 'more country')}")
    return (
        f"{counted(total, 'number')} {plural(total, 'is', 'are')} outside the school's country, "
        f"{country_name(home)}: {', '.join(named)}."
    )
