"""What the words of a text ask for: no more texts, texts again, help, or none of these.

The words are read as a reasonable person reads them (47 CFR 64.1200(a)(10)). Their data and the
rates that they reach are in docs/reference/opt-outs.md. Twilio itself acts on its exact keywords
only: `ledger.messages.opt_out_keywords`.
"""

from collections.abc import Sequence

from ledger.domain.vocabulary import Wording
from ledger.messages.wordings.clauses import plain_letters, split_clauses
from ledger.messages.wordings.lexicon import Lexicon, Span, load_lexicon
from ledger.messages.wordings.own_words import own_lines, without_quotations
from ledger.messages.wordings.reading import ReadClause, read_clauses, strength_of
from ledger.messages.wordings.rules import COURTESIES, Strength, load_rules

_ALONE = ("keyword", "lone_keyword", "unsubscribe", "opt_out")
_LONGEST_SPELLED = 6


def classify_wording(body: str) -> Wording:
    """Return what the text asks for; reads its first 1,600 characters."""
    lexicon = load_lexicon()
    text = own_lines(
        plain_letters(body), signatures=lexicon.signatures, quotations=lexicon.quotations
    )
    clauses = read_clauses(split_clauses(without_quotations(text)), lexicon, load_rules())
    spans = [span for read in clauses for span in read.spans]
    said = [span for span in spans if not span.classes & COURTESIES]
    is_question = any(read.clause.is_question for read in clauses)
    if request := _request(clauses, said, lexicon):
        return request
    is_demoted = any(span.has("laugh", "keep") for span in spans)
    strength = strength_of(clauses)
    if not is_question:
        strength = max(strength, _strength_of_one_word(said, lexicon))
    if strength >= Strength.CLEAR and not is_demoted:
        return Wording.OPT_OUT
    return Wording.POSSIBLE_OPT_OUT if strength > Strength.NONE else Wording.ORDINARY


def load_wordings() -> None:
    """Load all words now, so that the first text of a server does not wait for them."""
    classify_wording("wrods")


def _request(
    clauses: Sequence[ReadClause], said: Sequence[Span], lexicon: Lexicon
) -> Wording | None:
    """Return the request for texts or for help that is the whole text, None for another text.

    "Yes" counts as it is written only: "yesss" answers a question.
    """
    written = [word.text for read in clauses for word in read.clause.words if word.text.isalnum()]
    request = lexicon.requests.classes_of(*(word for span in said for word in span.text.split()))
    is_question = any(read.clause.is_question for read in clauses)
    if "opt_in" in request or "yes" in lexicon.requests.classes_of(*written):
        return None if is_question else Wording.OPT_IN
    return Wording.HELP if "help" in request else None


def _strength_of_one_word(said: Sequence[Span], lexicon: Lexicon) -> Strength:
    """Read a text of one word that is misspelt ("stpo") or written in pieces ("st op")."""
    whole = "".join(span.text.replace(" ", "") for span in said)
    if len(said) <= _LONGEST_SPELLED and lexicon.phrases.classes_of(whole).intersection(_ALONE):
        return Strength.CLEAR
    if (
        len(said) == 1
        and not said[0].classes - {"name"}
        and lexicon.spellings.resembles_short(whole)
    ):
        return Strength.POSSIBLE
    is_symbol = bool(said) and all(span.has("doubtful_symbol") for span in said)
    return Strength.POSSIBLE if is_symbol else Strength.NONE
