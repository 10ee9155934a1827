"""The words of a recall: what is done about the texts of a campaign, and the result."""

from ledger.sending.recall import Canceling
from webapp.explain.numbers import counted, plural


def canceling_sentence(done: Canceling) -> str:
    """Return what Twilio did: "Twilio canceled 12 texts. 30 texts had left Twilio already."."""
    parts = []
    if done.canceled:
        parts.append(f"Twilio canceled {counted(done.canceled, 'text')}.")
    if done.too_late:
        parts.append(f"{counted(done.too_late, 'text')} had left Twilio already.")
    if done.unanswered:
        parts.append(
            f"Twilio gave no answer about {counted(done.unanswered, 'text')}, so it is not known "
            "whether they go out. Recall the campaign again in a minute."
        )
    if done.before:
        parts.append("Some texts were not asked for yet: press Recall again.")
    return " ".join(parts) or "Twilio had no text of this campaign that could be canceled."


def not_sent_sentence(waiting: int) -> str:
    """Return how many contacts are not texted any more."""
    if not waiting:
        return "Recalled: nobody was left to be texted."
    return (
        f"Recalled: {counted(waiting, 'contact')} {plural(waiting, 'is', 'are')} not texted and "
        f"{plural(waiting, 'stays', 'stay')} pending for good."
    )
