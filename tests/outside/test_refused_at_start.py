"""Addresses and tokens that a server or sender refuses when it starts, from outside."""

from dataclasses import replace

import pytest


@pytest.mark.parametrize("command", ["up", "serve", "receive", "send"])
def test_an_address_that_twilio_cannot_call_is_refused_at_the_start(school, command):
    real = {"LEDGER_TWILIO_API_URL": "", "LEDGER_PUBLIC_URL": "https://localhost"}
    refused = replace(school, settings=real).run(command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("delivery-ledger: LEDGER_PUBLIC_URL names localhost, where")
    assert replace(school, settings=real).run("campaign", "list").returncode == 0


@pytest.mark.parametrize(
    ("command", "token"),
    [
        (("up", "--simulate", "--host", "0.0.0.0"), ""),
        *(((name, "--host", "0.0.0.0"), "stand-in-for-twilio") for name in ("serve", "receive")),
    ],
)
def test_the_token_that_everybody_knows_is_refused_where_others_listen(school, command, token):
    refused = replace(school, settings={"TWILIO_AUTH_TOKEN": token}).run(*command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("delivery-ledger: TWILIO_AUTH_TOKEN: the stand-in's own token")
