"""Files that are written whole or not at all."""

import os
import stat

import pytest

from ledger import atomic_file


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mark"


@pytest.fixture
def synced(monkeypatch, path):
    """What is brought to the disk, in order: a folder's names, or the content of `path` then."""
    seen = []

    def fsync(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        seen.append(("folder" if is_folder else "file", path.exists() and path.read_text()))

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def replace(path, content):
    with atomic_file.replacing(path) as file:
        file.write(content)


def begin_to_replace(path, content):
    with atomic_file.replacing(path) as file:
        file.write(content)
        raise ValueError("interrupted")


def permissions(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(path):
    return [file.name for file in path.parent.iterdir()]


def test_a_file_is_replaced(path):
    path.write_text("old, and longer than the new one")
    replace(path, b"new")
    assert path.read_text() == "new"
    assert names(path) == ["mark"]


def test_a_file_is_replaced_that_was_not_there(path):
    replace(path, b"new")
    assert path.read_text() == "new"


def test_the_old_file_stays_until_the_new_one_is_whole(path):
    path.write_text("old")
    with atomic_file.replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"


def test_an_interrupted_replacement_leaves_the_old_file_alone(path):
    path.write_text("old")
    with pytest.raises(ValueError, match="interrupted"):
        begin_to_replace(path, b"half of the n")
    assert path.read_text() == "old"
    assert names(path) == ["mark"]


def test_a_replacement_is_on_the_disk_before_its_name_is(path, synced):
    path.write_text("old")
    replace(path, b"new")
    assert synced == [("file", "old"), ("folder", "new")]


def test_a_file_is_created(path):
    atomic_file.create(path, b"first")
    assert path.read_text() == "first"
    assert names(path) == ["mark"]


def test_a_file_that_exists_is_not_created_again(path):
    atomic_file.create(path, b"first")
    with pytest.raises(FileExistsError):
        atomic_file.create(path, b"second")
    assert path.read_text() == "first"
    assert names(path) == ["mark"]


def test_a_created_file_is_on_the_disk_before_its_name_is(path, synced):
    atomic_file.create(path, b"first")
    assert synced == [("file", False), ("folder", "first")]


def test_only_the_owner_can_open_a_file_whatever_the_umask(path):
    umask = os.umask(0)
    try:
        atomic_file.create(path, b"secret")
        assert permissions(path) == 0o600
        path.chmod(0o644)
        replace(path, b"another")
    finally:
        os.umask(umask)
    assert permissions(path) == 0o600


def test_a_folder_that_is_missing_raises_an_operating_system_error(path):
    with pytest.raises(FileNotFoundError):
        atomic_file.create(path / "below" / "mark", b"")
