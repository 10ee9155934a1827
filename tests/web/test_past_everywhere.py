"""Every address of the app with `as_of`: it shows that moment with nothing to press, or refuses.

The addresses are read from the url map, so that a new page is tested as soon as it is there.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import pytest
from werkzeug.test import TestResponse

from kit.addresses import path_of
from kit.markup import Markup
from kit.provider import provider_record
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.commands.legal_holds import PlaceLegalHold
from ledger.commands.replies import SendReply
from ledger.domain.events import CampaignText, Person
from ledger.domain.named_templates import STREAM as TEMPLATES
from ledger.domain.named_templates import NamedTemplates
from ledger.domain.vocabulary import Settlement
from ledger.providers.contract import UnknownOutcome
from webapp.contact_lists import NewList, UploadedFile, make_list
from webapp.door import create_receiver
from webapp.named_templates import change_template, make_template
from webapp.pages.shareable_pages import SHAREABLE

NO_PAST = "It shows the present only; the past that you asked for is not shown here."
OF_TWILIO = "twilio."
PLAIN = {
    *("health.health", "health.ready", "checkpoint.checkpoint", "metrics.metrics"),
    *("checkpoint.log_checkpoint", "checkpoint.tile"),
}
OPEN_TO_NOBODY = {"security.two_factor_rescue", "security.tf_select"}
"""Routes of Flask-Security that are refused for everybody."""
PRESENT_ONLY = {
    *("retention.show", "retention.report_csv"),
    *("static", "unversioned_static", *PLAIN),
    *("security.login", "security.change_password", "accounts.link"),
    *("security.two_factor_setup", "security.mf_recovery_codes", "accounts.after_two_factor"),
    *("security.wan_register", "security.wan_delete", "security.wan_verify", "security.verify"),
    *OPEN_TO_NOBODY,
    *("acts.confirm", "acts.confirm_resend", "launching.new"),
    *("launching.example", "reports.index", "reports.file"),
    *("contact_lists.new", "contact_lists.confirm_delete"),
    *("named_templates.new", "named_templates.confirm_archive"),
    *("launch_requests.index", "launch_requests.show", "recalling.confirm"),
    *("contacts.confirm_opt_out", "contacts.confirm_opt_in", "contacts.ask_consent"),
    *("contacts.confirm_forget", "decisions.confirm", "opt_out_import.new"),
    *("legal_holds.index", "campaign_legal_holds.index", "person_file.show"),
    *("ticked.confirm_opt_out", "resend_requests.show"),
    *("api_tokens.own", "api_tokens.of_systems"),
    *("accounts.show", "offices.index", "people.index", "people.show", "people.ask_to_remove"),
    *("conversation_opting.confirm_opt_out", "conversation_opting.confirm_opt_in"),
    *("permalinks.index", "permalinks.new", "shared.read"),
    *("audit_workbooks.index", "audit_workbooks.new", "audit_workbooks.ask_to_stop"),
    *("audit_workbooks.file", "audit_workbooks.sha256", "health_page.show"),
    *("webhooks.index", "webhooks.show", "webhooks.ask_to_remove"),
    *("notices.index", "notices.show"),
}
BEFORE_SIGNING_IN = {
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.wan_signin",
}
"""Where people who are signed in are led to the first page, at every moment."""
OF_READERS = {"shared.read"}
"""Of these, what tells readers of a permalink no more than that the address shows nothing."""
NO_ACTS = {"static", "unversioned_static", "permalinks.new", "audit_workbooks.new"}
"""Of those of the present, what a page of the past may lead to: its moment is copied from there."""


@dataclass(frozen=True)
class Address:
    endpoint: str
    path: str


@dataclass(frozen=True)
class Story:
    """A ledger in which everything happened before and after the seq `then`."""

    world: World
    staff: Staff
    then: int
    addresses: list[Address]
    """All that a GET can ask for."""
    shown: dict[str, str]
    """Path → what it showed with `as_of` while nothing had happened after it."""

    def open(self, path: str, moment: object = None) -> TestResponse:
        answer = self.staff.open(f"{path}?as_of={self.then if moment is None else moment}")
        answer.get_data()  # else the context of a streamed answer stays open
        return answer

    @cached_property
    def opened(self) -> dict[Address, TestResponse]:
        return {address: self.open(address.path) for address in self.addresses}

    @cached_property
    def pages(self) -> dict[Address, Markup]:
        """The whole pages of the past, read."""
        return {
            address: Markup(answer.text)
            for address, answer in self.opened.items()
            if answer.status_code == 200
            and "text/html" in answer.content_type
            and "<html" in answer.text
        }


@pytest.fixture(scope="module")
def story(new_world: Callable[[], AbstractContextManager[World]]) -> Iterator[Story]:
    """Made once for all tests here: a page of the past changes nothing."""
    with new_world() as world:
        yield happened(world)


def happened(world: World) -> Story:
    staff, clock, provider = Staff(world), world.clock, world.provider
    campaign_id = world.launch([ADA, BEN, CLEO], name="Early fair")
    provider.will_answer(CLEO, UnknownOutcome(cause="no readable answer"))
    world.send()
    sent_at = clock.now()
    provider.records[CLEO] = [provider_record(sent_at, sid=sid) for sid in ("SM77", "SM78")]
    clock.advance(minutes=1)
    world.send()
    world.callback(world.delivery(campaign_id, BEN), 1, "undelivered", 30006)
    world.inbound("Hm, too many of these texts", ADA, sid="SMearly")
    world.opt_out(BEN)
    world.execute(PlaceLegalHold(world.contact(BEN), "Okri against the school", STAFF))
    list_id = _list(world, "Early list")
    early = CampaignText(name="Early template", message="Early words")
    template_id = make_template(world.app, early, STAFF)
    world.catch_up()
    world.app.checkpoints.make()
    then = world.app.ledger.reader.head()
    places = {
        "campaign_id": campaign_id,
        "delivery_id": world.delivery(campaign_id, ADA),
        "contact_id": world.contact(ADA),
        "seq": str(then - 1),
        "list_id": list_id,
        "template_id": template_id,
        "act": "pause",
        "job_id": "none",
        "user_id": "none",
        "endpoint_id": "none",
        "try_id": "none",
        "resend_id": "none",
        "session_id": "none",
        "token": "none",
        "filename": "ledger.css",
        "log": world.app.ledger.ledger_id,
        "path": "0/000.p/1",
    }
    rules = [rule for rule in staff.app.url_map.iter_rules() if "GET" in rule.methods]
    addresses = [Address(rule.endpoint, path_of(rule, places)) for rule in rules]
    shown = {a.path: words_shown(staff.open(f"{a.path}?as_of={then}")) for a in addresses}
    clock.advance(hours=30)
    much_happens(world, campaign_id)
    return Story(world, staff, then, addresses, shown)


def _list(world: World, name: str) -> str:
    uploaded = UploadedFile(file=BytesIO(f"Phone\n{ADA}\n".encode()))
    list_id, _parsed = make_list(world.app, NewList(name=name), uploaded, STAFF)
    return list_id


def words_shown(answer: TestResponse) -> str:
    if "text/html" in answer.content_type:
        return words_of(answer.text)
    return answer.data.decode(errors="replace")  # a workbook is no text


def much_happens(world: World, campaign_id: str) -> None:
    """Everything that a page can show changes."""
    later = world.launch([ADA, BEN], name="Later fair", message="Later, {{first_name}}")
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(later, ADA), 1, "undelivered", 30005)
    world.inbound("Later words", BEN, sid="SMlater")
    world.opt_in(BEN)
    _list(world, "Later list")
    (template_id,) = world.app.ledger.reader.load(NamedTemplates, TEMPLATES).templates
    later_text = CampaignText(name="Later template", message="Later words")
    change_template(world.app, template_id, later_text, STAFF)
    world.opt_out(ADA)
    world.execute(
        SendReply.to(
            world.app.ledger.identity,
            Person(phone=CLEO, name="Cleo Merode", fields={}),
            "Later answer",
            "usr_1",
            request="req_later",
        )
    )
    save_draft(world.app.ledger, DraftOrder(name="Later draft", message="Later"), "usr_1", None)
    world.stop_sending()
    world.pause(campaign_id)
    world.settle(world.delivery(campaign_id, CLEO), Settlement.LET_BE)
    world.archive(campaign_id)
    world.catch_up()
    world.app.checkpoints.make()


def is_of_past(address: Address) -> bool:
    return address.endpoint not in PRESENT_ONLY and not address.endpoint.startswith(OF_TWILIO)


def test_every_address_shows_the_moment_as_it_was_or_refuses_it(story):
    for address, answer in story.opened.items():
        if is_of_past(address):
            assert answer.status_code in (200, 302), address
            assert words_shown(answer) == story.shown[address.path], address
        else:
            assert 400 <= answer.status_code < 500, address


def test_the_present_shows_something_else_everywhere(story):
    for address in story.addresses:
        if is_of_past(address) and address.endpoint not in BEFORE_SIGNING_IN:
            now = story.staff.open(address.path)
            assert words_shown(now) != story.shown[address.path], address
            now.close()


def test_a_page_of_the_past_has_its_frame_and_nothing_to_act_with(story):
    acting = {a.path for a in story.addresses if a.endpoint in PRESENT_ONLY - NO_ACTS}
    for address, page in story.pages.items():
        assert {"is-past", "time-bar-past"} <= page.classes, address
        posting = [form for form in page.forms if form.posts and not form.is_search]
        assert posting == [], address
        assert [each for each in page.buttons if each.get("type") != "button"] == [], address
        assert acting.isdisjoint(link["href"].partition("?")[0] for link in page.links), address


def test_every_link_and_form_of_a_page_of_the_past_keeps_the_moment(story):
    for address, page in story.pages.items():
        places = [link["href"] for link in page.links if link["href"].startswith(("/", "?"))]
        leaving = [place for place in places if not re.search(r"[?&]as_of=\d+([&#]|$)", place)]
        workbooks = [place for place in leaving if place.startswith("/audit/workbooks/new?")]
        since, *permalinks, present = [place for place in leaving if place not in workbooks]
        assert f"from={story.then}" in since, address
        assert present.partition("?")[0] == address.path, address
        is_list = address.path.endswith("/activity")
        assert len(permalinks) == (address.endpoint in SHAREABLE and not is_list), address
        assert all(f"as_of%3D{story.then}" in each for each in permalinks), address
        form = f"/audit/workbooks/new?up_to={story.then}"
        assert workbooks == [form] * (address.endpoint == "audit_exports.index"), address
        searches = [form.attributes["action"] for form in page.forms if form.posts]
        assert [s for s in searches if not s.endswith(f"as_of={story.then}")] == [], address


def test_what_has_no_past_says_so_and_leads_to_the_present(story):
    for address, answer in story.opened.items():
        if address.endpoint in PRESENT_ONLY - OF_READERS - OPEN_TO_NOBODY:
            assert (answer.status_code, NO_PAST in answer.text) == (422, True), address
            assert "is-past" not in answer.text, address
        if address.endpoint in PRESENT_ONLY - PLAIN - OF_READERS - OPEN_TO_NOBODY:
            assert f'href="{address.path}">Show this page now</a>' in answer.text, address
        if address.endpoint in OF_READERS:
            assert (answer.status_code, "shows nothing" in answer.text) == (422, True), address


def test_nobody_acts_in_the_past(story):
    head = story.world.app.ledger.reader.head()
    token = re.search(r'name="csrf_token" value="([^"]+)"', story.staff.open("/sending").text)[1]
    for path in ("/sending", "/campaigns/new", f"/conversations/{story.world.contact(ADA)}"):
        answer = story.staff.client.post(f"{path}?as_of={story.then}", data={"csrf_token": token})
        assert (answer.status_code, NO_PAST in answer.text) == (422, True), path
    assert story.world.app.ledger.reader.head() == head


def test_a_receiver_without_pages_refuses_the_past_too(world):
    client = create_receiver(world.app).test_client()
    for path in ("/health", "/checkpoint"):
        answer = client.get(f"{path}?as_of=1")
        assert (answer.status_code, answer.text) == (422, f"{NO_PAST}\n")
    assert client.get("/health?as_of=").status_code == 200
