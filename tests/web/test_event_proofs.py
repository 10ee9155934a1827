"""The proof path on the page of an event, and its download."""

from html import unescape

import pytest

from kit import tlog
from kit.forging import forging, recompute
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO
from webapp.pages import event_proofs


@pytest.fixture
def staff(world):
    """Staff of a school whose checkpoint covers seven events; an eighth came later."""
    world.launch([ADA, BEN, CLEO])
    world.opt_out(ADA)
    assert world.app.checkpoints.make().size == 7
    world.opt_in(ADA)
    return Staff(world)


def part(staff, path):
    """What the foldable part of an event's page holds."""
    return staff.open(path).text.split('<details id="proof"')[1].split("</details>")[0]


def rows(html):
    """The names and values of the path."""
    names = [text.split("</dt>")[0] for text in html.split("<dt>")[1:]]
    values = [text.split("</dd>")[0] for text in html.split("<dd>")[1:]]
    return list(zip(names, values, strict=True))


def test_the_path_leads_from_the_fingerprint_to_the_root_of_the_checkpoint(world, staff):
    (first, leaf), *path, (last, root) = rows(part(staff, "/audit/6"))
    assert (first, last) == ("fingerprint of #6", "root of #1 to #7")
    assert [name for name, _ in path] == ["left: #5", "right: #7", "left: #1 to #4"]
    result = bytes.fromhex(leaf)
    for name, value in path:
        other = bytes.fromhex(value)
        pair = other + result if name.startswith("left") else result + other
        result = tlog.sha256(b"\1" + pair)
    assert result.hex() == root
    assert world.app.checkpoints.latest().frontier.root() == result


def test_the_download_is_proven_to_a_client_of_other_logs(world, staff):
    answer = staff.open("/audit/6/tlog-proof")
    key = tlog.Vkey(str(world.app.checkpoints.keys()[0]))
    assert tlog.proven(answer.text, key).index == 5
    assert answer.headers["Content-Disposition"] == 'attachment; filename="event-6.tlog-proof"'
    assert answer.mimetype == "text/plain"
    html = unescape(part(staff, "/audit/6"))
    assert 'href="/audit/6/tlog-proof"' in html
    assert f'data-copy="{answer.text}"' in html


def test_an_event_that_no_checkpoint_covers_yet_has_no_path_and_makes_none(world, staff):
    html = part(staff, "/audit/8")
    assert "No checkpoint covers this event yet." in html
    assert "<code>delivery-ledger tlog-proof 8</code> makes one at once." in html
    answer = staff.open("/audit/8/tlog-proof")
    assert answer.status_code == 404
    assert "No checkpoint covers an event #8 yet." in answer.text
    assert staff.open("/audit/99/tlog-proof").status_code == 404
    assert world.app.checkpoints.latest().size == 7


def test_the_past_knows_the_checkpoints_of_its_moment(world, staff):
    world.app.checkpoints.make()
    assert "root of #1 to #8" in part(staff, "/audit/2")
    assert "root of #1 to #7" in part(staff, "/audit/2?as_of=7")
    assert "No checkpoint covers this event at that moment." in part(staff, "/audit/2?as_of=6")
    assert staff.open("/audit/2/tlog-proof?as_of=6").status_code == 404


def test_in_a_large_ledger_the_path_is_computed_when_it_is_asked_for(staff, monkeypatch):
    monkeypatch.setattr(event_proofs, "_QUICK", 6)
    html = part(staff, "/audit/6")
    assert rows(html) == []
    assert not html.startswith(" open")
    assert 'href="/audit/6?proof=path#proof"' in html
    asked = part(staff, "/audit/6?proof=path")
    assert asked.startswith(" open")
    assert len(rows(asked)) == 5


def test_in_a_changed_ledger_the_page_says_that_there_is_no_proof(world, staff):
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
        recompute(file)
    html = part(staff, "/audit/6")
    assert "There is no proof." in html
    assert "The ledger was changed by other means" in html
    assert rows(html) == []
    download = staff.open("/audit/6/tlog-proof")
    assert download.status_code == 409
    assert "The ledger was changed by other means" in download.text
    assert "`delivery-ledger verify` names what was changed." in download.text
