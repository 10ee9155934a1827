"""Given events, then numbers to fix: what puts one on the list, and what takes it off."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kit.stories import (
    CONTACT,
    accepted,
    created,
    delivered,
    enrolled,
    failed,
    forgotten,
    launched,
    marked_fixed,
    refused,
    started,
    wrote,
)
from ledger.domain.vocabulary import Reason
from projections.numbers_to_fix.faults import NumberFault
from projections.numbers_to_fix.queries import NumberFilter, NumbersToFixQueries

pytestmark = pytest.mark.both_databases

START = (created(), enrolled(), launched(), started())
EVER = datetime(2000, 1, 1, tzinfo=UTC)


def numbers(record, *events, until=None):
    record(*events).views.follow()
    queries = NumbersToFixQueries(record.view_store.engine)
    return queries if until is None else queries.as_of(until)


def listed(record, *events, until=None):
    queries = numbers(record, *events, until=until)
    return [row.contact_id for row in queries.page(NumberFilter(), 10).rows]


def test_a_failure_of_the_number_lists_it_with_its_last_proof(record):
    queries = numbers(record, *START, accepted(), failed(code="30006"))
    (row,) = queries.page(NumberFilter(), 10).rows
    assert (row.contact_id, row.fault, row.code) == (CONTACT, NumberFault.LANDLINE, "30006")
    assert (row.campaigns, row.proofs, row.phone) == (1, 1, "+14155550101")
    counts = queries.counts(EVER)
    assert (counts.total, counts.new, counts.fixed, counts.numbers) == (1, 1, 0, 1)
    (upload,) = queries.uploads(5)
    assert (upload.contacts, upload.unreachable) == (1, 1)


def test_a_failure_that_is_not_about_the_number_lists_nobody(record):
    assert listed(record, *START, accepted(), replace(failed(), reason=Reason.OPTED_OUT)) == []


@pytest.mark.parametrize("good", [delivered(2, sid="SM2"), wrote(), marked_fixed(), forgotten()])
def test_a_delivery_a_reply_a_member_of_staff_or_a_forgetting_takes_it_off(record, good):
    assert listed(record, *START, refused(code="21211")) == [CONTACT]
    assert listed(record, good) == []
    assert listed(record, until=5) == [CONTACT]
    another = replace(failed(code="30005"), originator_id="del_later")
    assert listed(record, another) == [CONTACT]


def test_a_late_bounce_of_a_text_that_arrived_lists_nobody(record):
    assert listed(record, *START, accepted(), delivered(), failed()) == []


def test_filters_choose_by_fault_and_by_campaign(record):
    queries = numbers(record, *START, accepted(), failed(code="30006"))
    assert queries.page(NumberFilter(NumberFault.UNREACHABLE), 10).rows == []
    assert len(queries.page(NumberFilter(campaign_id=created().originator_id), 10).rows) == 1
    assert queries.page(NumberFilter(campaign_id="cmp_other"), 10).rows == []


def test_the_rows_are_those_of_a_rebuild(record):
    other = [replace(event, originator_id="del_2", contact_id="con_2") for event in (enrolled(2),)]
    listed(record, created(), enrolled(), *other, launched(), started(), failed(), wrote())
    listed(record, failed(2), started(3), failed(3, code="30005"))
    assert list(record.views.differences()) == []
