"""What readers learn about the account that a ledger sends from."""

from ledger.domain.sending_switch import SendingAccount, SendingSwitch
from ledger.errors import Refused


def account_sentence(account: SendingAccount | None) -> str:
    """Return a sentence on the ledger's account; None before its first attempt."""
    if account is None:
        return "This ledger has no Twilio account yet: it takes that of its first attempt."
    if account.is_demonstration:
        return "This ledger is a demonstration: nobody is texted from it."
    return f"This ledger sends from the Twilio account {account.account_sid}."


def account_warning(switch: SendingSwitch, account: SendingAccount) -> str | None:
    """Return why this program sends nothing, if the ledger belongs to another account than its."""
    if not account.account_sid:
        return None
    try:
        switch.check_account(account)
    except Refused as refusal:
        return f"Nothing is sent. {refusal}"
    return None
