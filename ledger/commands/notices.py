"""The command by which a person gets other notices."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.domain.notices import NoticeChoice, stream_of
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class ChooseNotices(Command[None]):
    """Let a person get these kinds of notices at a mail address. Raises `BadInput`."""

    account_id: str
    kinds: Collection[str]
    address: str
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [stream_of(self.account_id)]

    def decide(self, work: UnitOfWork) -> None:
        choice = work.load(NoticeChoice, stream_of(self.account_id))
        work.append(choice.choose(self.by, self.account_id, self.kinds, self.address))
