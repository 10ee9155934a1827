"""How often passwords may be wrong: by name, by address, and by device, for all processes.

A device on which a person signed in before has limits of its own, so that nobody locks the person
out of it by guessing elsewhere (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
Everything else counts against the address, and from an address that is not known also against the
name. At a known address somebody else's failures with that name elsewhere do not count.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.store.engine import reading, writing
from ledger.store.upsert import insert_into
from webapp.accounts.table import known_addresses, sign_in_limits
from webapp.accounts.try_later import TooManyFailures

ADDRESS_KEPT_FOR = timedelta(days=90)
MOST_ROWS = 100_000
"""Beyond it the rows with the fewest failures are forgotten, and of those the oldest."""
NEVER_FORGOTTEN = 10
"""The least of all limits. A row with this number of failures stays until its time is over.

Hashing is too slow to fill many such rows.
"""


@dataclass(frozen=True)
class Limit:
    """At most this number of failures, within a time that begins with the first one."""

    failures: int
    within: timedelta
    is_of_name: bool = True
    """Whether it concerns one name."""
    what: str = "passwords"
    """What was wrong, for readers."""


OF_DEVICE = Limit(10, timedelta(minutes=15))
"""With one name, on a device on which it signed in before."""
OF_DEVICES = Limit(100, timedelta(hours=1))
"""With one name, on all devices on which it signed in before."""
OF_NAME_AT_ADDRESS = Limit(10, timedelta(minutes=15))
"""With one name, from one address."""
OF_NAME = Limit(100, timedelta(hours=1))
"""With one name, from all addresses from which it did not sign in lately."""
OF_ADDRESS = Limit(300, timedelta(minutes=15), is_of_name=False)
"""With all names, from one address; a school is one address."""
OF_LINK = Limit(100, timedelta(minutes=15), is_of_name=False)
"""Of wrong sign-in links from one address; more are refused all the same, and not counted."""
OF_TOKEN = Limit(100, timedelta(minutes=15), is_of_name=False)
"""Of wrong tokens of the API from one address; right ones are accepted all the same."""
OF_OWNER = Limit(10, timedelta(minutes=15), is_of_name=False)
"""Of somebody signed in who must give the present password to change it."""

OF_CODE = Limit(10, timedelta(minutes=15), what="codes")
"""Of codes that follow one person's right password."""
OF_CODES = Limit(20, timedelta(hours=24), what="codes")
"""The same for a day: one of a million codes is right, and two or three count at a time."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a sign-in comes from."""

    address: str
    """The client's network, such as "192.0.2.7" or "2001:db8::/64"."""
    device: str | None
    """The id of a device on which the same account signed in before; None: not known."""


class Attempt:
    """A password that is being checked in a `with` block.

    It counts as wrong from the start, so that many at once stay within the limits: entering the
    block raises `TooManyFailures` where others filled a limit meanwhile. Where the block raises,
    nothing was checked, and nothing is counted.
    """

    def __init__(
        self, limits: "SignInLimits", subjects: Mapping[str, Limit], name: str | None
    ) -> None:
        self._limits, self._subjects, self._name = limits, subjects, name

    def take_back(self) -> None:
        """Count nothing, as the password was right."""
        self._limits.uncount(self._subjects)

    def __enter__(self) -> Self:
        self._limits.count(self._subjects, self._name)
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error:
            self.take_back()


