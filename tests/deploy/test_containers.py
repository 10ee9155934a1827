"""The Dockerfile and the compose file: what can be said of them without a container."""

import json
import re
from pathlib import Path

from test_docs import ROOT, exists

WORDS = re.compile(r'(?:^CMD|command:) (\["(?!python|CMD).*\])$', re.MULTILINE)


def test_what_the_image_copies_exists_and_is_not_ignored(deploy: Path):
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (deploy / "Dockerfile").read_text(), re.MULTILINE
    )
    names = {name for words in copied for name in words.split()}
    allowed = re.findall(r"^!(.+)$", (deploy / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert names == set(allowed)
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_containers_run_commands_with_options_that_exist(deploy: Path):
    texts = [(deploy / name).read_text() for name in ("Dockerfile", "compose.yaml")]
    commands = [json.loads(words) for text in texts for words in WORDS.findall(text)]
    assert [words[0] for words in commands] == ["up", "serve", "send"]
    assert [words for words in commands if not exists(words)] == []


def test_the_image_has_the_python_that_the_program_needs(deploy: Path):
    least = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    images = re.findall(
        r"^FROM python:3\.(\d+)-", (deploy / "Dockerfile").read_text(), re.MULTILINE
    )
    assert least
    assert len(images) == 2
    assert all(int(minor) >= int(least.group(1)) for minor in images)
