"""Whether a message of the school says how to opt out."""

import pytest

from ledger.messages.opt_out_instructions import says_how_to_opt_out


@pytest.mark.parametrize(
    "message",
    [
        "Reply STOP to end.",
        "Txt STOP 2 quit",
        "Reply S.T.O.P",
        "ALTO para terminar",
        "Répondez ARRET",
        "QUIT to cancel",
        "To opt out, write us",
        "Text unsubscribe at any time",
        "Reply STOP to opt out of texts",
        "STOP to end",
        "Stop2End",
        "Hi {{first_name}}, your aid form is due Friday. Reply STOP to end.",
        "Text STOP to unsubscribe",
        "Reply 'STOP' to cancel",
        "Reply with the word STOP to opt-out",
        "To stop receiving these texts, call the office.",
        "Reply END to end",
        "Responda ALTO para cancelar",
        "Envíe BAJA para salir",
        "Envoyez STOP pour vous désabonner",
        "Répondez ARRÊT pour ne plus recevoir",
        "Unsubscribe: https://oak.school/u",
        "Reply STOP to stop.",
        "reply stop",
        "Msg&data rates may apply. Reply HELP for help, STOP to cancel.",
        "Text STOP to 55512",
        "If you no longer want these texts, call us",
        "Responda STOP para no recibir más mensajes",
        "STOP=end",
        "Reply STOP if you don't want these",
        'Txt "STOP"',
        "Send STOP to opt out",
        "Reply UNSUBSCRIBE",
        "Pour arrêter, répondez STOP",
        "Para cancelar, responda ALTO",
        "Reply STOP to cancel Oak Elementary texts",
        "Reply \uff33\uff34\uff2f\uff30",
        "Opt out: reply STOP",
        "Reply: STOP",
        "stop 2 stop",
        "Text back STOP to end msgs",
        "To unsubscribe text STOP",
    ],
)
def test_a_way_to_opt_out_is_recognised(message):
    assert says_how_to_opt_out(message)


@pytest.mark.parametrize(
    "message",
    [
        "The bus will not be stopping here",
        "Hello",
        "the bus stop moved",
        "don't stop believing",
        "The bus stop on Elm moved to Oak",
        "Please stop by the office",
        "Reply and stop by the office",
        "Reply YES to confirm or CANCEL to cancel your appointment",
        "End of term is Friday. Reply with questions.",
        "Opt out of the test by Friday",
        "School is cancelled. Call with questions.",
        "Text us if the bus doesn't stop",
        "Please quit parking in the fire lane",
        "You can stop by or call",
        "Concert at the end of May",
        "Full stop.",
        "The bus will stop to end the route",
        "La parada del bus cambió",
        "L'arrêt de bus a changé",
        "Reply YES or NO",
        "Don't stop reading! Reply with your favorite book",
        "Text the bus stop number to the office",
        "Practice ends at 5. Text your coach.",
        "Please call to cancel your lunch order",
        "Stop in and see us",
        "Stop the presses! Call us",
        "",
        "Reply to stop the bus",
    ],
)
def test_words_that_opt_nobody_out_are_no_way_to_opt_out(message):
    assert not says_how_to_opt_out(message)
