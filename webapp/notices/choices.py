"""Who gets which notices by mail: read from the events of their choices."""

from collections.abc import Collection

from ledger.commands.notices import ChooseNotices
from ledger.domain.events import NoticesChosen
from ledger.domain.notices import NoticeChoice, stream_of
from ledger.errors import BadInput
from ledger.ledger import Ledger
from ledger.store.search import Search
from webapp.accounts import Accounts
from webapp.explain.event_problems import sound
from webapp.notices.notice import NoticeKind


class NoticeChoices:
    """Reads and changes the choices. Every method raises `StoreUnavailable`."""

    def __init__(self, ledger: Ledger, accounts: Accounts) -> None:
        self._ledger, self._accounts = ledger, accounts

    def of(self, account_id: str) -> NoticeChoice:
        """Return the choice of one person; it has no kinds where nothing was chosen."""
        stream = stream_of(account_id)
        events = sound(self._ledger.reader.stream(stream))
        return NoticeChoice.from_events(stream, (each.event for each in events))

    def all(self) -> dict[str, NoticeChoice]:
        """Return account → choice, of everybody who chose and may sign in."""
        recorded = sound(self._ledger.reader.search(Search(topics=(NoticesChosen.topic,))))
        if not recorded:
            return {}
        events = [each.event for each in recorded]
        accounts = {each.user_id for each in self._accounts.all() if not each.is_disabled}
        latest = {each.account_id: each for each in events if isinstance(each, NoticesChosen)}
        return {
            account_id: NoticeChoice.from_events(stream_of(account_id), [event])
            for account_id, event in latest.items()
            if account_id in accounts
        }

    def choose(self, account_id: str, kinds: Collection[str], address: str, by: str) -> None:
        """Replace the choice of a person. Raises `BadInput`."""
        unknown = sorted(set(kinds) - set(NoticeKind))
        if unknown:
            raise BadInput("Choose from the notices that there are.")
        chosen = [kind.value for kind in NoticeKind if kind in kinds]
        command = ChooseNotices(account_id=account_id, kinds=chosen, address=address, by=by)
        self._ledger.execute(command).result()
