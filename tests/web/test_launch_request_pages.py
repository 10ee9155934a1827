"""Approval on the pages: the rules, the request as both people see it, and its end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

from kit.browser import scrolls_sideways
from kit.clock import ManualClock
from kit.launch_form import check, press
from kit.provider import FakeProvider
from kit.staff import Staff, form_token, served, sign_in, words_of
from kit.world import ADA, BEN, World
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.commands.launch_rules import SetApprovalLimit
from ledger.domain.vocabulary import Role
from webapp.app import create_app


@pytest.fixture
def world(database_url: str, clock: ManualClock, provider: FakeProvider) -> Iterator[World]:
    opened = World.open(database_url, clock, provider, LEDGER_PRICE_PER_SEGMENT="0.01 USD")
    yield opened
    opened.close()


@pytest.fixture
def admin(world: World) -> Staff:
    return Staff(world, "A. Dmin")


@pytest.fixture
def requester(world: World, admin: Staff) -> Staff:
    """A member of staff, where a launch to more than one contact waits."""
    world.execute(SetApprovalLimit(admin.user_id, 1))
    return Staff(world, "R. Equester", role=Role.STAFF)


@pytest.fixture
def approver(world: World) -> Staff:
    return Staff(world, "A. Prover", role=Role.APPROVER)


def post(staff: Staff, path: str, **fields: str) -> TestResponse:
    token = form_token(staff.open("/campaigns/new").text)
    return staff.client.post(path, data={"csrf_token": token} | fields)


def test_a_launch_is_asked_for_and_approved_by_somebody_else(
    world: World, requester: Staff, approver: Staff
) -> None:
    page = check(requester)
    assert (
        "Press Ask for approval to show it to an approver. Nobody is texted before it is approved."
        in words_of(page.text)
    )
    asked = press(requester, page, "launch").location
    words = requester.read(asked)
    assert "Asked for approval. Nobody is texted before somebody approves it." in words
    assert "You asked for this launch; somebody else has to approve it." in words
    assert "Approve and launch" not in words
    assert 'data-menu="launch_requests"' not in requester.open("/people").text
    assert post(requester, f"{asked}/approve").status_code == 403
    shown = approver.open("/campaigns").text
    assert 'Approvals <span class="menu-count">1' in shown
    words = approver.read(asked)
    assert "Approve “Spring fair”? Asked for by R. Equester." in words
    assert "2 Contacts will be texted" in words
    assert "about 0.02 USD" in words
    assert "Hello Ada Ada · +1 415 555 0101 Row 1 of 2. Next row" in words
    assert "Hello Ben" in approver.read(f"{asked}?row=2")
    approved = post(approver, f"{asked}/approve")
    assert "Approved and launched." in approver.read(approved.location)
    assert world.send() == 2
    assert requester.open(asked).location == approved.location


def test_audit_trail_names_a_launch_that_waits_or_was_refused(
    requester: Staff, approver: Staff
) -> None:
    asked = press(requester, check(requester), "launch").location
    campaign_id = asked.rpartition("/")[2].partition("?")[0]
    for _ in range(2):  # while it waits, and once it was refused
        page = requester.open("/audit").text
        table = words_of(page.partition("<table")[2].partition("</table>")[0])
        assert "Spring fair" in table
        assert campaign_id not in table
        post(approver, f"/launch-requests/{campaign_id}/refuse", explanation="Not yet")
    seq = re.search(r'id="event-(\d+)"', page)[1]
    assert "Spring fair (not launched)" in requester.read(f"/audit/{seq}")
    assert "campaign:&#34;Spring fair&#34;" in requester.open(f"/audit?campaign={campaign_id}").text


def test_an_approver_reads_the_notes_on_the_file_without_names_and_numbers(
    requester: Staff, approver: Staff
) -> None:
    file = "First name,Phone\nAda,415 555 0101\nJosÃ©,(415) 555-0102\nZoe,12\nIda,415 555 0101\n"
    page = check(requester, file.encode(), skip_bad="y")
    asked = press(requester, page, "launch", skip_bad="y").location
    words = approver.read(asked)
    assert "What to check in the file Texts go to the column “Phone”." in words
    assert "The letters of 1 value are damaged. Correct them" in words
    assert "Line 4: the number is too short" in words
    assert "Line 5: same number as line 2" in words
    shown = words.partition("What to check in the file")[2].partition("When it is sent")[0]
    assert [name for name in ("Zoe", "Ida", "JosÃ©", "0101") if name in shown] == []


def test_a_refusal_tells_the_requester_why(requester: Staff, approver: Staff) -> None:
    asked = press(requester, check(requester), "launch").location
    post(approver, f"{asked}/refuse", explanation="Last year's list")
    words = requester.read(asked)
    assert "A. Prover refused it on 2 Mar 2026, 09:00 UTC. Nobody was texted." in words
    assert "Reason: Last year's list" in words
    campaign = asked.rpartition("/")[2]
    assert "was not launched" in requester.open(f"/campaigns/{campaign}").text
    assert "Last year" not in approver.read(f"/audit?campaign={campaign}")


def test_an_edited_draft_voids_the_request_and_says_who_edited_when(
    world: World, requester: Staff, approver: Staff
) -> None:
    order = DraftOrder(name="Spring fair", message="Hello {{first_name}}")
    draft_id = save_draft(world.app.ledger, order, requester.user_id)
    asked = press(requester, check(requester, draft_id=draft_id), "launch").location
    assert "Any change of the draft makes this request void." in approver.read(asked)
    save_draft(world.app.ledger, order, approver.user_id, draft_id)
    answer = post(approver, f"{asked}/approve")
    assert "does not wait for approval" in approver.read(answer.location)
    end = "its draft was changed by A. Prover on 2 Mar 2026, 09:00 UTC. Nobody was texted."
    assert end in requester.read(asked)


def test_a_requester_withdraws_the_own_request(requester: Staff) -> None:
    asked = press(requester, check(requester), "launch").location
    post(requester, f"{asked}/withdraw")
    assert "R. Equester withdrew the request" in requester.read(asked)
    assert "Nothing waits for approval" in requester.read("/launch-requests")


def test_an_admin_sets_the_rules_and_they_are_shown_where_they_matter(
    admin: Staff, requester: Staff, approver: Staff
) -> None:
    post(admin, "/people/launches/approval", contacts="none")
    post(admin, "/people/launches/spending", day="0.01", month="10")
    words = admin.read("/people")
    assert "No launch waits for approval because of its size." in words
    assert "A launch beyond 0.01 USD a day or 10.00 USD a month waits for an admin." in words
    wrong = post(admin, "/people/launches/approval", contacts="many")
    assert "Write a whole number of contacts, such as 200, or none." in admin.read(wrong.location)
    assert "10.00 USD of this month's limit of 10.00 USD stays" in requester.read("/campaigns")
    page = check(requester)
    assert "0.01 USD beyond today's limit of 0.01 USD" in words_of(page.text)
    asked = press(requester, page, "launch").location
    assert "an admin has to approve it" in approver.read(asked)
    refused = post(approver, f"{asked}/approve")
    assert "an admin has to approve it" in approver.read(refused.location)
    approved = post(admin, f"{asked}/approve")
    assert "Approved and launched." in admin.read(approved.location)


def test_a_large_resend_waits_until_somebody_else_approves_it(
    world: World, requester: Staff, approver: Staff
) -> None:
    asked = press(requester, check(requester), "launch").location
    there = f"{post(approver, f'{asked}/approve').location}/resend"
    world.send()
    campaign_id = asked.rpartition("/")[2]
    for phone in (ADA, BEN):
        world.callback(world.delivery(campaign_id, phone), status="undelivered", code=30034)
    page = approver.open(there)
    assert "A resend to more than 1 contact goes out once an approver" in words_of(page.text)
    request = _press_resend(approver, page, there)
    assert "Resends that wait for approval" in approver.read("/launch-requests")
    assert "You asked for this resend; somebody else has to approve it." in approver.read(request)
    assert "somebody else has to approve it" in approver.read(
        post(approver, f"{request}/approve").location
    )
    assert world.send() == 0
    withdrawn = post(approver, f"{request}/withdraw")
    assert "Request withdrawn: nobody is tried again." in approver.read(withdrawn.location)
    assert "withdrew the request on" in approver.read(request)


def _press_resend(staff: Staff, page: TestResponse, there: str) -> str:
    """Press the button of the page of a resend; return the address of the request."""
    (form,) = re.findall(r'<form[^>]*action="[^"]*/resend".*?</form>', page.text, re.DOTALL)
    tags = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall("<input[^>]*>", form)]
    fields = {tag["name"]: tag["value"] for tag in tags if tag["type"] == "hidden"}
    return staff.client.post(there, data=fields).location


def test_an_approver_sees_what_a_resend_names_and_approves_it(
    world: World, requester: Staff, approver: Staff
) -> None:
    asked = press(requester, check(requester), "launch").location
    there = f"{post(approver, f'{asked}/approve').location}/resend"
    world.send()
    campaign_id = asked.rpartition("/")[2]
    for phone in (ADA, BEN):
        world.callback(world.delivery(campaign_id, phone), status="undelivered", code=30034)
    request = _press_resend(requester, requester.open(there), there)
    world.opt_out(ADA)
    words = approver.read(request)
    assert "It names the contacts as of event #" in words
    assert "2 Contacts named by the request" in words
    assert "1 Contact would be tried again now" in words
    approved = post(approver, f"{request}/approve")
    assert "1 contact will be tried again. 1 left out." in approver.read(approved.location)
    assert world.send() == 1
    assert "approved it: 1 contact tried again, 1 left out." in approver.read(request)


@pytest.mark.browser
def test_the_pages_of_approval_in_a_browser(page: Page, world: World, requester: Staff) -> None:
    asked = press(requester, check(requester), "launch").location
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        page.goto(f"{url}/campaigns")
        page.get_by_role("link", name="Approvals 1 to approve or refuse").click()
        page.get_by_role("link", name="Review").click()
        expect(page.get_by_role("heading", name="Approve “Spring fair”?")).to_be_visible()
        assert scrolls_sideways(page, 320, 1280) == []
        page.get_by_role("link", name="Next row").click()
        page.get_by_role("button", name="Approve and launch").click()
        expect(page.get_by_text("Approved and launched.")).to_be_visible()
        page.goto(f"{url}/people")
        assert scrolls_sideways(page, 320, 1280) == []
        page.get_by_label("Contacts that one person may launch to alone").fill("")
        page.get_by_role("button", name="Save the number").click()
        page.get_by_label("A day, in USD").fill("0")
        page.get_by_role("button", name="Save the limits").click()
        expect(
            page.get_by_text("A launch beyond 0.00 USD a day waits for an admin.")
        ).to_be_visible()
        second = press(requester, check(requester, name="Autumn fair"), "launch").location
        page.goto(f"{url}{second}")
        page.get_by_label("Reason for refusing").fill("Not today")
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_text("Refused: nobody is texted.")).to_be_visible()
    assert world.send() == 2
    assert asked != second


def test_an_approver_reads_every_wording_and_they_are_sent(
    world: World, requester: Staff, approver: Staff
) -> None:
    file = b"First name,Phone,Language\nAda,4155550101,es\nBen,4155550102,\n"
    spanish = {"wording-value-0": "es", "wording-text-0": "Hola {{first_name}}"}
    page = check(requester, file, message_column="Language", **spanish)
    asked = press(requester, page, "launch").location
    words = approver.read(asked)
    assert "Hola Ada" in words
    assert "es Hola {{first_name}}" in words
    assert "1 contact gets the wording for “es”." in words
    assert "as no wording is for its value of language." in words
    assert "Hello Ben" in approver.read(f"{asked}?row=2")
    assert post(approver, f"{asked}/approve").status_code == 303
    text = world.text(world.delivery(asked.rpartition("/")[2]))
    assert text
    assert text.body == "Hola Ada"
