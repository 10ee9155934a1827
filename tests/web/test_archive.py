"""The boundary of the archive in what pages explain: its own event is the last that counts."""

import pytest

from webapp.explain.archive import is_up_to_archive


@pytest.mark.parametrize(("seq", "counts"), [(6, True), (7, True), (8, False)])
def test_events_count_up_to_the_archives_own_seq(seq, counts):
    assert is_up_to_archive(seq, archived_seq=7) is counts


def test_every_event_of_a_campaign_without_archive_counts():
    assert is_up_to_archive(8, archived_seq=None)
