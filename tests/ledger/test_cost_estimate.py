"""The estimated cost of a campaign before its launch."""

from decimal import Decimal

from ledger.messages.cost_estimate import ContactText, Price, estimate

ONE = "a" * 160
TWO = "a" * 161
CURLY = "\u2019" + "a" * 140
"""Three segments of UCS-2; with a plain quote, one."""


def texts(*bodies: str) -> list[ContactText]:
    return [
        ContactText(line, f"+1415555{line:04}", f"Contact {line}", body)
        for line, body in enumerate(bodies, start=2)
    ]


def test_segments_are_summed_and_contacts_counted_by_them():
    estimated = estimate(texts(ONE, TWO, ONE))
    assert (estimated.contacts, estimated.segments, estimated.by_count) == (3, 4, {1: 2, 2: 1})


def test_the_longest_texts_come_first_and_equal_ones_in_the_order_of_the_file():
    estimated = estimate(texts(ONE, TWO, CURLY, TWO))
    assert [text.line for text in estimated.costliest] == [4, 3, 5, 2]


def test_texts_that_are_all_alike_are_not_listed():
    assert estimate(texts(ONE, ONE)).costliest == ()


def test_of_many_only_the_longest_are_kept():
    estimated = estimate(texts(*[ONE] * 500, TWO, *[ONE] * 500))
    assert (len(estimated.costliest), estimated.costliest[0].line) == (20, 502)


def test_characters_that_make_texts_longer_are_counted_with_their_segments():
    estimated = estimate(texts(CURLY, ONE, CURLY))
    assert estimated.unusual == {"\u2019": 2}
    assert (estimated.segments, estimated.segments_without) == (7, 3)


def test_gsm_characters_beyond_ascii_cost_nothing_extra():
    assert estimate(texts("\u00fc\u00f1\u00e9")).unusual == {}


def test_a_cost_has_two_places_and_its_currency():
    assert Price(Decimal("0.0083"), "USD").of(1500) == "12.45 USD"
