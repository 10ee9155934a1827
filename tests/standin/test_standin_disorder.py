"""The seeded disorder: the same for a seed, another for another, and about as much as it says."""

from standin_kit import statuses

from webapp.standin import StandIn
from webapp.standin.behaviour import ORDERLY, Step
from webapp.standin.disorder import dice, disturb, tempo

NUMBERS = [f"+1415555{place:04}" for place in range(2000, 6000)]


def _disturbed(seed: int) -> list[tuple[Step, ...]]:
    return [disturb(ORDERLY, dice(seed, number, 1)) for number in NUMBERS]


def test_a_seed_always_gives_the_same_disorder():
    assert _disturbed(7) == _disturbed(7)


def test_another_seed_gives_another_disorder():
    assert _disturbed(7) != _disturbed(8)


def test_another_attempt_has_its_own_disorder():
    first = [disturb(ORDERLY, dice(7, number, 1)) for number in NUMBERS]
    second = [disturb(ORDERLY, dice(7, number, 2)) for number in NUMBERS]
    assert first != second


def test_there_is_about_as_much_disorder_as_the_page_says():
    disturbed = _disturbed(7)
    delivered = [[s for s in steps if s.status == "delivered"] for steps in disturbed]
    early = [steps for steps in disturbed if any(s.is_before_answer for s in steps)]
    swapped = [s for s in disturbed if [x.status for x in s[:2]] == ["delivered", "sent"]]
    late = [step for steps in disturbed for step in steps if step.paces > 10]
    count = len(NUMBERS)
    assert 0.02 < sum(not found for found in delivered) / count < 0.04
    assert 0.13 < sum(len(found) == 2 for found in delivered) / count < 0.17
    assert 0.04 < len(early) / count < 0.06
    assert 0.05 < len(swapped) / count < 0.30
    assert 0.15 < len(late) / count < 0.25


def test_the_pace_differs_by_number_within_half_and_one_and_a_half():
    paces = [tempo(2.0, dice(None, number, 1)) for number in NUMBERS]
    assert 1.0 < min(paces) < 1.1
    assert 2.9 < max(paces) < 3.0


def _heard(settings, client_of, receiver, seed: int) -> list[list[str]]:
    with StandIn(settings(seed=seed)) as standin:
        client = client_of(standin)
        texts = [
            client.messages.create(
                to=number, from_="+1500", body="Hi", status_callback=receiver.url
            )
            for number in NUMBERS[:60]
        ]
        assert standin.wait_until_posted()
        client.http_client.session.close()
    return [statuses(receiver.of(text.sid)) for text in texts]


def test_the_seed_decides_which_callbacks_arrive(settings, client_of, lone_receiver):
    first = _heard(settings, client_of, lone_receiver, 1)
    again = _heard(settings, client_of, lone_receiver, 1)
    other = _heard(settings, client_of, lone_receiver, 2)
    assert first == again
    assert first != other
    assert first != [["sent", "delivered"]] * 60
