"""Somebody of one office, in front of all that belongs to another, at every route.

A route that is added later is opened here too: it fails where it forgets the offices.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from kit.addresses import path_of
from kit.api import ApiClient
from kit.offices import DAN, SECRETS, District, district
from kit.roles import API_OPEN
from kit.staff import Staff
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.permalinks import MakePermalink
from ledger.domain.campaign import Campaign
from ledger.domain.offices import Scope
from ledger.domain.permalink import PageOfMoment
from ledger.domain.vocabulary import Role
from projections.numbers_to_fix.queries import NumberFilter
from webapp.accounts.api_tokens import TokenOrder
from webapp.app import API, create_app
from webapp.offices.door import KNOWN_PLACES
from webapp.offices.ids import ID
from webapp.permissions import Access
from webapp.workbooks.job import Wanted

EXAMPLE = "launching.example"
"""A contact file that is the same for everybody."""

PLACES = {
    "act": "pause",
    "filename": "ledger.css",
    "token": "none",
    "path": "0/000.p/1",
    "log": "none",
    "form": "csv",
    "job_id": "none",
    "user_id": "none",
    "session_id": "none",
    "endpoint_id": "none",
    "try_id": "none",
    "token_id": "none",
    "launch_name": "none",
    "office_id": "none",
}
"""Parts of addresses that name nothing of an office."""


@pytest.fixture(scope="module")
def two(new_world: Callable[[], AbstractContextManager[World]]) -> Iterator[District]:
    """Made once for all tests here."""
    with new_world() as world:
        yield district(world, world.provider, world.clock)


@pytest.fixture(scope="module")
def app(two):
    return create_app(two.world.app)


def member(two: District, app, name: str, role: Role) -> Staff:
    """Somebody of the office South alone."""
    staff = Staff(two.world, name, role=role, app=app)
    two.world.app.people.set_offices(staff.user_id, [two.south], STAFF)
    return staff


@pytest.fixture(scope="module", params=[Role.STAFF, Role.AUDITOR, Role.APPROVER])
def beech(request, two, app) -> Staff:
    return member(two, app, f"Beech {request.param}", request.param)


@pytest.fixture(scope="module")
def program(two, app) -> ApiClient:
    """A program with the token of a system that sees South alone."""
    access = Access(Role.APPROVER, office_ids=frozenset({two.south}))
    order = TokenOrder(name="Beech SIS", access=access)
    _, secret = two.world.app.token_changes.add_of_system(order, STAFF, Access(Role.ADMIN))
    return ApiClient(app, secret)


def rules(app, method: str):
    return [rule for rule in app.url_map.iter_rules() if method in rule.methods]


def paths(two: District, app) -> list[str]:
    """Every address that a GET can ask for: with the ids of North, and of a person of both."""
    head = two.world.app.ledger.reader.head()
    found = []
    for rule in rules(app, "GET"):
        if rule.rule.startswith("/static") or rule.endpoint == EXAMPLE:
            continue
        seqs = two.events if "seq" in rule.arguments else [0]
        found += [path_of(rule, PLACES | two.places | {"seq": str(seq)}) for seq in seqs]
        if rule.arguments & two.places.keys():
            found.append(path_of(rule, PLACES | two.places | two.own_places | {"seq": "1"}))
    named = [f"/{page}" for page in _named(two)]
    return [*found, *(f"{path}?as_of={head}" for path in found), *named]


def _named(two: District) -> list[str]:
    places = two.places
    return [
        f"campaigns/new?draft={places['draft_id']}",
        f"campaigns/new?clone={places['campaign_id']}",
        f"audit?campaign={places['campaign_id']}",
        f"audit?contact={places['contact_id']}",
        f"audit?delivery={places['delivery_id']}",
        "audit?view=grouped",
        "audit?access=yes",
        f"conversations/{two.world.contact(CLEO)}",
        f"conversations?campaign_id={places['campaign_id']}",
        "conversations?show=needs-reply",
        f"conversations/{two.world.contact(DAN)}",
        f"persons/{two.world.contact(DAN)}",
        "numbers-to-fix?fault=no_such_number",
        f"numbers-to-fix?campaign={places['campaign_id']}",
        f"numbers-to-fix?campaign={two.beech_campaign_id}",
        "audit/exports.ndjson",
    ]


def found_secrets(answer: TestResponse) -> list[str]:
    text = text_of(answer).lower()
    return [secret for secret in SECRETS if secret in text]


def text_of(answer: TestResponse) -> str:
    """What an answer says, with all that is in a workbook."""
    if not answer.data.startswith(b"PK"):
        return answer.get_data(as_text=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        return " ".join(file.read(name).decode() for name in file.namelist())


def test_every_place_in_an_address_is_one_that_the_check_of_offices_knows(app):
    rules = [*app.url_map.iter_rules(), *app.extensions[API].url_map.iter_rules()]
    assert {place for rule in rules for place in rule.arguments} <= KNOWN_PLACES


def test_no_page_shows_anything_of_another_office(two, app, beech):
    shown = {}
    for path in paths(two, app):
        answer = beech.open(path)
        if secrets := found_secrets(answer):
            shown[path] = answer.status_code, secrets
    assert shown == {}


@pytest.mark.parametrize("words", ["aard", "0101", "s-aard", "dan aard", "thanks"])
@pytest.mark.parametrize("path", ["/search", "/conversations"])
def test_no_search_finds_anything_of_another_office(two, app, beech, path, words):
    app.config["WTF_CSRF_ENABLED"] = False
    answer = beech.client.post(path, data={"q": words}, follow_redirects=True)
    assert answer.status_code in {200, 400}  # who may not see numbers may not search for them
    assert found_secrets(answer) == []
    assert "Cleo" not in answer.text


def test_a_search_by_another_office_s_name_of_a_person_finds_nobody(two):
    of_south = two.world.app.within(Scope(frozenset({two.south}))).people_search
    dan = [two.world.contact(DAN)]
    assert of_south.find("dan aardvark", 5).contact_ids == []
    assert of_south.find("s-aardvark", 5).contact_ids == []
    assert of_south.find("dan beech", 5).contact_ids == dan
    assert of_south.find("0104", 5).contact_ids == dan
    assert of_south.campaigns_of(dan) == {dan[0]: ["Beech fair"]}
    assert of_south.school_ids(dan)[dan[0]].students == ("S-Beech",)
    relatives = {two.world.contact(phone) for phone in (BEN, CLEO)}
    assert set(of_south.relatives(dan)) == relatives


def test_each_office_counts_its_own_questions_and_numbers_to_fix(two):
    whole, head = two.world.app, two.world.app.ledger.reader.head()
    north, south = (whole.within(Scope(frozenset({each}))) for each in (two.north, two.south))
    for app, waiting, numbers, uploads in ((whole, 3, 1, 2), (north, 2, 1, 1), (south, 1, 0, 0)):
        assert app.conversations.count_waiting() == waiting
        assert app.conversations.counts(STAFF).needs_reply == waiting
        assert app.conversations.as_of(head).counts(STAFF).needs_reply == waiting
        for queries in (app.numbers_to_fix, app.numbers_to_fix.as_of(head)):
            assert queries.count() == numbers
            assert len(queries.page(NumberFilter(), 5).rows) == numbers
            assert len(queries.uploads(5)) == uploads


def test_an_admin_sees_on_the_same_pages_what_this_test_looks_for(two, app):
    admin = Staff(two.world, app=app)
    shown = [path for path in paths(two, app) if found_secrets(admin.open(path))]
    assert len(shown) > 40


def test_no_answer_of_the_api_shows_anything_of_another_office(two, app, program):
    api, places = app.extensions[API], PLACES | two.places
    own = places | two.own_places
    shown = {}
    for rule in rules(api, "GET"):
        if rule.endpoint in API_OPEN:
            continue
        seqs = two.events if "seq" in rule.arguments else [0]
        asked = [places | {"seq": str(seq)} for seq in seqs] + [own | {"seq": "1"}]
        for each in asked:
            path = path_of(rule, each).removeprefix("/api/v1")
            answer = program.get(path)
            if secrets := found_secrets(answer):
                shown[path] = answer.status_code, secrets
    assert shown == {}


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_nothing_of_another_office_can_be_acted_on(two, app, beech, program, method):
    app.config["WTF_CSRF_ENABLED"] = False  # so that no form needs its page first
    before = two.world.app.ledger.reader.head()
    codes = {}
    for each, prefix in ((app, ""), (app.extensions[API], "/api/v1")):
        for rule in rules(each, method):
            path = path_of(rule, PLACES | two.places | {"seq": str(two.events[0])})
            if not ID.search(path):
                continue
            if prefix:
                answer = program.send(method, path.removeprefix(prefix), {}, **_KEY)
            else:
                answer = beech.client.open(path, method=method)
            codes[method, rule.endpoint] = answer.status_code
    assert {name: code for name, code in codes.items() if code not in {403, 404}} == {}
    assert beech.app is app
    topics = [e.topic for e in two.world.app.ledger.reader.events(before)]
    assert [topic for topic in topics if topic not in {"SignedIn", "WordsViewed"}] == []


_KEY = {"Idempotency-Key": "5f0c8f0e-0c0f-4a52-9a65-0d1b6d3a7c11"}


@pytest.mark.parametrize("name", ["campaign_id", "delivery_id", "contact_id", "draft_id"])
def test_an_id_of_another_office_in_a_form_names_nothing(two, app, name):
    staff = member(two, app, "Beech forms", Role.STAFF)
    app.config["WTF_CSRF_ENABLED"] = False
    form = {name: two.places[name], "step": "save", "name": "N", "message": "M"}
    assert staff.client.post("/campaigns/new", data=form).status_code == 404


@pytest.mark.parametrize("name", ["delivery_id", "contact_id"])
def test_an_id_of_another_office_in_json_names_nothing_however_it_is_written(two, program, name):
    paths = {
        "delivery_id": f"/campaigns/{two.beech_campaign_id}/resend",
        "contact_id": "/forgettings/preview",
    }
    escaped = "".join(f"\\u{ord(character):04x}" for character in two.places[name])
    body = f'{{"seq": 1, "{name}": "{escaped}"}}'
    answer = program.send_text("POST", paths[name], body, **_KEY)
    assert answer.status_code == 404
    assert f"There is no {two.places[name]} here" in answer.text


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/forgettings/preview", {}),
        ("/forgettings", {}),
        ("/legal-holds", {"reason": "x"}),
        ("/numbers-to-fix/fixed", {}),
    ],
)
def test_a_number_that_other_offices_alone_texted_names_nobody(two, app, program, path, more):
    assert any(rule.rule == f"/api/v1{path}" for rule in rules(app.extensions[API], "POST"))
    before = two.world.app.ledger.reader.head()
    answer = program.post(path, {"phone": ADA} | more)
    assert answer.status_code == 404
    assert "Nothing is known of this contact" in answer.text
    assert two.world.app.ledger.reader.head() == before


def test_a_legal_hold_of_another_office_keeps_a_person_without_naming_its_campaign(two, program):
    answer = program.post("/forgettings/preview", {"phone": CLEO}).json
    assert answer["refusal"].startswith("A legal hold on a campaign of another office keeps this")
    answer = program.post("/forgettings", {"phone": CLEO})
    assert answer.status_code == 409
    assert "of another office keeps this contact" in answer.text
    assert two.campaign_id not in answer.text


def test_an_opt_out_by_number_does_not_tell_whether_another_office_texts_it(two, program):
    answer = program.post("/opt-outs", {"phone": ADA}, **_KEY).json
    assert (answer["changed"], answer["withdrawn"]) == (True, 0)


def test_an_address_of_another_office_is_answered_as_one_of_nothing(two, app):
    staff = member(two, app, "Beech asks", Role.STAFF)
    real, none = two.campaign_id, "cam_" + 24 * "a"
    answers = [staff.open(f"/campaigns/{each}") for each in (real, none)]
    assert [answer.status_code for answer in answers] == [404, 404]
    texts = [a.text.replace(real, none).split("<main", 1)[1] for a in answers]
    assert texts[0].split("Request")[0] == texts[1].split("Request")[0]


def test_a_permalink_of_a_page_without_campaign_is_seen_by_the_offices_of_its_maker(two, app):
    ours, north, admin = (
        member(two, app, "Beech shares", Role.AUDITOR),
        member(two, app, "North shares", Role.AUDITOR),
        Staff(two.world, app=app),
    )
    two.world.app.people.set_offices(north.user_id, [two.north], STAFF)
    for name, maker in (("Beech", ours), ("North", north), ("Admin", admin)):
        page = PageOfMoment(
            path="/campaigns",
            query=f"q={name}",
            moment=two.world.app.ledger.reader.head(),
            campaign_id=None,
            contact_id=None,
        )
        command = MakePermalink(
            permalink_id=two.world.app.ledger.identity.new_permalink_id(),
            page=page,
            expires_at=two.world.clock.now() + timedelta(days=30),
            shows_numbers=True,
            by=maker.user_id,
        )
        two.world.execute(command)
    listed = [ours.open(path) for path in ("/permalinks", "/audit?type=PermalinkMade")]
    assert [answer.status_code for answer in listed] == [200, 200]
    assert listed[0].text.count("/campaigns?q=") == listed[0].text.count("/campaigns?q=Beech")
    assert "q=Beech" in listed[0].text
    assert admin.open("/permalinks").text.count("/campaigns?q=") >= 3


def test_a_draft_and_a_launch_of_a_program_belong_to_its_office(two, program):
    draft = program.post("/drafts", {"name": "Fair", "message": "Hello"}).json
    assert draft["office_id"] == two.south
    change = ("PUT", f"/drafts/{draft['id']}", {"name": "Fair", "message": "Hi"})
    changed = program.send(*change, **{"Idempotency-Key": "change"})
    assert changed.json["office_id"] == two.south
    order = {"name": "Fair", "message": "Hi", "contacts": [{"phone": "+14155550199"}]}
    asked = program.post("/campaigns", order)
    assert (asked.status_code, asked.json["state"]) == (202, "waits for approval")
    campaign = two.world.app.ledger.reader.load(Campaign, asked.json["campaign_id"])
    assert campaign.office_id == two.south
    refused = program.post("/drafts", {"name": "Fair", "office": two.north})
    assert refused.status_code == 404


def test_a_file_that_was_made_for_other_offices_is_not_handed_out(two, app):
    staff = member(two, app, "Beech moved", Role.AUDITOR)
    queue, head = two.world.app.workbooks, two.world.app.ledger.reader.head()
    south, north = (Scope(frozenset({each})) for each in (two.south, two.north))
    job, _is_new = queue.ask(staff.user_id, {}, head, wanted=Wanted(scope=north))
    assert queue.of_owner(staff.user_id, scope=south) == []
    assert job.job_id not in staff.open("/audit/workbooks").text
    ours, is_new = queue.ask(staff.user_id, {}, head, wanted=Wanted(scope=south))
    assert (is_new, ours.job_id == job.job_id) == (True, False)
    assert ours.job_id in staff.open("/audit/workbooks").text


def test_a_conversation_has_the_words_of_ones_own_office_alone(two, app):
    staff = member(two, app, "Beech reads", Role.STAFF)
    words = staff.read(f"/conversations/{two.world.contact(CLEO)}")
    assert "Beech fair: hello Cleo" in words
    assert "the beech is lovely" in words
    assert words.count("A text of another office") == 3


def test_opt_outs_of_all_offices_are_seen_without_names(two, app):
    staff = member(two, app, "Beech obeys", Role.STAFF)
    two.world.opt_out(CLEO)
    assert "+1 415 555 0103" in staff.read("/opt-outs")
