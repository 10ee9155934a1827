"""The page in a bundle verifies it in a browser, from the disk, without a server.

It shares no code with `verify.py`, so each is compared with the other.
"""

import base64
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kit.bad_zips import BAD_ZIPS, streamed
from kit.bundles import Answer, verified
from kit.ed25519_vectors import VECTORS
from kit.forged_bundles import FORGED, FORGED_FOR_A_READER, STRANGER, sign_newest
from kit.forged_numbers import (
    FORGED_PAGES,
    OTHER_FORGERIES,
    STATES,
    add_to_state,
    hide_other,
    misattributed,
)
from kit.time_stamps import FIRST, FORGED_STAMPS, add_stamp
from kit.witnessed_bundles import DEMANDS
from kit.world import BEN

pytestmark = pytest.mark.browser

ANSWERED = "#answer[data-code='0'], #answer[data-code='1']"
PAGE = Path(__file__).parents[2] / "ledger" / "proof" / "verify.html"


def answer_of(
    page: Page,
    bundle: Path,
    *,
    keys: str = "",
    checkpoints: tuple[Path, ...] = (),
    witnesses: Sequence[str] = (),
    quorum: int | None = None,
) -> Answer:
    """The page's answer on a folder or a zip file."""
    if page.url != PAGE.as_uri():
        page.goto(PAGE.as_uri())
    page.evaluate("document.getElementById('answer').dataset.code = ''")
    page.fill("#keys", keys)
    page.fill("#witnesses", "\n".join(witnesses))
    page.fill("#quorum", "" if quorum is None else str(quorum))
    page.set_input_files("#checkpoints", checkpoints)
    page.set_input_files("#folder" if bundle.is_dir() else "#zip", bundle)
    page.wait_for_selector(ANSWERED)
    code = page.get_attribute("#answer", "data-code")
    return Answer(int(code), page.text_content("#answer") + "\n")


@pytest.mark.parametrize("kind", FORGED)
def test_it_says_the_same_as_the_program(bundle_school, page, kind):
    for bundle in (bundle_school.folder / kind, bundle_school.folder / f"{kind}.zip"):
        assert answer_of(page, bundle) == verified(bundle)


def test_it_compares_with_the_keys_and_checkpoints_of_the_reader(bundle_school, page, tmp_path):
    bundle = bundle_school.folder / "all"
    newest = shutil.copy(bundle_school.newest, tmp_path)
    answer = answer_of(page, bundle, keys=bundle_school.key, checkpoints=(newest,))
    program = verified(bundle, "--key", bundle_school.key, newest)
    assert answer == Answer(0, program.text.replace(f"{tmp_path}/", ""))
    assert "newest.txt: the events up to #26 are those of your checkpoint" in answer.text


def test_a_key_of_somebody_else_is_refused(bundles, bundle_school, page):
    sign_newest(bundles / "campaign", STRANGER)
    answer = answer_of(page, bundles / "campaign", keys=bundle_school.key)
    assert answer == verified(bundles / "campaign", "--key", bundle_school.key)
    assert answer.code == 1


@pytest.mark.parametrize("kind", FORGED)
def test_it_refuses_every_forged_bundle(bundles, page, kind, tmp_path):
    wrong = []
    for number, (forge, words) in enumerate(FORGED[kind]):
        folder = Path(shutil.copytree(bundles / kind, tmp_path / str(number)))
        forge(folder)
        answer = answer_of(page, folder)
        if answer.code != 1 or not answer.text.startswith("WRONG: "):
            wrong.append((words, answer))
    assert wrong == []


def test_it_refuses_what_the_keys_of_the_reader_refuse(bundles, bundle_school, page, tmp_path):
    wrong = []
    for number, (forge, named, words) in enumerate(FORGED_FOR_A_READER):
        folder = Path(shutil.copytree(bundles / "campaign", tmp_path / str(number)))
        forge(folder, bundle_school)
        answer = answer_of(page, folder, keys="\n".join(named(folder, bundle_school)))
        if answer.code != 1 or words not in answer.text:
            wrong.append((words, answer))
    assert wrong == []


def test_it_refuses_every_zip_file_that_the_program_refuses(bundle_school, page, tmp_path):
    wrong = []
    for number, (spoil, words) in enumerate(BAD_ZIPS):
        path = Path(shutil.copy(bundle_school.folder / "all.zip", tmp_path / f"{number}.zip"))
        spoil(path)
        answer = answer_of(page, path)
        if answer.code != 1 or not answer.text.startswith("WRONG: "):
            wrong.append((words, answer))
    assert wrong == []


def test_it_reads_a_folder_that_was_zipped_again(bundle_school, page, tmp_path):
    again = shutil.make_archive(str(tmp_path / "again"), "zip", bundle_school.folder / "all")
    assert answer_of(page, Path(again)).code == 0
    path = streamed(bundle_school.folder / "all", tmp_path / "streamed.zip")
    assert answer_of(page, path).code == 0


