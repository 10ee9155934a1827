"""The pages on personal data of all contacts: every forgetting."""

import re

import pytest

from kit.forging import forging
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN

FORGOTTEN = "/personal-data/forgotten"


@pytest.fixture
def staff(world):
    return Staff(world)


def test_without_a_forgetting_the_page_says_so(staff):
    assert "Nobody was forgotten" in staff.read(FORGOTTEN)


def test_the_page_lists_every_forgetting_with_its_event(world, staff):
    world.launch([ADA, BEN])
    world.forget(ADA)
    world.forget(BEN)
    world.launch([BEN], name="Again")
    seqs = [world.last(world.contact(each)).seq for each in (ADA, BEN)]
    page = staff.open(FORGOTTEN).text
    rows = re.findall(r'<tr role="row" id="forgetting-(\d+)">', page)
    assert rows == [str(seq) for seq in reversed(seqs)]
    assert all(f'href="/audit/{seq}"' in page for seq in seqs)
    words = staff.read(FORGOTTEN)
    for phone, since in ((ADA, "Nothing stored"), (BEN, "Stored again")):
        assert re.search(rf"{world.contact(phone)} 2 Mar 2026, 09:00 \S+ #\d+ {since}", words)


def test_a_page_of_the_past_lists_the_forgettings_until_then(world, staff):
    world.launch([ADA, BEN])
    world.forget(ADA)
    then = world.app.ledger.reader.head()
    world.forget(BEN)
    words = staff.read(f"{FORGOTTEN}?as_of={then}")
    assert world.contact(ADA) in words
    assert world.contact(BEN) not in words
    assert "Nothing stored" not in words


def test_a_long_list_has_pages(world, staff):
    phones = [f"+1415555{number:04}" for number in range(51)]
    world.launch(phones)
    for phone in phones:
        world.forget(phone)
    page = staff.open(FORGOTTEN).text
    assert world.contact(phones[0]) not in page
    (older,) = re.findall(r'rel="next" href="([^"]*)"', page)
    assert world.contact(phones[0]) in staff.read(older)


def test_an_altered_forgetting_is_shown_as_altered(world):
    world.launch([ADA])
    world.forget(ADA)
    seq = world.last(world.contact(ADA)).seq
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"UPDATE events SET contact_id = 'con_other' WHERE seq = {seq}")
    words = Staff(world.again()).read(FORGOTTEN)
    assert "Altered: this event is not what was recorded" in words
    assert "con_other" not in words


def test_the_opt_outs_lead_to_the_page(staff):
    assert f'href="{FORGOTTEN}"' in staff.open("/opt-outs").text
