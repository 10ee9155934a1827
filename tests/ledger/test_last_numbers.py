"""Numbers by id with bounded memory: nothing is lost where they exceed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.disks import no_file_beyond
from ledger.errors import StoreUnavailable
from ledger.proof.last_numbers import LastNumbers

ids = st.sampled_from(["con_a", "con_b", "con_c", "con_d", "dra_é"])
numbers = st.integers(0, 2**127)


@given(st.lists(st.tuples(ids, numbers)), st.lists(ids, unique=True), st.sampled_from([1, 2, 9]))
def test_the_last_number_of_each_id_is_kept_until_it_is_dropped(pairs, dropped, most):
    last = LastNumbers(most_in_memory=most)
    for each, number in pairs:
        last.put({each: number})
    expected = dict(pairs)
    assert last.of([*expected, "con_none"]) == expected
    last.drop(dropped)
    assert dict(last.items()) == {e: n for e, n in expected.items() if e not in dropped}


def put_many(last: LastNumbers) -> None:
    for number in range(1_000_000):
        last.put({f"con_{number:_>36}": number})


def test_a_disk_without_room_for_temporary_files_is_named():
    with no_file_beyond(1000), pytest.raises(StoreUnavailable, match="no room for temporary files"):
        put_many(LastNumbers(most_in_memory=50_000))
