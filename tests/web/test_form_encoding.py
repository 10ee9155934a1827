"""Forms are read as the standard library reads them, and no form takes long."""

import time
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.form_encoding import form_decoded


@given(st.text(alphabet="%&=+;_14aAfFgé€\n\r\x00 ", max_size=60))
def test_a_form_is_read_as_the_standard_library_reads_it(text):
    assert list(form_decoded(text)) == parse_qsl(text, keep_blank_values=True)


@pytest.mark.parametrize(
    "text",
    ["Body=" + "%41" * 21_000, "Body=" + "%C3%A9a" * 9000, "Body=" + "%" * 100 + "%41" * 20_000],
    ids=["all escaped", "half escaped", "with percent signs"],
)
def test_64_kilobytes_of_escapes_are_read_in_half_the_time_of_the_standard_library(text):
    def seconds(read):
        began = time.thread_time()
        read()
        return time.thread_time() - began

    ours = min(seconds(lambda: form_decoded(text)) for _ in range(20))
    theirs = min(seconds(lambda: parse_qsl(text)) for _ in range(20))
    assert ours < theirs / 2


def test_a_word_full_of_percent_signs_is_no_form():
    with pytest.raises(ValueError, match="percent signs"):
        form_decoded("Body=" + "%" * 101)
