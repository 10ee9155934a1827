"""The words for what keeps texts from being sent, and what staff can do about it."""

from ledger.domain.sending_switch import SendingSwitch
from webapp.explain.numbers import counted, number
from webapp.metrics.roles import SendingPart

WITHOUT_PART = {
    SendingPart.SENDER: "Nothing is sent.",
    SendingPart.MAINTENANCE: (
        "Twilio is not asked about texts without an outcome, and no campaign closes, pauses or is "
        "archived by itself."
    ),
}
"""What does not happen while a part of the sending does not run."""

PROGRAM_ERROR = "It failed because of an error of the program, which is in its log."


def sending_problem(part: str, problem: str) -> str:
    """Say what does not happen, why, and that it is tried again."""
    effects = {str(each): effect for each, effect in WITHOUT_PART.items()}
    effect = effects.get(part, f"The part “{part}” of the sending does not run.")
    return f"{effect} {problem} It is tried again by itself."


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
