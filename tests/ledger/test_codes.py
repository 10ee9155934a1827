"""The packaged table of Twilio's error codes says what the rules of the product lean on."""

import pytest

from ledger.domain.error_codes import CodeTable, ErrorCode, FailureClass, load_codes
from ledger.domain.vocabulary import Reason, Scope
from ledger.domain.waits import GROWING, Wait, WaitKind

UNREACHABLE_CODES = frozenset({"30005", "30006", "21214", "21614", "21635"})  # R18


@pytest.fixture(scope="module")
def codes() -> CodeTable:
    return load_codes()


def test_every_row_of_the_table_is_read(codes):
    assert len(list(codes)) == 212


def test_a_row_is_read_column_by_column():
    codes = load_codes()
    assert codes.find("21611") == ErrorCode(
        code="21611",
        title="Sending queue for this number is full",
        failure_class=FailureClass.SOFT,
        is_retryable=True,
        scope=Scope.CONTACT,
        reason=Reason.CARRIER_OR_SERVICE,
        wait=Wait(WaitKind.MINUTES, 15),
        is_counted=False,
        holds_sender=True,
        sentence="Too many texts are waiting on our sending number, so this one was not taken.",
    )
    assert codes.find("20003") == ErrorCode(
        code="20003",
        title="Login to Twilio refused",
        failure_class=FailureClass.CONFIG,
        is_retryable=False,
        scope=Scope.ACCOUNT,
        reason=Reason.ACCOUNT,
        wait=None,
        is_counted=True,
        holds_sender=False,
        sentence="The text was not sent because our texting account login was refused; "
        "our technical team has to fix it.",
    )
    assert codes.find(None) is None


def test_every_row_has_a_number_a_title_and_a_sentence_for_staff(codes):
    incomplete = [
        row.code
        for row in codes
        if not (row.code.isdecimal() and row.title and row.sentence.endswith("."))
    ]
    assert incomplete == []


@pytest.mark.parametrize("code", ["30006", 30006, " 30006 "])
def test_a_code_is_found_as_twilio_wrote_it(codes, code):
    assert codes.find(code).title == "Landline or carrier that cannot be reached"


@pytest.mark.parametrize("code", [None, "", "0", "99999", 99999, "no code"])
def test_no_code_and_an_unknown_code_have_no_row(codes, code):
    assert codes.find(code) is None


@pytest.mark.parametrize("code", sorted(UNREACHABLE_CODES))
def test_r18_the_unreachable_codes_are_hard_and_read_as_unreachable_number(codes, code):
    row = codes.find(code)
    assert (row.failure_class, row.reason) == (FailureClass.HARD, Reason.UNREACHABLE_NUMBER)


def test_r18_no_other_hard_code_reads_as_unreachable_number(codes):
    hard = {row.code for row in codes if row.failure_class is FailureClass.HARD}
    unreachable = {row.code for row in codes if row.reason is Reason.UNREACHABLE_NUMBER}
    assert unreachable & hard == UNREACHABLE_CODES


def test_r10_an_unreachable_handset_bounces_softly_and_reads_as_unreachable_number(codes):
    row = codes.find("30003")
    assert (row.is_soft_bounce, row.reason) == (True, Reason.UNREACHABLE_NUMBER)


@pytest.mark.parametrize("code", ["20429", "30001", "30008", "30017"])
def test_r10_a_cause_that_may_pass_is_a_soft_bounce(codes, code):
    assert codes.find(code).is_soft_bounce


@pytest.mark.parametrize("code", ["20409", "20500", "20503", "20504"])
def test_a_fault_inside_twilio_leaves_the_outcome_unknown(codes, code):
    row = codes.find(code)
    assert (row.is_outcome_unknown, row.is_soft_bounce) == (True, False)


@pytest.mark.parametrize("code", ["21211", "21610", "30005", "30007"])
def test_a_hard_or_content_failure_is_neither_soft_nor_unknown(codes, code):
    row = codes.find(code)
    assert (row.is_outcome_unknown, row.is_soft_bounce) == (False, False)


