"""Look-ups of line types as twilio-python asks for them."""

from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException

from webapp.standin.look_up import TYPES

PAGE = (Path(__file__).parents[2] / "docs/reference/stand-in.md").read_text()
FIELD = "line_type_intelligence"


@pytest.fixture
def look_up(client, standin):
    client.lookups.base_url = standin.url
    return lambda number, **query: client.lookups.v2.phone_numbers(number).fetch(**query)


@pytest.mark.parametrize(("digits", "line_type"), [*TYPES.items(), ("50100", "mobile")])
def test_the_last_digits_decide_the_line_type(look_up, digits, line_type):
    answer = look_up(f"+141555{digits}", fields=FIELD)
    assert (answer.valid, answer.phone_number) == (True, f"+141555{digits}")
    assert answer.line_type_intelligence["type"] == line_type
    assert answer.line_type_intelligence["error_code"] is None


def test_a_number_may_be_out_of_reach_of_the_look_up(look_up):
    answer = look_up("+14155560601", fields=FIELD)
    assert answer.line_type_intelligence["error_code"] == 60601
    assert answer.line_type_intelligence["type"] is None


def test_a_line_type_is_told_only_where_it_is_asked_for(look_up):
    assert look_up("+14155550100").line_type_intelligence is None


def test_what_is_no_number_is_not_valid(look_up):
    answer = look_up("5550100", fields=FIELD)
    assert (answer.valid, answer.line_type_intelligence) == (False, None)


def test_a_look_up_needs_the_login(standin, client_of):
    client = client_of(standin, token="wrong")
    client.lookups.base_url = standin.url
    with pytest.raises(TwilioRestException) as refusal:
        client.lookups.v2.phone_numbers("+14155550100").fetch()
    assert refusal.value.status == 401
    client.http_client.session.close()


@pytest.mark.parametrize(("digits", "line_type"), TYPES.items())
def test_the_page_has_the_digits_of_every_line_type(digits, line_type):
    assert f"| {digits} | `{line_type}` |" in PAGE
