"""The delays before something that fails is tried again, and which failures are news."""

from webapp.retries import Retries


class Seconds:
    """A clock of seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def delays(retries, count):
    found = []
    for _ in range(count):
        retries.failed("It is away.")
        found.append(retries.delay_seconds)
    return found


def test_each_rest_is_twice_as_long_up_to_a_minute():
    assert delays(Retries(Seconds()), 8) == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_problem_is_news_once_until_it_works_again():
    retries = Retries(Seconds())
    assert [retries.failed(problem) for problem in "aabab"] == [True, False, True, False, False]
    assert [retries.worked(), retries.worked()] == [True, False]
    assert retries.failed("a")


def test_what_fails_again_soon_rests_longer_than_before():
    retries = Retries(Seconds())
    delays(retries, 3)
    retries.worked()
    assert delays(retries, 1) == [8]


def test_what_worked_for_a_while_begins_with_a_short_rest():
    seconds = Seconds()
    retries = Retries(seconds)
    delays(retries, 3)
    retries.worked()
    seconds.now = 60
    assert delays(retries, 1) == [1]


def test_it_is_due_once_the_rest_is_over():
    seconds = Seconds()
    retries = Retries(seconds)
    retries.failed("It is away.")
    assert not retries.is_due
    seconds.now = 1
    assert retries.is_due
