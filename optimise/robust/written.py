"""What a study of robustness leaves behind: robust.json, its tables, the plan's run folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from assets.cells import neutral
from optimise.plan import Plan
from optimise.robust.least import LeastWorst
from optimise.robust.study import Robustness
from optimise.robust.told import kept_sentences, least_sentence, regret_sentences
from optimise.runs import VERSION, plain, refuse_in_use, write_run

#: Names in the folder.
RECORD, BUILDINGS, REGRET, PLAN = (
    "robust.json", "robust_buildings.csv", "robust_regret.csv", "minmax",
)  # fmt: skip


def write_robust(
    folder: Path,
    found: Robustness,
    *,
    about: Mapping[str, Any],
    plan: Plan | None = None,
    draw: Callable[[Path], object] | None = None,
) -> Path:
    """Write a study into a folder.

    ``robust.json``: what was asked (``about``), the scenarios, what is proved, and all of it in
    words. ``robust_buildings.csv``: `optimise.robust.kept.kept_counts`. ``robust_regret.csv``:
    `optimise.robust.judged.regret_matrix`. ``minmax/``: the run folder of the plan of least
    worst regret, where there is one.

    Args:
        folder: to write into; other files in it stay.
        found: the study.
        about: name, source and the like, put first into the record.
        plan: of least worst regret, in the base scenario.
        draw: draws the pages of a run folder.

    Raises:
        InputError: ``minmax`` is there and is no run, or the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder / PLAN)
    # The study first: it is not to be lost where its plan cannot be written.
    _write_table(found.kept, folder / BUILDINGS)
    _write_table(found.regrets, folder / REGRET)
    text = json.dumps(plain({**about, **record_of(found)}), indent=2, ensure_ascii=False,
                      allow_nan=False)  # fmt: skip
    _write_text(text + "\n", folder / RECORD)
    if plan is not None and found.least is not None:
        said = {"robust": least_record(found.least, found)}
        write_run(plan, folder / PLAN, {}, about=said)
        if draw is not None:
            draw(folder / PLAN)
    return folder / RECORD


def refuse_folder(folder: Path) -> None:
    """Refuse a folder that cannot take a study, before its plans are looked for.

    Raises:
        InputError: it is a file, or its plan's place holds something that is no run.
    """
    refuse_in_use(folder / PLAN)


def _clear(place: Path) -> None:
    """Take away the plan of an earlier study, which may be none of this one's."""
    if (place / "run.json").is_file():
        shutil.rmtree(place)


def record_of(found: Robustness) -> dict[str, Any]:
    """A study as plain values."""
    goal = found.goal
    return {
        "groundplan": VERSION,
        "rules": found.rules,
        "goal": {"key": goal.key, "name": goal.words, "unit": goal.unit.key} if goal else None,
        "scenarios": [
            {"name": c.name, "title": c.title, "status": c.status, "reason": c.reason,
             "value": c.value, "bound": c.bound}
            for c in found.cases
        ],
        "same_plans": {name: list(others) for name, others in found.alike.items() if others},
        "worst_regret": found.worst.to_dict("records"),
        "least": least_record(found.least, found) if found.least is not None else None,
        "refused": [
            {"rule": i.rule, "message": i.message, "ids": list(i.ids), "remedy": i.remedy}
            for i in found.refused
        ],
        "words": sentences(found),
    }  # fmt: skip


def sentences(found: Robustness) -> list[str]:
    """All of it in words, for members."""
    said = kept_sentences(found.kept)
    if found.goal is not None and len(found.worst):
        said += regret_sentences(found.worst, found.cases, found.goal, found.alike, found.rules)
        if found.least is not None:
            said.append(least_sentence(found.least, found.goal))
    return said


def least_record(least: LeastWorst, found: Robustness) -> dict[str, Any]:
    """What is proved of the plan of least worst regret, and over which scenarios."""
    return {
        "status": least.status,
        "worst_regret_low": least.worst_low,
        "worst_regret_high": least.worst_high,
        "bound": least.bound,
        "gap": least.gap,
        "gap_asked": least.gap_asked,
        "unit": found.goal.unit.key if found.goal is not None else "",
        "rules": found.rules,
        "scenarios": list(least.scenarios),
        "in_program": list(least.in_program),
        "each": [
            {"scenario": j.scenario, "status": j.status, "value": j.value, "broken": j.words}
            for j in least.judged
        ],
        "model": {"rows": least.rows, "columns": least.columns},
        "searches": least.searches,
        "seconds": round(least.seconds, 3),
    }


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            # A lone carriage return would end the row for readers: the writer does not quote it.
            safe[column] = safe[column].map(neutral).replace(r"\r\n?", "\n", regex=True)
    _write_text(safe.to_csv(index=False, lineterminator="\n"), path)


def _write_text(text: str, path: Path) -> None:
    """A file that is there whole or not at all."""
    made = path.with_name(f".{path.name}.new")
    made.write_text(text, encoding="utf-8", newline="")
    os.replace(made, path)
