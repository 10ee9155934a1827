"""A keyword counts where it is the whole text, however it is written."""

import pytest

from ledger.messages.opt_out_keywords import OptOutKeyword, keyword_of


@pytest.mark.parametrize(
    "body",
    [
        "STOP",
        "stop",
        " Stop ",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
    ],
)
def test_a_stop_is_recognised(body):
    assert keyword_of(body) is OptOutKeyword.STOP


@pytest.mark.parametrize("body", ["START", "yes", "Unstop\n"])
def test_a_start_is_recognised(body):
    assert keyword_of(body) is OptOutKeyword.START


@pytest.mark.parametrize("body", ["HELP", "info"])
def test_a_request_for_help_is_recognised(body):
    assert keyword_of(body) is OptOutKeyword.HELP


@pytest.mark.parametrize("body", ["", " ", "STOP.", "please stop", "stop it", "no", "S T O P"])
def test_a_text_that_is_more_than_a_keyword_has_none(body):
    assert keyword_of(body) is None
