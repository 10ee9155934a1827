"""The page in a bundle verifies it in a browser, from the disk, without a server.

It shares no code with `verify.py`, so each is compared with the other.
"""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kit.bundles import Answer, verified
from kit.forged_bundles import FORGED, STRANGER, sign_newest

pytestmark = pytest.mark.browser

ANSWERED = "#answer[data-code='0'], #answer[data-code='1']"
PAGE = Path(__file__).parents[2] / "ledger" / "proof" / "verify.html"


def answer_of(page: Page, bundle: Path, *, keys: str = "", checkpoints: tuple[Path, ...] = ()):
    """The page's answer on a folder or a zip file."""
    if page.url != PAGE.as_uri():
        page.goto(PAGE.as_uri())
    page.evaluate("document.getElementById('answer').dataset.code = ''")
    page.fill("#keys", keys)
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
