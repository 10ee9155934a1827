"""What the report of a whole campaign takes, in each format: processor time, and memory."""

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.measuring import Figure, Reach, figure, in_turn
from bench.setting import Setting, opened
from kit.world import World
from webapp.reports.files import ReportForm, text_parts
from webapp.reports.report import CampaignReport, ReportOrder
from webapp.reports.workbook import write_workbook

_REACHES = {ReportForm.CSV: 1.5, ReportForm.XLSX: 8.0}
"""Seconds of processor time, for 100,000 contacts."""
_MOST_MEMORY = 30.0
_RESET_PEAK = "5"
"""Written to `clear_refs`, it lets the peak begin again at what is resident."""


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark; on SQLite."""
    reported, scale = setting.reported, setting.scale
    peaks: dict[str, list[float]] = {form: [] for form in _REACHES}
    with opened(reported.url) as world:
        world.app.views.catch_up()
        world.app.views.follow()
        works = {
            form: partial(
                _measured, peaks[form], partial(_write, world, reported.campaign_id, form)
            )
            for form in _REACHES
        }
        rounds = in_turn(works, scale.rounds)
    for form, seconds in rounds.items():
        what = f"report of {scale.deliveries:,} contacts as {form.upper()}"
        reach = Reach(_REACHES[ReportForm(form)], "s", is_most=True)
        yield figure(what, "–", reach, seconds, "processor time; cells of the file, status, times")
        reach = Reach(_MOST_MEMORY, "MB", is_most=True)
        told = "the peak while it is written, beyond what was resident before"
        yield figure(f"{what}: memory", "–", reach, peaks[form], told)


def _measured(peaks: list[float], write: Callable[[], None], _number: int) -> float:
    """Return the processor time of one file, and keep by how much memory grew meanwhile."""
    Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
    before, began = _megabytes("VmRSS"), time.process_time()
    write()
    used = time.process_time() - began
    peaks.append(_megabytes("VmHWM") - before)
    return used


def _megabytes(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (each for each in lines if each.startswith(name))
    return int(line.split()[1]) / 1024


def _write(world: World, campaign_id: str, form: ReportForm) -> None:
    order = ReportOrder(campaign_id=campaign_id, up_to=world.app.ledger.reader.head())
    report = CampaignReport(world.app, order)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "report").open("wb") as file:
        if form is ReportForm.XLSX:
            write_workbook(report, file, folder=Path(folder))
            return
        for part in text_parts(report, form):
            file.write(part.encode())
