"""For which address passkeys are made, and what people read where there is none."""

import pytest

from webapp.accounts.relying_party import RelyingParty, relying_party


@pytest.mark.parametrize(
    ("public_url", "asked", "host", "origin"),
    [
        ("https://texts.school.example", "http://10.0.0.7:5000/", "texts.school.example", ""),
        ("https://user:pw@Texts.School.example/path", "http://x/", "texts.school.example", ""),
        ("https://texts.school.example:8443", "http://x/", "texts.school.example", ":8443"),
        ("https://texts.school.example:443", "http://x/", "texts.school.example", ""),
        ("https://schüle.example", "http://x/", "xn--schle-mva.example", ""),
    ],
)
def test_the_public_address_counts_whatever_a_proxy_asks_for(public_url, asked, host, origin):
    assert relying_party(public_url, asked) == RelyingParty(host, f"https://{host}{origin}")


def test_localhost_counts_as_it_is_asked_for():
    here = relying_party("http://127.0.0.1:5000", "http://localhost:5000/campaigns")
    assert here == RelyingParty("localhost", "http://localhost:5000")


@pytest.mark.parametrize(
    ("public_url", "sentence"),
    [
        ("http://127.0.0.1:5000", "Open http://localhost:5000 instead to use one."),
        (None, "Open http://localhost:5000 instead to use one."),
        ("http://texts.school.example", "Passkeys work over https only."),
    ],
)
def test_a_sentence_says_why_there_are_no_passkeys(public_url, sentence):
    assert sentence in relying_party(public_url, "http://127.0.0.1:5000/sign-in")
