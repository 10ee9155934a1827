"""The words for a ledger that lost its end: what is missing, and what staff can do."""

from ledger.domain.sending_switch import SendingSwitch
from webapp.explain.numbers import counted, number


def missing_texts(switch: SendingSwitch) -> str:
    """Say that Twilio's records have too few texts for the attempts that the ledger lost."""
    return (
        f"The ledger lost {counted(switch.lost_attempts, 'attempt')}, and Twilio's records have no "
        f"text of {number(switch.missing)} of them. Those people may have been texted. Look at the "
        "messages in Twilio's console before you allow sending: contacts who wait here are then "
        "texted, even if they got the text before."
    )


def why_sending_is_off(switch: SendingSwitch) -> str:
    """Say that nothing is sent, and what to do about it."""
    if switch.needs_reconciliation:
        return "Sending is off: the ledger lost its end; run `delivery-ledger reconcile` first."
    if switch.missing:
        return f"Sending is off. {missing_texts(switch)}"
    return "Sending is off; `delivery-ledger sending allow` lets it go on."
