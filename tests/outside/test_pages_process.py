"""Callbacks go on, whatever becomes of the process that serves the pages."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from itertools import count, takewhile
from pathlib import Path

import pytest

from kit.processes import child_of, post

SECONDS = 20


def status_of(url):
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def texts_to(school):
    """Post one text after the other; yield the status of each answer."""
    for number in count():
        form = {"MessageSid": f"SM{number:032}", "From": "+14155550101", "Body": "Thank you"}
        yield post(f"{school.url}/twilio/inbound", form)


@pytest.mark.torture
def test_a_frozen_process_of_pages_holds_up_neither_callbacks_nor_the_end(school):
    page = f"{school.url}/sign-in"
    with school.serving() as server:
        pages, texts = child_of(server.pid, "serve-pages"), texts_to(school)
        os.kill(pages, signal.SIGSTOP)
        assert status_of(page) == 503
        assert "The pages do not answer" in health_of(school)
        assert [next(texts) for _ in range(5)] == [204] * 5
        os.kill(pages, signal.SIGCONT)
        assert status_of(page) == 200
        os.kill(pages, signal.SIGSTOP)
        server.terminate()
        assert server.wait(SECONDS) == 0
    assert not Path(f"/proc/{pages}").exists()


def health_of(school):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{school.url}/health", timeout=SECONDS)
    with caught.value:
        return caught.value.read().decode()


def test_callbacks_are_taken_until_the_program_ends_after_its_process_of_pages(school):
    with school.serving() as server:
        os.kill(child_of(server.pid, "serve-pages"), signal.SIGKILL)
        taken = list(takewhile(lambda status: status == 204, texts_to(school)))
        assert server.wait(SECONDS) == 1
    assert 0 <= school.read("verify")["size"] - len(taken) <= 1


def test_the_process_of_the_port_imports_neither_pages_nor_a_demonstration():
    unneeded = ["webapp.app", "webapp.demo", "webapp.standin", "requests", "python_calamine"]
    code = f"import sys, webapp.cli.servers; print(set(sys.modules).intersection({unneeded}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
