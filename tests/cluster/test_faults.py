"""What befalls a cluster while a campaign is sent: nothing is lost, nobody is texted twice.

Each fault strikes the same cluster, one after the other. The program is never restarted.
"""

import signal
import time
from collections import Counter

import psycopg
import pytest

from cluster.conftest import CONTACTS
from kit.load import check_school

BACK_WITHIN_SECONDS = 15
"""After the cluster itself takes writes again."""
_FREEZE_SECONDS = 45
_DONE_SECONDS = 600


def crash(cluster, _running):
    leader = cluster.wait_until_whole()
    cluster.crash(leader)
    cluster.wait_for_leader(other_than=leader)
    return lambda: cluster.start(leader)


def freeze(cluster, _running):
    """The leader's disk stalls, say: its connections stay open, and nothing answers."""
    leader = cluster.wait_until_whole()
    node = cluster.nodes[leader]
    node.signal(signal.SIGSTOP)
    thaw_at = time.monotonic() + _FREEZE_SECONDS
    cluster.wait_for_leader(other_than=leader)

    def thaw():
        time.sleep(max(0.0, thaw_at - time.monotonic()))
        node.signal(signal.SIGCONT)

    return thaw


def switch_over(cluster, _running):
    leader = cluster.wait_until_whole()
    cluster.nodes[leader].ask("/switchover", {"leader": leader})
    cluster.wait_for_leader(other_than=leader)
    return lambda: None


def restart_all(cluster, _running):
    cluster.wait_until_whole()
    names = list(cluster.nodes)
    for name in names:
        cluster.crash(name)
    cluster.start(*names)
    cluster.wait_for_leader()
    return lambda: None


def freeze_sender(cluster, running):
    """A sender is stopped in the middle of a commit, so that it holds the ledger's head."""
    port = cluster.nodes[cluster.wait_until_whole()].port
    with psycopg.connect(host="127.0.0.1", port=port, user="postgres", autocommit=True) as looking:
        while True:
            running.senders[0].send_signal(signal.SIGSTOP)
            if _is_head_held_for_long(looking):
                return lambda: running.senders[0].send_signal(signal.SIGCONT)
            running.senders[0].send_signal(signal.SIGCONT)
            time.sleep(0.002)


def _is_head_held_for_long(connection):
    """Whether one session holds the ledger's head, and waits for its client, at both looks."""
    query = (
        "SELECT pid, xact_start FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE relation = 'ledger.ledger_head'::regclass AND state = 'idle in transaction'"
    )
    looks = []
    for _ in range(2):
        looks.append(connection.execute(query).fetchall())
        if not looks[-1]:
            return False
        time.sleep(0.1)
    return looks[0] == looks[1]


@pytest.mark.cluster
@pytest.mark.parametrize("fault", [crash, freeze, freeze_sender, switch_over, restart_all])
def test_callbacks_and_pages_are_back_soon_after_a_fault(fault, cluster, running):
    running.load.wait_for(20)
    mend = fault(cluster, running)
    began = time.monotonic()
    running.load.wait_for(5)
    taken = time.monotonic() - began
    while running.page().status_code != 200:
        time.sleep(0.2)
    shown = time.monotonic() - began
    mend()
    cluster.wait_until_whole()
    running.load.wait_for(20)
    print(f"{fault.__name__}: callbacks after {taken:.1f} s, pages after {shown:.1f} s")
    assert max(taken, shown) <= BACK_WITHIN_SECONDS


@pytest.mark.cluster
def test_everybody_is_texted_once_and_every_report_is_shown(running):
    """A text is missing only where a connection to the stand-in broke: its outcome is unknown."""
    deadline = time.monotonic() + _DONE_SECONDS
    while (counts := running.counts())["delivered"] + running.unknown_count() < CONTACTS:
        assert time.monotonic() < deadline, counts
        time.sleep(2)
    texts = Counter(text.to for text in running.standin.messages())
    assert set(texts.values()) == {1}
    assert len(texts) == running.counts()["delivered"] + len(running.load.urls)
    assert [sender.poll() for sender in running.senders] == [None, None]
    running.processes.close()  # or events are appended while they are checked
    check_school(running.school, running.load)
    assert running.school.run("rebuild", "--check").returncode == 0
