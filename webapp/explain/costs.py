"""Costs as people read them: "12.45 USD", "0.0079 USD"."""

from collections.abc import Iterable
from decimal import Decimal

from ledger.domain.text_prices import MILLION
from webapp.explain.numbers import counted, number, plural

UNKNOWN_CURRENCY = "(currency unknown)"


def money(millionths: int, currency: str) -> str:
    """Return a cost in two decimals; one below a tenth has all that it needs, up to six."""
    amount = Decimal(millionths) / MILLION
    words = f"{amount:,.2f}" if not amount or abs(amount) >= Decimal("0.1") else f"{amount:,f}"
    return f"{words} {currency or UNKNOWN_CURRENCY}"


def decimal_text(millionths: int) -> str:
    """Return a cost as a plain decimal number for files and programs: "0.0079"."""
    text = f"{Decimal(millionths) / MILLION:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def all_money(costs: Iterable[tuple[int, str]]) -> str:
    """Return the costs of several currencies, which are not added up: "3.10 USD and 0.20 EUR"."""
    return " and ".join(money(millionths, currency) for millionths, currency in costs)


def coverage(priced: int, texts: int) -> str:
    """Return of how many texts the price is known."""
    if priced >= texts:
        return f"for {plural(texts, 'the one text', 'all ' + counted(texts, 'text'))}"
    return f"for {number(priced)} of {counted(texts, 'text')} so far"
