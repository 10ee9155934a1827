"""What staff read about the confirmation of an opt-out, while it waits and once it is withdrawn."""

import pytest


@pytest.fixture
def page(world):
    """The contact page of the confirmation of Ada's opt-out, which waits."""
    world.inbound("please stop", sid="SM1")
    (delivery_id,) = world.app.ledger.reader.deliveries_of(world.contact())
    return f"/deliveries/{delivery_id}"


def test_while_it_waits_the_opt_out_does_not_rule_it_out(staff, page):
    words = staff.read(page)
    assert "The contact was enrolled at 09:00, and attempt 1 is queued." in words
    assert (
        "It leaves Pending when it is delivered or fails, or when it is too late to confirm the "
        "opt-out." in words
    )


def test_while_all_sending_is_off_it_says_so(world, staff, page):
    world.stop_sending()
    assert "but all sending is off, so attempt 1 waits until" in staff.read(page)


def test_after_five_minutes_it_is_too_late_even_before_it_is_withdrawn(world, staff, page, clock):
    world.stop_sending()
    clock.advance(minutes=6)
    words = staff.read(page)
    assert "but confirmations could go out only before 09:05" in words


def test_what_came_too_late_says_so_and_is_never_resent(world, staff, page, clock):
    clock.advance(minutes=6)
    world.send()
    words = staff.read(page)
    assert (
        "The confirmation of the opt-out could not be sent in time, so attempt 1 was withdrawn at "
        "09:06." in words
    )
    assert "A confirmation of an opt-out is never resent." in words


def test_a_lifted_opt_out_is_not_confirmed_and_the_page_says_so(world, staff, page):
    world.inbound("START", sid="SM2")
    world.send()
    lifted = "The opt-out was lifted before it was confirmed, so attempt 1 was withdrawn at 09:00."
    assert lifted in staff.read(page)


def test_an_opt_out_in_own_words_is_named_where_it_withdrew_a_text(world, staff):
    delivery_id = world.delivery(world.launch())
    world.inbound("please stop")
    assert (
        "The person opted out by a text in their own words, so attempt 1 was withdrawn"
        in staff.read(f"/deliveries/{delivery_id}")
    )
    assert "opted out by a text to you, in the person's own words" in staff.read(
        f"/deliveries/{delivery_id}/opt-in"
    )
