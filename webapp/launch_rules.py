"""Reads the rules about launches as people write them, for the People page and the command."""

from decimal import Decimal, InvalidOperation

from ledger.domain.launch_rules import LaunchRules, SpendingLimits
from ledger.errors import BadInput
from webapp.settings import Settings
from webapp.whole_numbers import is_whole_number

_NONE = {"", "none"}


def contacts_in(text: str) -> int | None:
    """Read a number of contacts; blank or `none` is no limit. Raises `BadInput`."""
    written = text.strip().lower().replace(",", "")
    if written in _NONE:
        return None
    if not is_whole_number(written):
        raise BadInput("Write a whole number of contacts, such as 200, or none.")
    return int(written)


def limits_in(settings: Settings, *, day: str, month: str) -> SpendingLimits:
    """Read two amounts; blank or `none` is no limit.

    They are counted by the price and the time zone of the settings. Raises `BadInput`.
    """
    price = settings.price
    limits = SpendingLimits(
        day=_amount(day),
        month=_amount(month),
        price=price.amount if price else Decimal(0),
        currency=price.currency if price else "",
        zone=settings.time_zone,
    )
    limits.check()
    return limits


def launch_rules_document(rules: LaunchRules) -> dict[str, object]:
    """Return the rules as `campaign rules --json` prints them."""
    limits = rules.spending
    return {
        "approval_above": rules.approval_limit,
        "per_day": amount_text(limits.day),
        "per_month": amount_text(limits.month),
        "price_per_segment": str(limits.price) if limits.is_set else None,
        "currency": limits.currency or None,
    }


def amount_text(amount: Decimal | None) -> str | None:
    """Return an amount as JSON has it; None where there is no limit."""
    return None if amount is None else str(amount)


def _amount(text: str) -> Decimal | None:
    written = text.strip().lower().replace(",", "")
    if written in _NONE:
        return None
    try:
        return Decimal(written)
    except InvalidOperation:
        raise BadInput("Write a limit as an amount, such as 50 or 49.90, or none.") from None
