"""Offices, the rules about launches, and tokens, as their commands print them."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.vocabulary import Role
from webapp.api.models.base import AnswerModel, RequestModel

_OFFICE = "off_0123456789abcdef"
_Amount = Annotated[
    Annotated[str, Meta(max_length=30)] | None,
    Meta(description="An amount, such as 49.90; null: no limit."),
]


class Office(AnswerModel, frozen=True):
    """An office of the district."""

    id: str
    name: str
    closed: Annotated[bool, Meta(description="Nothing is launched into it any more.")]
    per_day: Annotated[str | None, Meta(description="What it may spend in a day.")]
    per_month: Annotated[str | None, Meta(description="What it may spend in a month.")]


class OfficeList(AnswerModel, frozen=True):
    """All offices, also those that are closed, in the order in which they were added."""

    items: list[Office]


class OfficeName(RequestModel, frozen=True):
    """The name of an office."""

    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["North High"])]


class SpendingOrder(RequestModel, frozen=True):
    """What may be spent without an admin's approval."""

    per_day: _Amount
    per_month: _Amount


class LaunchRules(AnswerModel, frozen=True):
    """Which launches wait for somebody else's approval, as `campaign rules --json` prints it."""

    approval_above: Annotated[
        int | None, Meta(description="Launches to more contacts wait; null: no launch.")
    ]
    per_day: str | None
    per_month: str | None
    price_per_segment: Annotated[str | None, Meta(description="By which it is counted.")]
    currency: str | None


class LaunchRulesOrder(SpendingOrder, frozen=True):
    """All rules, as they are to be."""

    approval_above: Annotated[
        Annotated[int, Meta(ge=0, le=10_000_000)] | None, Meta(description="Null: no launch waits.")
    ]


class Token(AnswerModel, frozen=True):
    """A token of the API; its secret is known to nobody."""

    id: str
    begins: Annotated[str, Meta(description="The first characters of the secret.")]
    name: str
    person: Annotated[str | None, Meta(description="As whom it acts; null for a system.")]
    role: Role
    numbers: bool
    offices: list[str]
    state: Annotated[str, Meta(examples=["active", "expired", "revoked"])]
    made_at: str | None
    expires_at: str | None
    last_used_at: str | None


class TokenList(AnswerModel, frozen=True):
    """Every token, the newest first."""

    items: list[Token]


EXAMPLE_OFFICE = Office(
    id=_OFFICE, name="North High", closed=False, per_day=None, per_month="500.00"
)
EXAMPLE_OFFICES = OfficeList(items=[EXAMPLE_OFFICE])
EXAMPLE_NAME = OfficeName(name="North High")
EXAMPLE_SPENDING = SpendingOrder(per_day=None, per_month="500.00")
EXAMPLE_RULES = LaunchRules(
    approval_above=1000,
    per_day=None,
    per_month="500.00",
    price_per_segment="0.0079",
    currency="USD",
)
EXAMPLE_RULES_ORDER = LaunchRulesOrder(approval_above=1000, per_day=None, per_month="500.00")
EXAMPLE_TOKEN = Token(
    id="tok_0123456789abcdef",
    begins="dlt_AbCdEfGh",
    name="PowerSchool",
    person=None,
    role=Role.STAFF,
    numbers=True,
    offices=[],
    state="active",
    made_at="2026-11-01T14:00:00+00:00",
    expires_at="2027-01-30T14:00:00+00:00",
    last_used_at=None,
)
EXAMPLE_TOKENS = TokenList(items=[EXAMPLE_TOKEN])
