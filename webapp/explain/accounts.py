"""What readers learn about the account that a ledger sends from."""

from ledger.domain.sending_switch import SendingAccount


def account_sentence(account: SendingAccount | None) -> str:
    """Return a sentence on the ledger's account; None before its first attempt."""
    if account is None:
        return "This ledger has no Twilio account yet: it takes that of its first attempt."
    if account.is_demonstration:
        return "This ledger is a demonstration: nobody is texted from it."
    return f"This ledger sends from the Twilio account {account.account_sid}."
