"""A batch's folder as read: its record, its tables out of the store, the ground to draw on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from assets.issues import InputError, Issue
from maps.runs import RunFrames, read_run
from optimise.robust.judged import FOUND
from optimise.store import StoreFrames, open_store

BASE = "base"
STORE = "store.sqlite"
#: Left in the folder where robustness was worked out; a row for each plan and scenario.
REGRET = "robust_regret.csv"
#: And what it was worked out of.
STUDY = "robust.json"
REGRET_NUMBERS = ("value", "best", "bound", "regret_low", "regret_high")


@dataclass(frozen=True)
class BatchRuns:
    """A batch as read.

    Attributes:
        record: ``batch.json``.
        frames: the store's tables of its runs, the base first, then as ``batch.json`` lists them.
        ground: the base's run folder, for land, roads and names; None where there is no plan
            whose folder could be read.
        regret: plan, scenario, value, best, bound, regret_low, regret_high, status, broken; empty
            where robustness was not worked out.
    """

    record: Mapping[str, Any]
    frames: StoreFrames
    ground: RunFrames | None
    regret: pd.DataFrame

    @property
    def runs(self) -> pd.DataFrame:
        """The store's ``runs``: a row per scenario."""
        return self.frames.runs

    @cached_property
    def found(self) -> pd.DataFrame:
        """Those of `runs` that have a plan."""
        chosen: pd.DataFrame = self.runs[self.runs["status"].isin(FOUND)]
        return chosen


def read_batch(folder: Path) -> BatchRuns:
    """Read a batch's folder, whatever of it is there yet.

    Raises:
        InputError: it is no batch's folder, or its store cannot be read.
    """
    record = _record(folder / "batch.json")
    with open_store(folder / STORE) as store:
        store.collect()
        frames = store.frames()
    frames = _in_order(frames, record)
    return BatchRuns(record, frames, _ground(folder, frames), _regret(folder, frames.runs))


def _record(path: Path) -> dict[str, Any]:
    remedy = "name the folder that `batch` wrote"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not isinstance(found.get("scenarios"), list):
            raise ValueError("it lists no scenarios")
    except (OSError, ValueError) as error:
        text = f"{path.parent} is no batch: batch.json cannot be read ({error})"
        raise InputError(Issue("batch.not_a_batch", text, (str(path),), remedy)) from None
    return found


def _in_order(frames: StoreFrames, record: Mapping[str, Any]) -> StoreFrames:
    """The base, then the scenarios as the batch lists them; runs of neither stay out."""
    names = [str(one["name"]) for one in record["scenarios"]]
    place = {BASE: 0} | {f"scenarios/{name}": n for n, name in enumerate(names, start=1)}
    runs = frames.runs
    known = runs[runs["run_id"].isin(list(place))]
    order = known["run_id"].map(place)
    runs = known.assign(_at=order).sort_values("_at", ignore_index=True).drop(columns="_at")
    # What they are called now: the plan of one whose title alone was changed stays as it was.
    titles = {f"scenarios/{one['name']}": str(one.get("title", "")) for one in record["scenarios"]}
    runs["title"] = runs["run_id"].map(titles).fillna(runs["title"])
    parts = {
        name: getattr(frames, name)[getattr(frames, name)["run_id"].isin(runs["run_id"])]
        for name in ("scenario_keys", "standards", "targets", "decisions", "money_years", "inputs")
    }
    # A building is told as the base's list has it, or the first run's that has it.
    lists = {key: n for n, key in enumerate(dict.fromkeys(runs["estate_key"]))}
    buildings = frames.buildings[frames.buildings["estate_key"].isin(list(lists))]
    buildings = buildings.sort_values(
        "estate_key", key=lambda keys: keys.map(lists), kind="stable", ignore_index=True
    )
    return StoreFrames(runs=runs, buildings=buildings, **parts)


def _ground(folder: Path, frames: StoreFrames) -> RunFrames | None:
    """The first run folder that can be drawn on, the base's before all others."""
    found = frames.runs.loc[frames.runs["status"].isin(FOUND), "run_id"]
    for run_id in sorted(found, key=lambda one: (one != BASE, one)):
        try:
            return read_run(folder / run_id)
        except InputError:
            continue
    return None


def _regret(folder: Path, runs: pd.DataFrame) -> pd.DataFrame:
    """Regret of the plans that are there now: of a study of earlier ones nothing is shown."""
    path = folder / REGRET
    if not path.is_file() or not _is_of(folder / STUDY, runs):
        return pd.DataFrame(columns=["plan", "scenario", *REGRET_NUMBERS, "status", "broken"])
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in REGRET_NUMBERS:
        if name in frame:
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
    return frame


def _is_of(study: Path, runs: pd.DataFrame) -> bool:
    """Whether a study is of these runs, and not of what was asked in their places before."""
    try:
        studied = json.loads(study.read_text(encoding="utf-8"))["runs"]
        known = dict(zip(runs["run_id"], runs["run_key"], strict=True))
        return bool(studied) and all(
            known.get(BASE if name == BASE else f"scenarios/{name}") == key
            for name, key in studied.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
