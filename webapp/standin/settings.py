"""The settings of a stand-in; the caller reads them from the environment."""

from dataclasses import dataclass
from pathlib import Path

from webapp.standin.records import ListOrder, StoredBody


@dataclass(frozen=True, kw_only=True)
class StandInSettings:
    """One Twilio account, and the order and speed of its texts.

    Attributes:
        account_sid: The account's SID, also the user name of basic auth.
        auth_token: Its secret: the password of basic auth and the key of the signatures.
        seed: None for no disorder; each number gives its own disorder.
        pace_seconds: Mean time between two statuses of a text.
        hold_seconds: How long a number ending in 1002 keeps the create request waiting.
        state_path: SQLite file that survives a restart; None: memory.
        inbound_url: Where texts to the school are posted; None: nowhere.
        list_order: The order of the list; None: shuffled with a seed, else the newest first.
        stored_body: What is kept of the bodies of texts.
        price_seconds: How long after it has left a text has no price.
        clock_ahead_seconds: How far the account's clock is ahead of this machine's.
    """

    account_sid: str
    auth_token: str
    seed: int | None = None
    pace_seconds: float = 1.0
    hold_seconds: float = 60.0
    price_seconds: float = 30.0
    state_path: Path | None = None
    inbound_url: str | None = None
    list_order: ListOrder | None = None
    stored_body: StoredBody = StoredBody.WHOLE
    clock_ahead_seconds: float = 0.0
