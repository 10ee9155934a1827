"""Templates on pages and by command: made, chosen for a campaign, and within an office."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from kit.launch_form import FILE, check, press
from kit.offices import add_office
from kit.staff import Staff, form_token
from kit.world import STAFF, World
from ledger.domain.events import CampaignText, MessageVariants
from ledger.domain.vocabulary import Role
from webapp.cli import cli
from webapp.named_templates import TemplateQueries, make_template

SPANISH = MessageVariants(column="language", messages={"es": "Hola {{first_name}}"})
TEXT = CampaignText(name="Snow day", message="Hi {{first_name}}, no school.", variants=SPANISH)


@pytest.fixture
def snow_day(world: World) -> str:
    return make_template(world.app, TEXT, STAFF)


def test_staff_make_a_template_on_the_page(staff: Staff):
    made = staff.press("/templates/new", name="Fair", message="Come to the fair", step="keep")
    assert made.status_code == 303, made.text
    assert "Fair Come to the fair" in staff.read("/templates")


def test_form_sent_twice_makes_one_template(staff: Staff, world: World):
    for _ in range(2):
        staff.press("/templates/new", name="Fair", message="Come", request_name="req_1")
    assert len(TemplateQueries(world.app).all()) == 1


def test_taken_name_is_said_beside_the_name(staff: Staff, snow_day: str):
    answer = staff.press("/templates/new", name="snow day", message="Hi")
    assert answer.status_code == 422
    assert "There is a template “snow day” already" in answer.text


def test_button_adds_a_wording_and_keeps_what_is_written(staff: Staff):
    answer = staff.press("/templates/new", name="Fair", message="Come", step="add-wording")
    assert answer.status_code == 200
    assert 'name="wording-text-0"' in answer.text
    assert ">\nCome</textarea>" in answer.text.replace("\r", "")


def test_template_fills_the_form_of_a_campaign(staff: Staff, snow_day: str):
    fields = {"name": "Monday", "step": f"template-{snow_day}"}
    for page in (
        staff.open(f"/campaigns/new?template={snow_day}"),
        staff.press("/campaigns/new", **fields),
    ):
        assert page.status_code == 200
        assert "Hi {{first_name}}, no school." in page.text
        assert "Hola {{first_name}}" in page.text
        assert 'value="language"' in page.text


def test_campaign_is_launched_with_the_message_of_a_template(
    staff: Staff, world: World, snow_day: str
):
    checked = check(staff, FILE, message=TEXT.message)
    launched = press(staff, checked, "launch")
    assert launched.status_code == 303, launched.text
    staff.press(f"/templates/{snow_day}", name="Snow day", message="Other words")
    world.catch_up()
    assert [row.message for row in world.app.status.campaigns()] == [TEXT.message]


def test_archived_template_is_offered_no_more(staff: Staff, snow_day: str):
    assert "Use a template" in staff.read("/campaigns/new")
    assert "Nobody can choose the template" in staff.read(f"/templates/{snow_day}/archive")
    assert staff.press(f"/templates/{snow_day}/archive").status_code == 303
    assert "Use a template" not in staff.read("/campaigns/new")
    assert "1 archived template" in staff.read("/templates")
    assert "Archived" in staff.read(f"/templates/{snow_day}")


def test_template_that_was_archived_meanwhile_leaves_the_form_as_it_was(
    staff: Staff, snow_day: str
):
    fields = {"name": "Monday", "message": "As written", "step": f"template-{snow_day}"}
    form = staff.open("/campaigns/new").text
    staff.press(f"/templates/{snow_day}/archive")
    answer = staff.client.post(
        "/campaigns/new", data={**fields, "csrf_token": form_token(form)}, follow_redirects=True
    )
    for page in (answer, staff.open(f"/campaigns/new?template={snow_day}")):
        assert "The template “Snow day” is archived. Choose another one" in page.text
        assert "Hola" not in page.text
    assert "As written" in answer.text


def test_audit_trail_says_what_was_done(staff: Staff, snow_day: str):
    staff.press(f"/templates/{snow_day}", name="Snow", message="Stay at home")
    staff.press(f"/templates/{snow_day}/archive")
    words = staff.read("/audit")
    for summary in ("Template made", "Template changed", "Template archived"):
        assert summary in words


def test_viewer_reads_a_template_and_changes_nothing(world: World, staff: Staff, snow_day: str):
    viewer = Staff(world, "V. Iewer", role=Role.VIEWER, app=staff.app)
    page = viewer.open(f"/templates/{snow_day}")
    assert "Hola {{first_name}}" in page.text
    assert 'name="message"' not in page.text
    assert viewer.press(f"/templates/{snow_day}", name="X", message="X").status_code == 403


def test_office_sees_its_own_templates_and_those_of_the_district(
    world: World, staff: Staff, snow_day: str
):
    north, south = add_office(world, "North"), add_office(world, "South")
    ito = Staff(world, "S. Ito", role=Role.STAFF, app=staff.app)
    world.app.people.set_offices(ito.user_id, [north], STAFF)
    hidden = make_template(
        world.app, CampaignText(name="Aardvark", message="M"), STAFF, office_id=south
    )
    assert ito.press("/templates/new", name="Fair", message="Come").status_code == 303
    words = ito.read("/templates")
    assert "Fair" in words
    assert "Snow day" in words
    assert "Aardvark" not in words
    assert ito.open(f"/templates/{hidden}").status_code == 404
    assert "Only people who see all offices may change it" in ito.read(f"/templates/{snow_day}")
    answer = ito.press(f"/templates/{snow_day}", name="Mine", message="Mine")
    assert "Only people who see all offices may change it" in answer.text
    assert TemplateQueries(world.app).get(snow_day).name == "Snow day"


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr("webapp.cli.common.build", lambda _settings: world.app)
    return lambda *words: CliRunner().invoke(cli, ["template", *words])


def test_command_that_would_change_nothing_is_refused(run: Callable[..., Result], snow_day: str):
    assert "Nothing is to be changed" in str(run("change", "Snow day").exception)
    assert "has no name" in str(run("change", "Snow day", "--name", "").exception)


def test_commands_make_list_change_and_archive(run: Callable[..., Result]):
    wording = ("--message-column", "Language", "--message-for", "es=Hola")
    made = run("make", "Snow day", "--message", "Hi", *wording)
    assert made.exit_code == 0, made.output
    assert run("change", "snow day", "--name", "Snow").exit_code == 0
    (listed,) = json.loads(run("list", "--json").stdout)
    assert listed["id"] == made.stdout.strip()
    assert (listed["name"], listed["message"]) == ("Snow", "Hi")
    assert listed["wordings"] == {"column": "language", "messages": {"es": "Hola"}}
    assert "Snow" in run("list").stdout
    assert run("archive", "Snow").exit_code == 0
    assert json.loads(run("list", "--json").stdout) == []
    assert "There is no template “Snow”" in str(run("archive", "Snow").exception)
