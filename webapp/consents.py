"""How many contacts of a file a launch leaves out because they gave no consent."""

from ledger.commands.consent import count_without_consent
from ledger.messages.contact_rows import Rows
from webapp.bootstrap import Application


def without_consent(app: Application, rows: Rows) -> int | None:
    """Return the number of contacts without consent; None where consent is not required."""
    if not app.settings.requires_consent:
        return None
    return count_without_consent(app.ledger.reader, app.ledger.identity, rows)
