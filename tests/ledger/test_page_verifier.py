"""The page on bundles is enough: a verifier written from it alone agrees with `verify.py`."""

import shutil
from pathlib import Path

import pytest

from kit.bad_zips import BAD_ZIPS
from kit.bundles import verified
from kit.forged_bundles import FORGED, FORGED_FOR_A_READER, NO_FILES, STRANGER, sign_newest
from kit.page_verifier import verify


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
