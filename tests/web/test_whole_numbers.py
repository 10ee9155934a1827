"""A number that somebody wrote: one limit everywhere, and one refusal for all that are none."""

import pytest

from kit.clock import MONDAY
from kit.world import ADA
from ledger.errors import BadInput
from webapp.as_of import past_of
from webapp.whole_numbers import LARGEST, optional_number, whole_number

ENDLESS = "9" * 5000
"""More digits than Python reads as a number."""

WRONG = ["-1", "+1", " 1", "1 ", "1\n", "1.0", "1e3", "1_000", "x", "\u0661", str(LARGEST + 1)]
ADDRESSES = [
    "/audit?before={}",
    "/audit?after={}",
    "/audit/events.ndjson?before={}",
    "/campaigns/{campaign}?after={}",
    "/campaigns/{campaign}?before={}",
    "/campaigns/{campaign}/activity?before={}.con_x",
    "/conversations?before={}",
    "/conversations/{contact}?earlier={}",
]


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), (str(LARGEST), LARGEST)])
def test_a_number_up_to_the_largest_is_read(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", *WRONG])
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(BadInput) as refused:
        whole_number(text)
    assert str(refused.value) == (
        f"{text!r} is not a number. Write one from 0 to 999,999,999,999,999."
    )


def test_a_refusal_shows_the_ends_of_an_endless_number():
    with pytest.raises(BadInput) as refused:
        whole_number(ENDLESS)
    assert str(refused.value).startswith("'999999999999...9999999999999' is not a number.")


@pytest.mark.parametrize("text", [None, ""])
def test_a_number_that_may_be_left_out_is_none(text):
    assert optional_number(text) is None


def addresses(world, numbers):
    """Every address with each of these numbers."""
    places = {"campaign": world.launch(), "contact": world.contact()}
    return [address.format(number, **places) for address in ADDRESSES for number in numbers]


def test_every_page_takes_a_number_at_the_limits(staff, world):
    paths = addresses(world, ["", "0", str(LARGEST)])
    refused = [path for path in paths if staff.open(path).status_code != 200]
    assert refused == [path for path in paths if path.endswith("before=.con_x")]
    assert {staff.open(path).status_code for path in refused} == {422}


def test_every_page_refuses_another_number_in_the_same_words(staff, world):
    words = "is not a number. Write one from 0 to 999,999,999,999,999."
    for path in addresses(world, ["-1", "x", str(LARGEST + 1), ENDLESS]):
        answer = staff.open(path)
        assert answer.status_code == 422, path
        assert words in answer.text, path


@pytest.mark.parametrize("field", ["after", "before"])
def test_a_search_refuses_a_wrong_position_in_the_same_words(staff, world, field):
    path = f"/campaigns/{world.launch()}"
    answer = staff.press(path, q="ada", **{field: "-1"})
    assert answer.status_code == 422
    assert "is not a number. Write one from 0 to" in answer.text


def test_a_moment_is_a_number_with_the_same_limit(world):
    world.launch()
    reader = world.app.ledger.reader
    assert past_of(reader, "#0", MONDAY).seq == 0
    with pytest.raises(BadInput, match="The ledger ends at"):
        past_of(reader, str(LARGEST), MONDAY)
    with pytest.raises(BadInput, match=r"is not a number\. Write one from 0 to"):
        past_of(reader, str(LARGEST + 1), MONDAY)


def test_an_address_with_a_seq_beyond_the_ledger_is_not_found(staff, world):
    world.launch()
    for seq in (str(LARGEST), str(LARGEST + 1), ENDLESS):
        assert staff.open(f"/audit/{seq}").status_code == 404, seq


def test_a_tag_with_an_endless_number_is_an_unknown_tag(staff, world):
    path = f"/campaigns/{world.launch([ADA])}"
    tag = f'"digest-{ENDLESS}-1-0"'
    answer = staff.open(path, headers={"X-Live": "1", "If-None-Match": tag})
    assert answer.status_code == 200
    assert "data-live-summary" not in answer.text