def test_it_accepts_the_signatures_that_the_other_verifiers_accept(page):
    page.goto(PAGE.as_uri())
    accepted = page.evaluate(
        """vectors => {
            const bytes = hex => Uint8Array.from(hex.match(/../g), pair => parseInt(pair, 16));
            return Promise.all(vectors.map(vector => isSignature(...vector.map(bytes))));
        }""",
        [[vector.key, vector.signature, vector.message] for vector in VECTORS],
    )
    assert accepted == [vector.is_right for vector in VECTORS]


def test_a_bundle_can_be_dropped_on_the_page(bundle_school, page):
    """The page is that of the bundle itself."""
    page.goto((bundle_school.folder / "all" / "verify.html").as_uri())
    content = base64.b64encode((bundle_school.folder / "all.zip").read_bytes()).decode()
    page.evaluate(
        """content => {
            const bytes = Uint8Array.from(atob(content), char => char.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], "all.zip"));
            document.body.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true}));
        }""",
        content,
    )
    page.wait_for_selector(ANSWERED)
    assert page.text_content("#answer").startswith("Right: all 26 events of ")


def test_a_bundle_of_the_old_format_is_not_fully_proven(bundles, page):
    (bundles / "all" / "manifest.json").unlink()
    answer = answer_of(page, bundles / "all")
    assert answer == verified(bundles / "all")
    assert answer.text.startswith("This bundle is not fully proven: it has no manifest.json, ")


def test_the_page_has_no_way_to_the_network(page):
    page.goto(PAGE.as_uri())
    blocked = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener("securitypolicyviolation", event => done(event.blockedURI));
            fetch("http://127.0.0.1:9/").catch(() => {});
        })"""
    )
    assert blocked == "http://127.0.0.1:9/"


# Witnesses.


def test_it_demands_the_witnesses_that_the_program_demands(bundles, page, tmp_path):
    for number, (about, demand) in enumerate(DEMANDS.items()):
        folder = Path(shutil.copytree(bundles / "campaign", tmp_path / str(number)))
        demand.forge(folder)
        answer = answer_of(page, folder, witnesses=demand.witnesses, quorum=demand.quorum)
        named = [f"--witness={key}" for key in demand.witnesses]
        program = verified(folder, *named, f"--quorum={demand.quorum or len(named)}")
        assert (about, answer) == (about, program)


def test_a_number_of_witnesses_without_their_keys_is_asked_for_again(bundles, page):
    page.goto(PAGE.as_uri())
    page.fill("#quorum", "1")
    page.set_input_files("#folder", bundles / "all")
    answer = page.get_by_text("must be from 1 to the number of the keys of witnesses.")
    answer.wait_for()
    assert page.get_attribute("#answer", "data-code") == ""


# Time stamps.


def test_it_says_the_same_about_time_stamps(bundles, page, tmp_path):
    add_stamp(bundles / "delivery")
    assert answer_of(page, bundles / "delivery") == verified(bundles / "delivery")
    again = Path(shutil.make_archive(str(tmp_path / "again"), "zip", bundles / "delivery"))
    assert answer_of(page, again) == verified(again)
    assert f"{FIRST}: it is a time stamp of " in verified(again).text


def test_it_refuses_every_forged_stamp(bundles, page, tmp_path):
    wrong = []
    for number, (forge, words) in enumerate(FORGED_STAMPS):
        folder = Path(shutil.copytree(bundles / "delivery", tmp_path / str(number)))
        forge(folder)
        answer = answer_of(page, folder)
        if answer.code != 1 or not answer.text.startswith("WRONG: ") or words not in answer.text:
            wrong.append((words, answer))
    assert wrong == []


# Bundles about one number.


@pytest.mark.parametrize("kind", ["narrow", "complete"])
def test_it_says_the_same_about_a_number(number_school, number_bundles, page, kind):
    for bundle in (number_school.folder / kind, number_school.folder / f"{kind}.zip"):
        assert answer_of(page, bundle) == verified(bundle)
    hide_other(number_bundles / "complete")
    assert answer_of(page, number_bundles / "complete") == verified(number_bundles / "complete")


@pytest.mark.parametrize("kind", ["narrow", "complete"])
def test_it_refuses_every_forged_bundle_about_a_number(number_bundles, page, kind, tmp_path):
    wrong = []
    for number, (forge, words) in enumerate([*FORGED_PAGES, *OTHER_FORGERIES[kind]]):
        folder = Path(shutil.copytree(number_bundles / kind, tmp_path / str(number)))
        forge(folder)
        answer = answer_of(page, folder)
        if answer.code != 1 or not answer.text.startswith("WRONG: "):
            wrong.append((words, answer))
    assert wrong == []


def test_the_content_of_an_event_has_one_reading(number_bundles, page, tmp_path):
    accepted = {}
    for number, members in enumerate(STATES):
        folder = Path(shutil.copytree(number_bundles / "narrow", tmp_path / str(number)))
        add_to_state(folder, members)
        accepted[members] = answer_of(page, folder).code == 0
    assert accepted == STATES


def test_an_event_of_its_deliveries_that_names_another_contact_is_refused(world, page):
    world.launch([BEN])
    world.send()
    bundle = misattributed(world)
    assert answer_of(page, bundle) == verified(bundle)
    assert verified(bundle).code == 1
