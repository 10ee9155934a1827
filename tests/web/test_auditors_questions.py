"""The ten questions of docs/how-to/answer-an-auditor.md: each is clicked and each command is run.

The table of the page is the test's own list, so that a question without an answer fails.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kit.commands import SchoolInProcess
from kit.staff import NAME, Staff, served, sign_in
from kit.world import ADA, BEN, CLEO, World, environment
from ledger.commands.campaigns import PauseCampaign
from ledger.commands.forget import ForgetContact
from ledger.commands.sending_switch import StopSending
from webapp.app import create_app

GUIDE = Path(__file__).parents[2] / "docs/how-to/answer-an-auditor.md"
STEP = re.compile(r"\*\*(?P<click>[^*]+)\*\*|write `(?P<words>[^`]+)` into (?P<field>[\w ]+)")
COMMAND = re.compile(r"`(delivery-ledger [^`]+)`")
FIELDS = {
    "the box": "Search the events",
    "the time bar": "Go to a moment: an event, or a time of UTC",
    "the search at the top": "Search people, campaigns and events",
    "From": "From",
}

STOPPED = "All sending stopped by staff"
ANSWERS = {
    "Who launched this campaign, and when?": ("Launched", "Launched to 3 contacts"),
    "What was the status of this person at that moment?": (
        "Pending",
        "Winter coats  pending",
    ),
    "Did a text leave after this person asked to stop?": (
        "Opted out by a text",
        "Opted out by a text",
    ),
    "Who paused a campaign, or stopped all sending?": (NAME, NAME),
    "Which callbacks came too late?": ("Callback sent", "Callback sent"),
    "What failed between two moments, and why?": ("Unreachable number", "Unreachable number"),
    "Was any event altered?": ("Not verified yet", "20 events recomputed and right"),
    "Who was forgotten, when and by whom?": (NAME, NAME),
    "What did this member of staff do?": (STOPPED, STOPPED),
    "What did the text say that this person received?": ("Bring a coat, Ada", "Bring a coat, Ada"),
}
"""Question → what its page says, and what its command prints."""


@dataclass(frozen=True)
class Question:
    words: str
    path: str
    commands: list[list[str]]


def questions() -> list[Question]:
    table = GUIDE.read_text().partition("## Ten questions")[2].partition("\n\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [
        Question(words.strip(), path, [shlex.split(each) for each in COMMAND.findall(commands)])
        for words, path, commands in rows[1:]
    ]


QUESTIONS = questions()


def tell(world: World) -> str:
    """Ada's text arrives and she asks to stop, Ben's fails, and Cleo is forgotten."""
    campaign_id = world.launch(
        [ADA, BEN, CLEO], name="Winter coats", message="Bring a coat, {{first_name}}"
    )
    world.send()
    world.clock.advance(minutes=5)
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, ADA), 1, "sent")
    world.callback(world.delivery(campaign_id, BEN), 1, "undelivered", 30006)
    world.inbound("STOP", ADA)
    user_id = Staff(world).user_id
    world.execute(ForgetContact(world.contact(CLEO), user_id))
    world.execute(PauseCampaign(campaign_id, user_id))
    world.execute(StopSending(user_id))
    world.catch_up()
    return campaign_id


def test_there_are_ten_questions_with_three_clicks_at_most():
    assert [question.words for question in QUESTIONS] == list(ANSWERS)
    clicks = {q.words: q.path.count("**") // 2 for q in QUESTIONS}
    assert {words: count for words, count in clicks.items() if count > 3} == {}


@pytest.fixture
def staff(page: Page, world: World, campaign: str) -> Iterator[Page]:
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        page.goto(f"{url}/campaigns")
        yield page


@pytest.mark.browser
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_each_question_is_answered_by_its_clicks(staff, question):
    for step in STEP.finditer(question.path):
        if name := step["click"]:
            named = staff.get_by_role("link", name=name).or_(staff.get_by_role("button", name=name))
            named = named.or_(staff.locator("summary", has_text=name))
            named.locator("visible=true").last.click()
        else:
            name = FIELDS[step["field"]]
            field = staff.get_by_role("textbox", name=name)
            box = field.or_(staff.get_by_role("searchbox", name=name))
            box.fill(step["words"])
            if step["field"] == "the search at the top":
                box.press("Enter")
    expect(staff.locator("body")).to_contain_text(ANSWERS[question.words][0])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_each_question_is_answered_by_its_commands(world, campaign, question):
    school = SchoolInProcess(world.folder, 1, settings=environment(world.url))
    for _, *words in question.commands:
        done = school.run(*(campaign if word == "cam_…" else word for word in words))
        assert done.stderr == "" or "Traceback" not in done.stderr
        assert ANSWERS[question.words][1] in done.stdout
