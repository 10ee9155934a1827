"""People who use this program, as `user list --json` prints them, and their sessions."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.vocabulary import Role
from webapp.api.models.base import AnswerModel, RequestModel

_USER = "usr_3kz4mnb6"


class StaffAccount(AnswerModel, frozen=True):
    """Somebody who has an account."""

    id: Annotated[str, Meta(description="Under which the person acts.")]
    name: str
    role: Role
    numbers: Annotated[bool, Meta(description="Whether the person sees phone numbers.")]
    state: str
    offices: Annotated[
        list[str], Meta(description="The ids of the offices that the person sees; none: all.")
    ]
    password: Annotated[
        bool | None,
        Meta(description="Whether the person has a password; null for a past moment."),
    ]
    two_factor: bool
    passkeys: int
    last_sign_in: str | None


class StaffList(AnswerModel, frozen=True):
    """Everybody who has an account."""

    items: list[StaffAccount]


_Numbers = Annotated[bool, Meta(description="Let a viewer see phone numbers.")]


class NewStaff(RequestModel, frozen=True):
    """Somebody who gets an account."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["J. Ortiz"])]
    role: Role = Role.STAFF
    numbers: _Numbers = False


class NewRole(RequestModel, frozen=True):
    """Another role for somebody."""

    role: Role
    numbers: _Numbers = False


class OfficesOfStaff(RequestModel, frozen=True):
    """Which offices somebody sees."""

    offices: Annotated[
        list[Annotated[str, Meta(max_length=200)]],
        Meta(max_length=1000, description="Ids or names; none: all offices."),
    ]


class SignInLink(AnswerModel, frozen=True):
    """A link that signs a person in, once."""

    id: str
    address: Annotated[str, Meta(description="Give it to the person; it is not shown again.")]


class StaffSession(AnswerModel, frozen=True):
    """Where somebody is signed in."""

    id: str
    started_at: str | None
    ends_at: str | None
    address: Annotated[str | None, Meta(description="The network of the client.")]
    browser: str | None


class StaffSessionList(AnswerModel, frozen=True):
    """The sessions of one person."""

    items: list[StaffSession]


class StaffChanged(AnswerModel, frozen=True):
    """What was done to an account."""

    id: str
    done: str


EXAMPLE = StaffAccount(
    id=_USER,
    name="J. Ortiz",
    role=Role.STAFF,
    numbers=True,
    state="active",
    offices=[],
    password=True,
    two_factor=False,
    passkeys=0,
    last_sign_in="2026-11-23T14:00:00+00:00",
)
EXAMPLE_LIST = StaffList(items=[EXAMPLE])
EXAMPLE_NEW = NewStaff(name="J. Ortiz")
EXAMPLE_ROLE = NewRole(role=Role.APPROVER)
EXAMPLE_LINK = SignInLink(id=_USER, address="https://texts.school.example/sign-in/TOKEN")
EXAMPLE_SESSIONS = StaffSessionList(
    items=[
        StaffSession(
            id="5f2c9a7e",
            started_at="2026-11-23T14:00:00+00:00",
            ends_at="2026-11-24T02:00:00+00:00",
            address="192.0.2.0/24",
            browser="Firefox",
        )
    ]
)
EXAMPLE_CHANGED = StaffChanged(id=_USER, done="disabled")
EXAMPLE_OFFICES = OfficesOfStaff(offices=["North High"])
