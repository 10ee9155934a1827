"""The tokens in the addresses of permalinks, and permalinks as JSON documents, with the address."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeSerializer

from ledger.domain.permalink import Permalink
from ledger.errors import NotFound
from webapp.explain.actors import actor_names
from webapp.explain.times import iso
from webapp.permalinks import PermalinkRow

if TYPE_CHECKING:
    from webapp.bootstrap import Application


class PermalinkTokens:
    """Signs the ids of permalinks under the program's secret key.

    A token is `ImxuayJhZ…".…`: the id and its signature. What it shows, and until when, the ledger
    says.
    """

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(
            secret_key, salt="permalink", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def token_of(self, permalink_id: str) -> str:
        """Return the token of a permalink."""
        return str(self._serializer.dumps(permalink_id))

    def address_for(self, user_id: str | None, permalink: Permalink, public_url: str) -> str | None:
        """Return the address of a permalink for its maker, who may pass it on; None for others.

        Its readers reach the program at `public_url`. Nobody is recorded as the reader of an
        address, so others do not get one by which they could read unrecorded.
        """
        if permalink.maker != user_id:
            return None
        return f"{public_url}/shared/{self.token_of(permalink.stream_id)}"

    def permalink_id(self, token: str) -> str:
        """Return the id in a token; raises `NotFound` for one that was not signed here."""
        try:
            return str(self._serializer.loads(token))
        except BadData as error:
            raise NotFound("There is no such permalink. Ask for its address again.") from error


def permalink_document(
    app: "Application",
    row: PermalinkRow,
    reader_id: str | None,
    public_url: str | None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return a permalink as `permalink list --json` prints it.

    It has the address of one that is open, for its maker alone, where there is a public address.
    `at` is a past moment, at which it is shown.
    """
    link, names = row.permalink, actor_names(app.accounts.names())
    address = None
    if public_url is not None and row.is_open(app.clock.now()):
        tokens = PermalinkTokens(app.settings.secret_key)
        address = tokens.address_for(reader_id, link, public_url)
    return {
        "id": row.permalink_id,
        "page": link.page.address,
        "state": row.state_at(at or app.clock.now()),
        "made_at": iso(row.made_at),
        "made_by": names.get(link.maker, link.maker),
        "expires_at": iso(link.expires_at),
        "shows_numbers": link.shows_numbers,
        "hours_read": len(row.reads),
        "last_read_at": iso(row.reads[-1] if row.reads else None),
        "address": address,
    }
