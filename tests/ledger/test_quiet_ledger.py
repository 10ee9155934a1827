"""How often a loop looks at a ledger in which nothing happens."""

from ledger.sending.quiet_ledger import QuietLedger


def test_a_ledger_is_looked_at_after_every_append():
    quiet = QuietLedger()
    assert [quiet.may_have_changed(head) for head in (0, 0, 1, 1, 2)] == [
        *(True, False, True, False, True)
    ]


def test_a_ledger_without_appends_is_looked_at_after_a_while():
    quiet = QuietLedger(longest_seconds=0)
    assert [quiet.may_have_changed(5) for _ in range(3)] == [True, True, True]


def test_a_ledger_that_is_expected_to_change_is_looked_at_the_next_time():
    quiet = QuietLedger()
    quiet.may_have_changed(5)
    quiet.is_expected_to_change()
    assert quiet.may_have_changed(5)
