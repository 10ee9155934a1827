"""What a text asks for: Twilio's reading outweighs its words, and YES is weaker than START."""

import pytest

from ledger.domain.vocabulary import Wording
from ledger.messages.inbound_reading import InboundReading, read_inbound

STOP = InboundReading(wording=Wording.OPT_OUT, is_keyword=True)
START = InboundReading(wording=Wording.OPT_IN, is_keyword=True, is_start=True)
YES = InboundReading(wording=Wording.OPT_IN, is_keyword=True)


@pytest.mark.parametrize(
    ("body", "opt_out_type", "reading"),
    [
        ("STOP", "", STOP),
        (" stop\n", "", STOP),
        ("arrêt", "STOP", STOP),
        ("please stop", "", InboundReading(wording=Wording.OPT_OUT)),
        ("Start", "", START),
        ("unstop", "", START),
        ("Alta", "START", START),
        ("Start.", "", InboundReading(wording=Wording.OPT_IN, is_start=True)),
        ("Yes", "", YES),
        ("Yes", "START", YES),
        ("Sí", "START", YES),
        ("oui !", "start", YES),
        ("help", "", InboundReading(wording=Wording.HELP, is_keyword=True)),
        ("what?", "HELP", InboundReading(wording=Wording.HELP, is_keyword=True)),
        ("Thanks", "", InboundReading(wording=Wording.ORDINARY)),
        ("Thanks", "SOMETHING", InboundReading(wording=Wording.ORDINARY)),
        ("", "", InboundReading(wording=Wording.ORDINARY)),
    ],
)
def test_a_text_is_read_by_twilio_first_then_by_its_words(body, opt_out_type, reading):
    assert read_inbound(body, opt_out_type) == reading
