"""Commands on permalinks: make one, and revoke it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.people import STREAM, People
from ledger.domain.permalink import PageOfMoment, Permalink
from ledger.errors import NotFound
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class MakePermalink(Command[None]):
    """Make a permalink of a page.

    Raises `BadInput` for an end that cannot be, and `Refused` where the maker was shut out
    meanwhile: what revoked the maker's permalinks did not see this one.
    """

    permalink_id: str
    page: PageOfMoment
    expires_at: datetime
    shows_numbers: bool
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.permalink_id, STREAM]

    def decide(self, work: UnitOfWork) -> None:
        work.load(People, STREAM).check_not_shut_out(self.by)
        permalink = work.load(Permalink, self.permalink_id)
        made = permalink.make(
            self.by,
            self.page,
            now=work.now,
            expires_at=self.expires_at,
            shows_numbers=self.shows_numbers,
        )
        work.append(made)


@dataclass(frozen=True)
class RevokePermalink(Command[None]):
    """Revoke a permalink. Raises `NotFound`, and `Refused` where it has ended."""

    permalink_id: str
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.permalink_id]

    def decide(self, work: UnitOfWork) -> None:
        permalink = work.load(Permalink, self.permalink_id)
        if not permalink.exists:
            raise NotFound(
                f"There is no permalink {self.permalink_id}; see `permalink list` for those there "
                "are."
            )
        work.append(permalink.revoke(self.by, work.now))
