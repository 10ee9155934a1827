"""Ids that are derived from what they name, under one key."""

import base64
import hashlib
import hmac
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.identity import Identity

KEY = b"one key of one ledger, 32 bytes."
IDENTITY = Identity(KEY)
OTHER = Identity(b"the key of another, also 32 long")
WORDS = st.text(min_size=1, max_size=40)
PHONE = "+14155550101"


@pytest.mark.parametrize(
    ("given_id", "shape"),
    [
        (IDENTITY.campaign_id("launch"), r"cam_[a-z2-7]{24}"),
        (IDENTITY.contact_id(PHONE), r"con_[a-z2-7]{24}"),
        (IDENTITY.delivery_id("cam_a", "con_b"), r"del_[a-z2-7]{24}"),
        (IDENTITY.stray_id("SM1"), r"str_[a-z2-7]{24}"),
        (IDENTITY.dedupe("callback", "del_a/1"), r"[a-z2-7]{24}"),
        (IDENTITY.callback_token("del_a", 1), r"[A-Za-z0-9_-]{24}"),
    ],
)
def test_an_id_has_its_shape(given_id, shape):
    assert re.fullmatch(shape, given_id)


def all_ids(identity, word):
    return [
        identity.campaign_id(word),
        identity.contact_id(word),
        identity.delivery_id(word, word),
        identity.stray_id(word),
        identity.dedupe("callback", word),
        identity.dedupe("inbound", word),
        identity.callback_token(word, 1),
    ]


@given(WORDS)
def test_the_same_input_always_has_the_same_ids(word):
    assert all_ids(IDENTITY, word) == all_ids(Identity(KEY), word)


@given(WORDS)
def test_an_id_is_the_base32_of_a_keyed_digest(word):
    message = b"".join(len(part).to_bytes(4) + part for part in (b"contact", word.encode()))
    digest = hmac.digest(KEY, message, hashlib.sha256)[:15]
    assert IDENTITY.contact_id(word) == f"con_{base64.b32encode(digest).decode().lower()}"


@given(WORDS)
def test_ids_of_different_kinds_are_never_equal(word):
    bare = {id_.partition("_")[2] or id_ for id_ in all_ids(IDENTITY, word)[:6]}
    assert len(bare) == 6


@given(WORDS)
def test_another_ledger_has_other_ids(word):
    assert not set(all_ids(IDENTITY, word)) & set(all_ids(OTHER, word))


@given(WORDS, WORDS, WORDS, WORDS)
def test_deliveries_have_the_same_id_only_for_the_same_campaign_and_contact(a, b, c, d):
    meet = IDENTITY.delivery_id(a, b) == IDENTITY.delivery_id(c, d)
    assert meet is ((a, b) == (c, d))


def test_joined_words_have_another_id():
    assert IDENTITY.delivery_id("ab", "c") != IDENTITY.delivery_id("a", "bc")


@given(st.text(min_size=1), st.integers(1, 10**6))
def test_a_token_has_only_characters_that_addresses_allow(delivery_id, turn):
    alphabet = set(string.ascii_letters + string.digits + "_-")
    assert set(IDENTITY.callback_token(delivery_id, turn)) <= alphabet


def test_a_token_belongs_to_its_delivery_and_turn_only():
    token = IDENTITY.callback_token("del_a", 1)
    assert IDENTITY.is_callback_token(token, "del_a", 1)
    assert not IDENTITY.is_callback_token(token, "del_a", 2)
    assert not IDENTITY.is_callback_token(token, "del_b", 1)


@pytest.mark.parametrize("token", ["", "short", "é", "x" * 10_000])
def test_a_forged_token_is_refused(token):
    assert not IDENTITY.is_callback_token(token, "del_a", 1)


def test_the_order_of_form_parameters_does_not_change_the_dedupe_key():
    form = [("MessageSid", "SM1"), ("MessageStatus", "sent")]
    assert IDENTITY.dedupe("callback", "p", form) == IDENTITY.dedupe("callback", "p", form[::-1])


@pytest.mark.parametrize(
    "other",
    [
        [("MessageSid", "SM1"), ("MessageStatus", "delivered")],
        [("MessageSid", "SM1"), ("MessageStatus", "sent"), ("ErrorCode", "")],
        [("MessageSid", "SM1"), ("MessageSid", "SM1"), ("MessageStatus", "sent")],
        [("MessageSid", "SM1")],
        [],
    ],
)
def test_another_form_has_another_dedupe_key(other):
    form = [("MessageSid", "SM1"), ("MessageStatus", "sent")]
    assert IDENTITY.dedupe("callback", "p", form) != IDENTITY.dedupe("callback", "p", other)


def test_every_launch_gets_its_own_name():
    assert IDENTITY.new_launch() != IDENTITY.new_launch()
