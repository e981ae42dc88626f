"""Plans as their run folders tell them, for other scenarios to be held against."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from assets.cells import without_mark
from assets.issues import InputError, Issue
from optimise.phasing.calendar import Calendar
from optimise.phasing.timetable import Timetable
from optimise.robust.judged import Candidate

RUN, FAILED, SERVICES, DECISIONS = "run.json", "failed.json", "services.csv", "decisions.csv"
#: Decisions after which a building is in use.
IN_USE = ("retain", "share", "extend", "build")
#: Columns that are read of each table.
OF_SERVICES = ("unit_id", "to_asset_id", "mode", "done_in")
OF_DECISIONS = ("asset_id", "name", "owner", "asset_type", "status", "decision", "done_in",
                "confidential")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Folder:
    """A run folder, or one that says why there is no run.

    Attributes:
        record: of run.json, or of failed.json.
        services, decisions: their columns `OF_SERVICES` and `OF_DECISIONS`, as text; empty of a
            scenario without a plan.
    """

    record: Mapping[str, Any]
    services: pd.DataFrame
    decisions: pd.DataFrame

    @property
    def status(self) -> str:
        """As `optimise.robust.judged.Case.status`."""
        return str(self.record.get("status", "no_plan"))

    @property
    def value(self) -> float:
        """Of the plan, in its goal; NaN without one."""
        return _number(self.record.get("objective"), math.nan)

    @property
    def bound(self) -> float:
        """No plan can have a better value; NaN where none is told."""
        return _number(self.record.get("bound"), math.nan)


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, (int, float)) else otherwise


def read_folder(folder: Path) -> Folder:
    """What a folder tells of a scenario's plan.

    Raises:
        InputError: it holds neither a run nor the reason of its absence, or a file of it is
            damaged; every fault.
    """
    try:
        if (folder / RUN).is_file():
            record = json.loads((folder / RUN).read_text(encoding="utf-8"))
            return Folder(record, _table(folder / SERVICES, OF_SERVICES),
                          _table(folder / DECISIONS, OF_DECISIONS))  # fmt: skip
        record = json.loads((folder / FAILED).read_text(encoding="utf-8"))
        none = pd.DataFrame()
        return Folder(record, none, none)
    except FileNotFoundError as error:
        message = f"{folder} holds no run and no reason why it has none"
        remedy = "let the batch finish, or leave the scenario out (--only)"
        issue = Issue("robust.no_run", message, (str(error.filename),), remedy)
        raise InputError(issue) from None
    except (OSError, ValueError, KeyError, csv.Error) as error:
        message = f"{folder} cannot be read: {error}"
        issue = Issue("robust.damaged_run", message, (str(folder),), "run the scenario again")
        raise InputError(issue) from error


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Columns of a table as text, as they were before they were made safe for spreadsheets.

    Raises:
        ValueError: one is not there.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}")
    return frame[list(columns)].map(without_mark)


def candidate_of(name: str, folder: Folder, calendar: Calendar, *, phased: bool) -> Candidate:
    """The plan of a run folder.

    Args:
        name: what it is to be called.
        folder: as read.
        calendar: of the run's own scenario, whose labels say when things are done.
        phased: whether that scenario is.
    """
    rows = list(folder.services.itertuples(index=False))
    placed = {str(r.unit_id): str(r.to_asset_id) for r in rows}
    aside = tuple(sorted(str(r.unit_id) for r in rows if r.mode == "outreach"))
    if not phased:
        return Candidate(name, placed, aside)
    period = {calendar.label(p): p for p in calendar.all}
    changed = {str(r.unit_id): period[str(r.done_in)] for r in rows if r.done_in}
    done = [r for r in folder.decisions.itertuples(index=False) if r.done_in]
    released = {str(r.asset_id): period[str(r.done_in)] for r in done if r.decision == "dispose"}
    works = {str(r.asset_id): period[str(r.done_in)] for r in done if r.decision != "dispose"}
    return Candidate(name, placed, aside, Timetable(changed, released, works))


def decisions_of(run_id: str, folder: Folder) -> pd.DataFrame:
    """The rows of a run that `optimise.robust.kept.kept_counts` counts."""
    table = folder.decisions
    standing = (table["decision"] == "out_of_scope") & (table["status"] != "candidate")
    used = table["decision"].isin(IN_USE) | standing
    made = table[["asset_id", "decision"]].assign(in_use_after=used.astype(int))
    made.insert(0, "run_id", run_id)
    return made
