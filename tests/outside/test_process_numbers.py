"""A sender listens nowhere; a process that shows pages answers for it."""

import re
import time
import urllib.request

WAIT_SECONDS = 60


def senders(school) -> int:
    with urllib.request.urlopen(f"{school.url}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    running = re.search(r'^delivery_ledger_processes\{role="sending"\} (\d)', text, re.MULTILINE)
    return int(running.group(1))


def test_a_sender_counts_while_it_runs_and_no_longer(school):
    with school.serving_in_thread():
        assert senders(school) == 0
        with school.running("send"):
            last = time.monotonic() + WAIT_SECONDS
            while senders(school) == 0:
                assert time.monotonic() < last
                time.sleep(0.05)
        assert senders(school) == 0
