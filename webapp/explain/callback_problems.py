"""What staff read about Twilio's requests that were refused or came to a wrong address."""

from webapp.callback_problems import Problem, ProblemCount
from webapp.explain.numbers import counted, plural
from webapp.explain.sentences import Sentence, joined

PROBLEM_TITLES = {
    Problem.WRONG_ADDRESS: "Twilio uses a wrong address.",
    Problem.WRONG_SIGNATURE: "Requests of Twilio are refused.",
    Problem.UNUSABLE: "Requests of Twilio cannot be used.",
}


def problem_sentence(problem: ProblemCount, public_url: str | None) -> Sentence:
    """Return what came, when the last of it came, and the cure.

    `public_url` is shown to staff; it has no password.
    """
    requests, was = counted(problem.count, "request"), plural(problem.count, "was", "were")
    webhook = f"{public_url}/twilio/inbound"
    match problem.problem:
        case Problem.WRONG_ADDRESS:
            return joined(
                f"{requests} signed by Twilio came to a wrong address, the last at ",
                problem.last_at,
                f" to {problem.last_path}. Texts from people were recorded all the same. At "
                f"Twilio, enter {webhook} as the webhook for incoming messages, and nothing for "
                "calls.",
            )
        case Problem.WRONG_SIGNATURE:
            return joined(
                f"{requests} that {plural(problem.count, 'looks', 'look')} like Twilio's {was} "
                "refused, the last at ",
                problem.last_at,
                ": the signature does not fit. Texts and reports may be missing here. ",
                _signature_cure(public_url),
            )
        case Problem.UNUSABLE:
            return joined(
                f"{requests} signed by Twilio {was} refused, the last at ",
                problem.last_at,
                f" to {problem.last_path}: what came is neither a text nor a report on a text. At "
                f"Twilio, use {webhook} for incoming messages only, not for calls.",
            )


def _signature_cure(public_url: str | None) -> str:
    if public_url is None:
        return "Set LEDGER_PUBLIC_URL to the address at which Twilio reaches this program."
    return (
        "Check that TWILIO_AUTH_TOKEN is the token of this account, that Twilio calls this program "
        f"at {public_url} (LEDGER_PUBLIC_URL), and that the proxy changes neither path nor query."
    )