class SignInLimits:
    """The counts of all processes; every method raises `StoreUnavailable`.

    Names and addresses are stored as HMACs: a password that was typed as a name stays unknown.
    """

    def __init__(self, engine: sa.Engine, clock: Clock, secret_key: str) -> None:
        self._engine, self._clock, self._key = engine, clock, secret_key.encode()

    def begin(self, name: str, user_id: str | None, origin: Origin) -> Attempt:
        """Return an attempt to sign in with this name; `user_id`: whose name it is, if anybody's.

        Raises `TooManyFailures`.
        """
        return self._begin(self._subjects(name, user_id, origin), self._digest("name", name))

    def begin_change(self, user_id: str) -> Attempt:
        """Return an attempt to change a password. Raises `TooManyFailures`."""
        return self._begin({self._digest("owner", user_id): OF_OWNER}, None)

    def begin_code(self, name: str, user_id: str) -> Attempt:
        """Return an attempt with a code after the right password. Raises `TooManyFailures`."""
        subjects = {
            self._digest("code", user_id): OF_CODE,
            self._digest("codes", user_id): OF_CODES,
        }
        return self._begin(subjects, self._digest("name", name))

    def begin_link(self, address: str) -> Attempt:
        """Return an attempt with a wrong sign-in link. Raises `TooManyFailures`."""
        return self._begin({self._digest("link", address): OF_LINK}, None)

    def begin_token(self, address: str) -> Attempt:
        """Return an attempt with a wrong token of the API. Raises `TooManyFailures`."""
        return self._begin({self._digest("token", address): OF_TOKEN}, None)

    def remember(self, user_id: str, address: str) -> None:
        """Remember that somebody signed in from this address."""
        expires_at = to_microseconds(self._clock.now() + ADDRESS_KEPT_FOR)
        row = {"user_id": user_id, "address": self._digest("address", address)}
        new = insert_into(self._engine.dialect.name, known_addresses)
        upsert = new.values(**row, expires_at=expires_at).on_conflict_do_update(
            index_elements=["user_id", "address"], set_={"expires_at": expires_at}
        )
        with writing(self._engine) as connection:
            connection.execute(upsert)

    def forget(self, name: str | None) -> int:
        """Forget the failures with this name, from everywhere; None: all. Return how many counts.

        A count of an address, for all names, belongs to no name. So do those of another secret key.
        """
        change = sa.delete(sign_in_limits)
        if name is not None:
            change = change.where(sign_in_limits.c.name == self._digest("name", name))
        with writing(self._engine) as connection:
            return connection.execute(change).rowcount

    def count(self, subjects: Mapping[str, Limit], name: str | None) -> None:
        """Count one failure of each; raises `TooManyFailures`, and then counts nothing."""
        with writing(self._engine) as connection:
            for subject in sorted(subjects):  # one order, so that two processes never deadlock
                self._count(connection, subject, subjects[subject], name)

    def uncount(self, subjects: Iterable[str]) -> None:
        """Take one failure off each of these counts; a count of none is no row."""
        column = sign_in_limits.c
        with writing(self._engine) as connection:
            for subject in sorted(subjects):
                row = column.subject == subject
                change = sa.update(sign_in_limits).where(row)
                connection.execute(change.values(failures=column.failures - 1))
                connection.execute(sa.delete(sign_in_limits).where(row, column.failures <= 0))

    def _subjects(self, name: str, user_id: str | None, origin: Origin) -> dict[str, Limit]:
        """Return what is counted; each limit must have room."""
        if origin.device is not None:
            return {
                self._digest("device", name, origin.device): OF_DEVICE,
                self._digest("devices", name): OF_DEVICES,
            }
        subjects = {
            self._digest("name at address", name, origin.address): OF_NAME_AT_ADDRESS,
            self._digest("address", origin.address): OF_ADDRESS,
        }
        if not self._is_known(user_id or "", origin.address):  # asked for unknown names as well
            subjects[self._digest("name", name)] = OF_NAME
        return subjects

    def _is_known(self, user_id: str, address: str) -> bool:
        known = known_addresses.c
        is_known = sa.exists().where(
            known.user_id == user_id,
            known.address == self._digest("address", address),
            known.expires_at > to_microseconds(self._clock.now()),
        )
        with reading(self._engine) as connection:
            return bool(connection.scalar(sa.select(is_known)))

    def _begin(self, subjects: Mapping[str, Limit], name: str | None) -> Attempt:
        self._check_room(subjects)
        return Attempt(self, subjects, name)

    def _check_room(self, subjects: Mapping[str, Limit]) -> None:
        """Refuse by reading alone, so that a flood of requests takes no lock."""
        column, now = sign_in_limits.c, self._clock.now()
        query = sa.select(sign_in_limits).where(
            column.subject.in_(subjects), column.expires_at > to_microseconds(now)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        full = [row for row in rows if row.failures >= subjects[row.subject].failures]
        if full:
            last = max(full, key=lambda row: row.expires_at)
            until = from_microseconds(last.expires_at)
            raise TooManyFailures(now, until, subjects[last.subject].what)

    def _count(
        self, connection: sa.Connection, subject: str, limit: Limit, name: str | None
    ) -> None:
        """Count one failure; the row's lock makes the check exact between processes."""
        column, now = sign_in_limits.c, self._clock.now()
        is_over = column.expires_at <= to_microseconds(now)
        fresh = {"failures": 1, "expires_at": to_microseconds(now + limit.within)}
        new = insert_into(self._engine.dialect.name, sign_in_limits)
        named = name if limit.is_of_name else None
        upsert = new.values(subject=subject, name=named, **fresh).on_conflict_do_update(
            index_elements=["subject"],
            set_={
                "failures": sa.case((is_over, 1), else_=column.failures + 1),
                "expires_at": sa.case((is_over, fresh["expires_at"]), else_=column.expires_at),
            },
        )
        row = connection.execute(upsert.returning(column.failures, column.expires_at)).one()
        if row.failures > limit.failures:
            raise TooManyFailures(now, from_microseconds(row.expires_at), limit.what)

    def _digest(self, *words: str) -> str:
        parts = (word.encode(errors="replace") for word in words)
        return hmac.new(self._key, b"\0".join(parts), "sha256").hexdigest()


def forget_lowest(connection: sa.Connection) -> None:
    """Keep the table of counts within its bound."""
    column = sign_in_limits.c
    kept_first = (column.failures.desc(), column.expires_at.desc())
    beyond = sa.select(column.subject).order_by(*kept_first).offset(MOST_ROWS)
    is_low = column.failures < NEVER_FORGOTTEN
    connection.execute(sa.delete(sign_in_limits).where(is_low, column.subject.in_(beyond)))
