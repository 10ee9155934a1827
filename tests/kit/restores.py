"""A school whose ledger is restored again and again, and a Twilio that promises nothing.

A story is drawn from a seed: backups, passes of the sender that are killed, restores of the ledger
alone, of all data, of the whole machine or on a new one. The stand-in's list has any order, its
texts have other words or none, and its clock is wrong. No callback ever arrives.
"""

import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from kit.commands import SchoolInProcess
from kit.processes import ACCOUNT, TOKEN, reserve_port
from kit.store import ledger_file
from webapp.standin import ListOrder, StandIn, StandInSettings, StoredBody
from webapp.standin.message import Message, Moment

STEPS = 12
_GUARD = "ledger.sender"
_PEOPLE = [f"P{number},+1415557{2000 + number}" for number in range(14)]
_MESSAGES = [
    "Hello {{first_name}}, it\u2019s \u201cField Day\u201d \u2013 tomorrow",
    "The bus is late, {{first_name}}\u2026",
    "The bus is late, {{first_name}}\u2026",
]
_CLOCKS = (0, 20, -600, 600, 3 * 3600, -3 * 3600)


def unpromising_twilio(seed: int) -> StandInSettings:
    """The settings of a stand-in that differs from Twilio in nothing that Twilio promises."""
    chance = Random(seed)
    return StandInSettings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        list_order=chance.choice(list(ListOrder)),
        stored_body=chance.choice(list(StoredBody)),
        clock_ahead_seconds=chance.choice(_CLOCKS),
        pace_seconds=chance.choice((0.0, 0.2, 7200.0)),
    )


class RestoredSchool:
    """Plays one story; `check` says what went wrong in it."""

    def __init__(self, folder: Path, standin: StandIn, seed: int) -> None:
        self._chance = Random(seed)
        self._standin = standin
        self._backups: list[Path] = []
        self._folder = folder / "school"
        self._folder.mkdir()
        self._school = SchoolInProcess(
            self._folder,
            reserve_port(),
            standin.url,
            {"LEDGER_SECRET_KEY": "a secret for the tests alone"},
        )
        self.done: list[str] = []

    def play(self) -> None:
        """Launch, then take steps; in the end everything is sent that may be sent."""
        self._launch()
        self._back_up()
        steps = [self._send, self._send, self._kill, self._back_up, self._restore, self._restore]
        steps.append(self._another_program)
        for _ in range(STEPS):
            step = self._chance.choice([*steps, self._launch])
            self.done.append(step.__name__)
            step()
        self._send()
        self._send()

    def texts_by_delivery(self) -> Counter[str]:
        """How many texts Twilio was given for each delivery."""
        return Counter(
            text.status_callback.partition("#")[0].split("/")[-3]
            for text in self._standin.messages()
            if text.status_callback
        )

    def forgotten(self) -> list[str]:
        """The deliveries that still wait, or count as sent to a number that got no text.

        A number may have got the same words by another campaign, which was lost: then nobody can
        tell the two texts apart.
        """
        texted = {text.to for text in self._standin.messages()}
        return [
            row["delivery_id"]
            for campaign in self._read("campaign", "list")
            for row in self._read("campaign", "contacts", campaign["id"])
            if row["status"] == "pending" and not row["attempts"]
            if row["message_status"] is None or row["phone"] not in texted
        ]

    # Steps.

    def _launch(self) -> None:
        people = self._chance.sample(_PEOPLE, self._chance.randrange(2, 9))
        self._school.launch(*people, message=self._chance.choice(_MESSAGES))

    def _send(self) -> None:
        """One pass; where sending is stopped, what the guide says to do, and another pass."""
        done = self._school.run("send", "--once")
        assert done.returncode == int("Sending is off" in done.stderr), done.stderr
        if done.returncode:
            self._reconcile()
            assert self._school.run("send", "--once").returncode == 0

    def _reconcile(self) -> None:
        done = self._school.run("reconcile")
        assert done.returncode == 0, done.stderr
        for row in self._read("decision", "list"):
            self._school.run("decision", "let-be", row["delivery_id"])
        if self._school.run("sending", "allow").returncode:
            allowed = self._school.run("sending", "allow", "--despite-missing")
            assert allowed.returncode == 0, allowed.stderr

    def _kill(self) -> None:
        """A sender that is killed after some texts, in the middle of whatever it does."""
        before = len(self._standin.messages())
        with self._school.running("send") as sender:
            self._wait_for_texts(before + self._chance.randrange(4), sender)
            sender.send_signal(signal.SIGKILL)
            sender.wait()

    def _wait_for_texts(self, count: int, sender: "subprocess.Popen[str]") -> None:
        for _ in range(15):
            if len(self._standin.messages()) >= count:
                return
            try:
                sender.wait(0.1)
            except subprocess.TimeoutExpired:
                continue

    def _another_program(self) -> None:
        """Texts of the same sender to others, at any time until now: no ledger knows them."""
        for number in range(self._chance.randrange(1, 12)):
            made_at = time.time() - self._chance.choice([0, 30, 3600, 86_400])
            moments = (Moment(at=made_at, status="sent"),)
            message = Message(
                sid=f"SM{self._chance.getrandbits(128):032x}",
                account_sid=ACCOUNT,
                to=f"+14155579{number:03}",
                sender="+15005550006",
                body=self._chance.choice(_MESSAGES),
                service_sid=None,
                status_callback=None,
                created_at=made_at,
                moments=moments,
            )
            self._standin._notebook.add(message, [])

    def _back_up(self) -> None:
        backup = self._folder.parent / f"backup-{len(self._backups)}"
        shutil.copytree(self._folder, backup)
        with (
            closing(sqlite3.connect(ledger_file(self._folder))) as source,
            closing(sqlite3.connect(backup / "whole")) as target,
        ):
            source.backup(target)
        self._backups.append(backup)

    def _restore(self) -> None:
        backup = self._chance.choice(self._backups)
        kind = self._chance.choice(["ledger", "data", "machine", "new machine"])
        self.done[-1] += f" {backup.name} of {kind}"
        guard = self._folder / _GUARD
        kept = guard.read_bytes() if guard.exists() and kind in {"ledger", "data"} else None
        for file in self._folder.glob("ledger.*"):
            is_replaced = kind != "ledger" or file.name.startswith("ledger.sqlite3")
            if is_replaced and "key" not in file.name:
                file.unlink()
        if kind in {"data", "machine"}:
            for saved in backup.glob("ledger.*"):
                shutil.copy(saved, self._folder / saved.name)
        for ending in ("", "-wal", "-shm"):
            (self._folder / f"ledger.sqlite3{ending}").unlink(missing_ok=True)
        shutil.copy(backup / "whole", ledger_file(self._folder))
        if kept is not None:
            guard.write_bytes(kept)
        elif kind == "new machine":
            guard.unlink(missing_ok=True)

    # Reading.

    def _read(self, *words: str) -> Any:
        return self._school.read(*words)