@pytest.mark.parametrize("code", ["20003", "20005", "21603", "30002", "30034"])
def test_r19_an_account_fault_has_the_scope_account(codes, code):
    assert codes.find(code).is_account_fault


SETTINGS = (
    *("14111", "20004", "21205", "21210", "21212", "21219", "21264", "21401", "21402", "21403"),
    *("21421", "21502", "21601", "21607", "21608", "21609", "21624", "21626", "21661", "21709"),
    *("30012", "30013", "30045", "30454", "63001", "63002", "63015", "63022", "90007"),
)


@pytest.mark.parametrize("code", SETTINGS)
def test_r19_a_code_of_our_own_settings_has_the_scope_account(codes, code):
    assert codes.find(code).is_account_fault


def test_a_code_has_the_scope_account_where_its_reason_is_the_account_and_only_there(codes):
    """A report is classified by the reason, and pauses the campaign by it."""
    by_reason = {row.code for row in codes if row.reason is Reason.ACCOUNT}
    assert {row.code for row in codes if row.is_account_fault} == by_reason


EITHER = (
    *("20001", "20422", "21408", "21602", "21606", "21612", "21617", "21657", "21659", "21703"),
    *("30007", "30010", "30018", "30024", "30040", "30041", "63016", "63028"),
)


@pytest.mark.parametrize("code", EITHER)
def test_r19_a_code_of_settings_or_contact_may_be_ours(codes, code):
    assert (codes.may_be_ours(code), codes.find(code).is_account_fault) == (True, False)


@pytest.mark.parametrize("code", ["21211", "21408", "21610", "30004", "30007", "30008"])
def test_r19_a_refusal_of_one_contact_is_no_account_fault(codes, code):
    assert not codes.find(code).is_account_fault


@pytest.mark.parametrize("code", ["21211", "21214", "21610", "21614", "30003", "30005", "30008"])
def test_r19_a_code_of_the_number_or_the_network_is_never_ours(codes, code):
    assert not codes.may_be_ours(code)


@pytest.mark.parametrize(("code", "expected"), [("99999", True), ("20003", False), (None, True)])
def test_r19_nobody_knows_whose_fault_an_unknown_code_or_none_is(codes, code, expected):
    assert codes.may_be_ours(code) is expected


def test_no_code_of_settings_or_content_concerns_its_contact_alone(codes):
    config = [row for row in codes if row.failure_class is FailureClass.CONFIG]
    assert {row.scope for row in config} == {Scope.ACCOUNT, Scope.EITHER}


def test_r10_soft_bounces_and_only_they_have_a_wait(codes):
    assert {row.code for row in codes if row.wait} == {
        row.code for row in codes if row.is_soft_bounce
    }


def test_r11_only_soft_bounces_may_be_left_out_of_the_count(codes):
    uncounted = [row for row in codes if not row.is_counted]
    assert all(row.is_soft_bounce for row in uncounted)
    assert {"30023", "30027", "63038", "21611", "30610", "30047"} <= {r.code for r in uncounted}
    assert {"30003", "30008", "30017", "30453"}.isdisjoint(r.code for r in uncounted)


def test_r10_a_cap_that_holds_the_sender_has_a_known_end_and_is_not_counted(codes):
    caps = [row for row in codes if row.holds_sender]
    assert {row.code for row in caps} == {"21611", "30023", "30027", "63018", "63038"}
    assert not any(row.is_counted or row.wait == GROWING for row in caps)


@pytest.mark.parametrize("code", ["30004", "63014", "63032"])
def test_r18_a_phone_that_blocks_the_sender_reads_as_blocked(codes, code):
    assert codes.find(code).reason is Reason.BLOCKED_BY_RECIPIENT


def test_only_account_faults_have_the_account_for_a_reason(codes):
    account = {row.code for row in codes if row.scope is Scope.ACCOUNT}
    assert {row.code for row in codes if row.reason is Reason.ACCOUNT} == account


def test_only_soft_failures_are_retryable(codes):
    retryable = {row.failure_class for row in codes if row.is_retryable}
    assert retryable == {FailureClass.SOFT}


def test_r16_a_stop_reads_as_opted_out(codes):
    assert codes.find("21610").reason is Reason.OPTED_OUT
