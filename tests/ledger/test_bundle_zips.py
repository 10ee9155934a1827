"""Zip files that a verifier must not trust: each is refused, and nothing is ever unpacked."""

import shutil
import zipfile
from pathlib import Path

from kit.bad_zips import BAD_ZIPS, streamed
from kit.bundles import Answer, verified


def test_every_bad_zip_file_is_refused_with_the_reason(bundle_school, tmp_path):
    wrong = []
    for number, (spoil, words) in enumerate(BAD_ZIPS):
        path = Path(shutil.copy(bundle_school.folder / "all.zip", tmp_path / f"{number}.zip"))
        spoil(path)
        answer = verified(path)
        if answer.code != 1 or not answer.text.startswith("WRONG: ") or words not in answer.text:
            wrong.append((number, words, answer))
    assert wrong == []


def test_a_folder_that_was_zipped_again_is_right(bundle_school, tmp_path):
    again = shutil.make_archive(str(tmp_path / "again"), "zip", bundle_school.folder / "all")
    with zipfile.ZipFile(again) as file:
        assert "checkpoints/" in file.namelist()
    answer = verified(Path(again))
    assert answer.code == 0, answer.text


def test_a_zip_file_that_was_written_to_a_pipe_is_right(bundle_school, tmp_path):
    path = streamed(bundle_school.folder / "all", tmp_path / "streamed.zip")
    with zipfile.ZipFile(path) as file:
        assert {info.flag_bits for info in file.infolist()} == {8}
    answer = verified(path)
    assert answer.code == 0, answer.text


def test_a_file_that_is_no_zip_file_cannot_be_read(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear auditor")
    assert verified(tmp_path / "letter.txt") == Answer(
        1, "WRONG: the zip file cannot be read: File is not a zip file\n"
    )
    assert "cannot be read: [Errno 2]" in verified(tmp_path / "nowhere").text
