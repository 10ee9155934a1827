"""What a text from a person asks for: Twilio's reading if it has one, else that of its words."""

from dataclasses import dataclass

from ledger.domain.vocabulary import Wording
from ledger.messages.opt_out_keywords import OptOutKeyword, keyword_of
from ledger.messages.opt_out_wordings import classify_wording

_WORDINGS = {
    OptOutKeyword.STOP: Wording.OPT_OUT,
    OptOutKeyword.START: Wording.OPT_IN,
    OptOutKeyword.HELP: Wording.HELP,
}
_STARTS = frozenset({"START", "UNSTOP"})
_ANSWERS = frozenset({"YES", "SI", "SÍ", "OUI"})
"""Keywords that answer a question as well, even where Twilio reads them as START."""


@dataclass(frozen=True, kw_only=True)
class InboundReading:
    """What one text asks for."""

    wording: Wording
    is_keyword: bool = False
    """Whether Twilio acts on the text as well: it blocks or unblocks the number, and confirms."""
    is_start: bool = False
    """Whether it asks for texts again in words that answer no question."""


def read_inbound(body: str, opt_out_type: str = "") -> InboundReading:
    """Return what a text asks for; `opt_out_type` is Twilio's reading, blank for none."""
    named = opt_out_type.strip().upper()
    keyword = OptOutKeyword(named) if named in set(OptOutKeyword) else keyword_of(body)
    letters = "".join(filter(str.isalpha, body)).upper()
    if keyword is not None:
        return InboundReading(
            wording=_WORDINGS[keyword],
            is_keyword=True,
            is_start=keyword is OptOutKeyword.START and letters not in _ANSWERS,
        )
    if letters in _STARTS:
        return InboundReading(wording=Wording.OPT_IN, is_start=True)
    return InboundReading(wording=classify_wording(body))
