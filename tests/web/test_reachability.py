"""What a server or sender refuses at its start: an address Twilio cannot call, a known token."""

import pytest

from ledger.errors import BadSetting
from webapp.reachability import check_reachability
from webapp.settings import read_settings

SECRET = "a secret for the tests alone"
URL = "https://texts.school.example"


def check(host: str = "127.0.0.1", **variables: str) -> None:
    check_reachability(read_settings({"LEDGER_SECRET_KEY": SECRET, **variables}), host=host)


def refusal(**variables: str) -> str:
    with pytest.raises(BadSetting) as refused:
        check(**variables)
    return str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        *(URL, f"{URL}/ledger", "https://texts.school.example:8443", "https://8.8.8.8"),
        *("https://user:pass%40word@texts.school.example", "https://xn--schl-5qa.example"),
        *("https://[2606:4700::1111]:8443", "https://[2001:db8::1]:8443", "https://local.example"),
    ],
)
def test_an_address_that_twilio_can_call_is_accepted(url):
    check(LEDGER_PUBLIC_URL=url)


def test_without_a_public_address_nothing_is_checked():
    check()


OWN_MACHINE = "it is an address of this machine or of a private network"
OWN_NETWORK = "only this machine or its own network knows that name"
NO_NAME = "it is no name of a host; one with other letters than a-z is written as xn--…"


@pytest.mark.parametrize(
    ("host", "why"),
    [
        *((h, OWN_MACHINE) for h in ("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3")),
        *((h, OWN_MACHINE) for h in ("172.16.0.1", "172.31.255.255", "192.168.1.2")),
        *((h, OWN_MACHINE) for h in ("169.254.169.254", "100.64.0.1", "255.255.255.255")),
        *((f"[{h}]", OWN_MACHINE) for h in ("::1", "::", "fe80::1", "fd00::1")),
        *((f"[{h}]", OWN_MACHINE) for h in ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1")),
        *((h, OWN_NETWORK) for h in ("localhost", "LOCALHOST", "texts.localhost", "printer.local")),
        *((h, OWN_NETWORK) for h in ("school.lan", "texts.internal", "nas.home.arpa")),
        ("school", "a name without a dot is known in its own network only"),
        ("2130706433", "a name without a dot is known in its own network only"),
        ("my_texts.school.example", "Twilio refuses a name with an underscore"),
        *((h, "it ends with a dot. Leave out the dot") for h in ("school.example.", "localhost.")),
        *((h, NO_NAME) for h in ("127.1", "10.0.0.256", "127.0x1", "a..example", "-a.example")),
        *((h, NO_NAME) for h in ("schöl.example", "texts%2eschool.example", "*.school.example")),
    ],
)
def test_an_address_that_twilio_cannot_call_is_refused_by_name(host, why):
    shown = host.strip("[]").lower()
    assert refusal(LEDGER_PUBLIC_URL=f"https://{host}:5000") == (
        f"LEDGER_PUBLIC_URL names {shown}, where Twilio's callbacks would not come: {why}. It must "
        "be an address such as https://texts.school.example."
    )


def test_http_is_refused_unless_it_is_allowed():
    words = refusal(LEDGER_PUBLIC_URL="http://texts.school.example")
    assert "it is not https, so that everybody on the way can read the callbacks" in words
    assert "LEDGER_ALLOW_HTTP=on" in words
    check(LEDGER_PUBLIC_URL="http://texts.school.example", LEDGER_ALLOW_HTTP="on")


def test_what_is_allowed_for_http_is_not_allowed_for_this_machine():
    assert OWN_NETWORK in refusal(LEDGER_PUBLIC_URL="http://localhost:5000", LEDGER_ALLOW_HTTP="on")


@pytest.mark.parametrize(
    "api", ["https://api.twilio.com", "https://api.dublin.ie1.twilio.com", "https://twilio.com."]
)
def test_an_api_of_twilios_own_is_told_by_its_name(api):
    variables = {"LEDGER_PUBLIC_URL": "http://localhost:5000", "LEDGER_TWILIO_API_URL": api}
    assert OWN_NETWORK in refusal(**variables)


@pytest.mark.parametrize("api", ["http://127.0.0.1:5100", "https://twilio.com.school.example"])
def test_another_api_may_call_any_address(api):
    check(LEDGER_PUBLIC_URL="http://localhost:5000", LEDGER_TWILIO_API_URL=api)


def test_a_refusal_does_not_show_the_password_of_the_address():
    assert "hunter2" not in refusal(LEDGER_PUBLIC_URL="https://u:hunter2@localhost")


def test_readers_see_the_address_without_its_password():
    url = "https://u:hunter2@texts.school.example:8443/ledger"
    settings = read_settings({"LEDGER_SECRET_KEY": SECRET, "LEDGER_PUBLIC_URL": url})
    assert settings.public_url == url
    assert settings.shown_public_url == "https://texts.school.example:8443/ledger"


# The token that everybody knows.

KNOWN = "stand-in-for-twilio"


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY"])
@pytest.mark.parametrize(
    ("host", "url"),
    [
        *((h, "http://127.0.0.1:5000") for h in ("0.0.0.0", "::", "192.168.1.2", "school")),
        *(("127.0.0.1", u) for u in (URL, "http://192.168.1.2:5000", "http://school:5000")),
    ],
)
def test_the_known_token_is_refused_where_others_reach_the_program(name, host, url):
    reached_at = host if host != "127.0.0.1" else url.partition("//")[2].partition(":")[0]
    words = refusal(
        host=host,
        LEDGER_PUBLIC_URL=url,
        LEDGER_TWILIO_API_URL="http://127.0.0.1:5100",
        **{name: KNOWN},
    )
    assert words == (
        "TWILIO_AUTH_TOKEN: the stand-in's own token is known to everybody, so it must not be "
        f"used where others reach this program, at {reached_at}. Set TWILIO_AUTH_TOKEN to a "
        "secret, or let only 127.0.0.1 reach the program."
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
@pytest.mark.parametrize("url", ["", "http://127.0.0.1:5000", "http://[::1]:5000"])
def test_the_known_token_is_accepted_where_only_this_machine_reaches_it(host, url):
    check(
        host=host,
        LEDGER_PUBLIC_URL=url,
        LEDGER_TWILIO_API_URL="http://127.0.0.1:5100",
        TWILIO_AUTH_TOKEN=KNOWN,
    )
