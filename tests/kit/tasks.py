"""What staff do every day, each from the list of campaigns, in a browser that counts the clicks.

Typing is free. A form that is submitted counts as a click, also where a key submits it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

from kit.launch_form import check, press
from kit.staff import NAME, Staff
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.launch_rules import SetApprovalLimit
from ledger.domain.vocabulary import Role

MOST_CLICKS = 4
_PATIENCE = 30_000
"""Milliseconds until a page that does not come is a failure, also on a busy machine."""
CAMPAIGN = "Winter coats 2026"
WAITING = "Spring fair"
_FILE = b"First name,Phone\nAda,415 555 0101\nBen,415 555 0102\nCleo,415 555 0103\n"
SETTINGS = {"LEDGER_PRICE_PER_SEGMENT": "0.01 USD"}
"""Of a world in which the tasks can be done."""


@dataclass
class Clicks:
    """A browser that shows the list of campaigns at first, and what was pressed in it since."""

    page: Page
    made: list[str] = field(default_factory=list)

    def link(self, name: str) -> None:
        """Press the first link of that name."""
        self.made.append(f"link {name}")
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def button(self, name: str) -> None:
        """Press the button of exactly that name."""
        self.made.append(f"button {name}")
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def menu(self) -> None:
        """Open the menu of rare acts in the head of the page."""
        self.made.append("menu")
        self.page.locator(".page-head summary.menu-button").click()

    def search(self, text: str) -> None:
        """Search everything by the box of every page."""
        self.made.append(f"Enter, in the search for {text}")
        box = self.page.get_by_label("Search people, campaigns and events")
        box.fill(text)
        with self.page.expect_navigation():
            box.press("Enter")

    def download(self, name: str) -> None:
        """Press a link that downloads a file."""
        self.made.append(f"download {name}")
        with self.page.expect_download():
            self.page.get_by_role("link", name=name).click()

    def sees(self, text: str) -> None:
        """Wait until the main part of the page shows this."""
        expect(self.page.locator("main")).to_contain_text(text, timeout=_PATIENCE)


def _who_did_not_get_it(staff: Clicks) -> None:
    staff.link(CAMPAIGN)
    staff.link("Failed 2")
    staff.sees("Ada Lovelace")
    staff.sees("This number is a landline")


def _resend(staff: Clicks) -> None:
    staff.link(CAMPAIGN)
    staff.link("Resend failed")
    staff.button("Resend")
    staff.sees("1 contact will be tried again.")


def _stop_it(staff: Clicks) -> None:
    staff.link(CAMPAIGN)
    staff.link("Pause")
    staff.button("Pause")
    staff.sees("Paused")


def _a_parent_calls(staff: Clicks) -> None:
    staff.search("415 555 0101")
    staff.sees("+1 415 555 0101")
    staff.sees(CAMPAIGN)
    staff.sees("This number cannot be reached.")


def _export_for_the_registrar(staff: Clicks) -> None:
    staff.link("Numbers to fix")
    staff.download("Download for the registrar")


def _what_did_it_cost(staff: Clicks) -> None:
    staff.link(CAMPAIGN)
    staff.sees("Estimated")


def _approve_a_launch(staff: Clicks) -> None:
    staff.link(f"Review {WAITING}")
    staff.button("Approve and launch")
    staff.sees("Approved and launched.")


def _forget_a_contact(staff: Clicks) -> None:
    staff.search("415 555 0103")
    staff.menu()
    staff.link("Forget…")
    staff.page.get_by_label("Last four digits of the number").fill("0103")
    staff.button("Forget for good")
    staff.sees("Forgotten: number, name and texts are destroyed.")


TASKS: dict[str, Callable[[Clicks], None]] = {
    "who did not get it, and why": _who_did_not_get_it,
    "resend to those": _resend,
    "stop it": _stop_it,
    "a parent calls about a number": _a_parent_calls,
    "export the numbers to fix for the registrar": _export_for_the_registrar,
    "what did it cost": _what_did_it_cost,
    "approve a launch": _approve_a_launch,
    "forget a contact": _forget_a_contact,
}
"""In an order in which none prevents the next."""


def clicks_of(page: Page, url: str, task: str) -> list[str]:
    """Do a task from the list of campaigns, and return what was pressed."""
    page.goto(f"{url}/campaigns")
    staff = Clicks(page)
    TASKS[task](staff)
    return staff.made


def prepare(world: World, others: Sequence[str] = ()) -> None:
    """Let a campaign be sent, and another launch wait for approval.

    Ada's number is a landline, Ben's text was filtered, and all the others have theirs.
    """
    campaign_id = world.launch([ADA, BEN, CLEO, *others], name=CAMPAIGN)
    world.send()
    failures = {ADA: ("undelivered", 30006), BEN: ("undelivered", 30007)}
    for phone in (ADA, BEN, CLEO, *others):
        status, code = failures.get(phone, ("delivered", None))
        world.callback(world.delivery(campaign_id, phone), status=status, code=code)
    admin = Staff(world, NAME)
    world.execute(SetApprovalLimit(admin.user_id, 2))
    requester = Staff(world, "R. Equester", role=Role.STAFF)
    press(requester, check(requester, _FILE, name=WAITING), "launch")
    world.catch_up()
    world.app.views.follow()
