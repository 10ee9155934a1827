"""An id of another kind in an address names nothing there: no page fails, and no act is recorded.

The addresses are read from the url map, so that a new page is tested as soon as it is there.
"""

import re
from datetime import timedelta
from io import BytesIO

import pytest

from kit.addresses import path_of
from kit.staff import Staff
from kit.world import ADA
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.commands.permalinks import MakePermalink
from ledger.domain.events import CampaignText
from ledger.domain.permalink import PageOfMoment
from ledger.domain.sending_switch import STREAM
from webapp.contact_lists import NewList, UploadedFile, make_list
from webapp.named_templates import make_template

KIND_OF = {
    "campaign_id": "campaign",
    "delivery_id": "delivery",
    "contact_id": "contact",
    "draft_id": "draft",
    "permalink_id": "permalink",
    "list_id": "list",
    "template_id": "template",
}
OTHER_PLACES = {"act": "pause", "token": "none", "seq": "1", "turn": "1", "number": "1"}
KINDS = ("campaign", "delivery", "contact", "draft", "permalink", "list", "template", "sending")


@pytest.fixture
def ids(world):
    """Kind of stream → the id of one that has events."""
    campaign_id = world.launch([ADA])
    world.send()
    world.inbound("Hm, too many of these texts", sid="SMone")
    uploaded = UploadedFile(file=BytesIO(b"Phone\n4155550101\n"))
    list_id, _parsed = make_list(world.app, NewList(name="L"), uploaded, "usr_1")
    world.stop_sending()
    world.catch_up()
    permalink_id = world.app.ledger.identity.new_permalink_id()
    command = MakePermalink(
        permalink_id=permalink_id,
        page=PageOfMoment(path="/campaigns", moment=1),
        expires_at=world.clock.now() + timedelta(days=7),
        shows_numbers=False,
        by="usr_1",
    )
    world.app.ledger.execute(command).result()
    return {
        "campaign": campaign_id,
        "delivery": world.delivery(campaign_id),
        "contact": world.contact(),
        "draft": save_draft(world.app.ledger, DraftOrder(name="D", message="M"), "usr_1", None),
        "permalink": permalink_id,
        "list": list_id,
        "template": make_template(world.app, CampaignText(name="T", message="M"), "usr_1"),
        "sending": STREAM,
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_page_and_no_form_takes_an_id_of_another_kind(world, ids, kind, method):
    staff = Staff(world)
    page = staff.open("/campaigns/new").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    fields = {"csrf_token": token, "reason": "A case", "message": "Hi", "sid": "SMone", "turn": "1"}
    world.app.access_recorder.wait()
    head, failed, tried = world.app.ledger.reader.head(), {}, 0
    for rule in staff.app.url_map.iter_rules():
        wrong = {name for name in rule.arguments if KIND_OF.get(name, kind) != kind}
        if not wrong or method not in rule.methods:
            continue
        places = {name: ids[of] for name, of in KIND_OF.items()} | OTHER_PLACES
        path = path_of(rule, places | dict.fromkeys(wrong, ids[kind]))
        answer = staff.client.open(path, method=method, data=fields if method == "POST" else None)
        tried += 1
        if answer.status_code >= 500 or "Traceback" in answer.text:
            failed[path] = answer.status_code
    assert failed == {}
    assert tried > 5
    world.app.access_recorder.wait()
    assert world.app.ledger.reader.head() == head
