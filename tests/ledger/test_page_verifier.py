"""The page on bundles is enough: a verifier written from it alone agrees with `verify.py`."""

import shutil
from pathlib import Path

import pytest

from kit.bad_zips import BAD_ZIPS
from kit.bundles import verified
from kit.forged_bundles import FORGED, FORGED_FOR_A_READER, NO_FILES, STRANGER, sign_newest
from kit.forged_numbers import (
    FORGED_PAGES,
    OTHER_FORGERIES,
    STATES,
    add_to_state,
    hide_other,
    misattributed,
)
from kit.page_verifier import verify
from kit.world import BEN


@pytest.mark.parametrize("kind", FORGED)
def test_it_accepts_what_the_program_accepts(bundle_school, kind):
    folder = bundle_school.folder
    for bundle in (folder / kind, folder / f"{kind}.zip"):
        assert verified(bundle).code == 0
        assert verify(bundle, [bundle_school.key], [bundle_school.newest.read_bytes()]) is None


@pytest.mark.parametrize("kind", FORGED)
def test_it_refuses_every_forged_bundle(bundles, kind, tmp_path):
    accepted = []
    for number, (forge, words) in enumerate([*FORGED[kind], *NO_FILES]):
        folder = Path(shutil.copytree(bundles / kind, tmp_path / str(number)))
        forge(folder)
        if verify(folder, [], []) is None:
            accepted.append(words)
    assert accepted == []


def test_it_refuses_what_the_keys_of_the_reader_refuse(bundles, bundle_school, tmp_path):
    accepted = []
    for number, (forge, named, words) in enumerate(FORGED_FOR_A_READER):
        folder = Path(shutil.copytree(bundles / "campaign", tmp_path / str(number)))
        forge(folder, bundle_school)
        if verify(folder, named(folder, bundle_school), []) is None:
            accepted.append(words)
    assert accepted == []


def test_it_refuses_every_bad_zip_file(bundle_school, tmp_path):
    accepted = []
    for number, (spoil, words) in enumerate(BAD_ZIPS):
        path = Path(shutil.copy(bundle_school.folder / "all.zip", tmp_path / f"{number}.zip"))
        spoil(path)
        if verify(path, [], []) is None:
            accepted.append(words)
    assert accepted == []


def test_it_compares_with_the_keys_and_checkpoints_of_the_reader(bundles, bundle_school):
    assert verify(bundles / "campaign", [], [bundle_school.early.read_bytes()]) is None
    assert verify(bundles / "delivery", [], [bundle_school.early.read_bytes()])
    sign_newest(bundles / "campaign", bundle_school.retired)
    assert verify(bundles / "campaign", [], [])
    sign_newest(bundles / "all", STRANGER)
    assert verify(bundles / "all", [bundle_school.key], [])


# Bundles of a number.


@pytest.mark.parametrize("kind", ["narrow", "complete"])
def test_it_accepts_bundles_of_a_number(number_school, kind):
    for bundle in (number_school.folder / kind, number_school.folder / f"{kind}.zip"):
        assert verify(bundle, [], []) is None
    early = number_school.early.read_bytes()
    assert verify(number_school.folder / "complete", [], [early]) is None


def test_it_accepts_a_bundle_of_a_number_that_hides_one_event(number_bundles):
    hide_other(number_bundles / "complete")
    assert verify(number_bundles / "complete", [], []) is None


@pytest.mark.parametrize("kind", ["narrow", "complete"])
def test_it_refuses_every_forged_bundle_of_a_number(number_bundles, kind, tmp_path):
    accepted = []
    for number, (forge, words) in enumerate([*FORGED_PAGES, *OTHER_FORGERIES[kind]]):
        folder = Path(shutil.copytree(number_bundles / kind, tmp_path / str(number)))
        forge(folder)
        if verify(folder, [], []) is None:
            accepted.append(words)
    assert accepted == []


@pytest.mark.parametrize("members", STATES)
def test_the_content_of_an_event_has_one_reading(number_bundles, members):
    add_to_state(number_bundles / "narrow", members)
    assert (verify(number_bundles / "narrow", [], []) is None) is STATES[members]


def test_it_refuses_an_event_of_its_deliveries_that_names_another_contact(world):
    world.launch([BEN])
    world.send()
    assert verify(misattributed(world), [], [])
