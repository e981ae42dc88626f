"""Tables of a batch's page: scenarios, those without a plan, ranges, buildings, regret. Pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from maps import style
from maps.batches.measures import Measure
from maps.batches.runs import BASE, BatchRuns
from maps.charts.frontiers import kind_of
from maps.tables.frames import records
from maps.tables.table import Column, Row, Table, shown
from optimise.robust.judged import worst_regrets
from optimise.robust.kept import kept_counts

#: Scenarios that the page lists; the others are drawn and counted all the same.
MOST_LISTED = 2_000
#: Keys of scenarios that have a column of their own; more stand together in one.
MOST_KEYS = 6
#: Longer titles of a sweep's scenarios are not shown: what differs stands beside the name.
LONGEST_TITLE = 72
STATUS_WORDS = {
    "optimal": "proved",
    "feasible": "best found in time",
    "impossible": "no plan can exist",
    "no_plan": "none found in time",
    "bad_input": "input at fault",
    "audit": "broke its own rules",
    "fault": "failed",
    "damaged": "folder damaged",
}
VERDICT_WORDS = {
    "always": "always",
    "most": "in most",
    "some": "in some",
    "few": "in few",
    "never": "never",
}


def status_words(status: str) -> str:
    """What became of a scenario, in words."""
    return STATUS_WORDS.get(status, style.words(status).lower())


def name_of(run: Any) -> str:
    """What a scenario is called: its title, and the name where that is another.

    A sweep of many keys makes titles too long to tell scenarios apart by: the name stands alone.
    """
    if run.run_id == BASE:
        return "As the file stands"
    title, name = str(run.title or ""), str(run.scenario or run.run_id)
    too_long = bool(run.sweep) and len(title) > LONGEST_TITLE
    return name if too_long or title in ("", name) else f"{title} ({name})"


def scenarios(batch: BatchRuns, figures: Sequence[Measure], keys: Sequence[Measure]) -> Table:
    """A row per scenario: what it asks, what its plan comes to, how far that is proved."""
    single = keys if len(keys) <= MOST_KEYS else []
    columns = (
        Column("name", "Scenario", picks=("scenario", "run_id")),
        Column("plan", "Plan", links="page"),
        Column("sweep", "Sweep", filters=True),
        Column("status", "Result", filters=True),
        *([] if single or not keys else [Column("differs", "What differs", paper=False)]),
        *(Column(f"asked {one.key}", one.label, one.kind, note="asked") for one in single),
        *(Column(f"has {one.key}", one.label, one.kind) for one in figures),
    )
    rows = tuple(_scenario(run, figures, keys) for run in batch.runs.head(MOST_LISTED).itertuples())
    notes = ["Choose a scenario to find it in the drawing above; its plan opens beside this page."]
    if len(batch.runs) > MOST_LISTED:
        notes.append(
            f"The first {MOST_LISTED:,} of {len(batch.runs):,} scenarios are listed; all are drawn "
            "and counted above, and `runs --csv` writes every one."
        )
    lead = "Every scenario with what it asks and what its plan comes to."
    return Table("scenarios", "The scenarios", lead, columns, rows, tuple(notes))


def _scenario(run: Any, figures: Sequence[Measure], keys: Sequence[Measure]) -> Row:
    run_id = str(run.run_id)
    return {
        "run_id": run_id,
        "name": name_of(run),
        "plan": "Open" if run.page else "",
        "page": run.page,
        "sweep": run.sweep or ("" if run_id == BASE else "named"),
        "status": status_words(str(run.status)),
        "differs": differs(run_id, keys),
        "marked": str(run.status) not in ("optimal", "feasible"),
        **{f"asked {one.key}": one.values.get(run_id) for one in keys},
        **{f"has {one.key}": one.values.get(run_id) for one in figures},
    }


def differs(run_id: str, keys: Sequence[Measure]) -> str:
    """The keys of a scenario whose value is not the base's, in words."""
    told = [
        f"{one.label}: {shown(one.values[run_id], one.kind)}"
        for one in keys
        if run_id in one.values and one.values[run_id] != one.values.get(BASE)
    ]
    return "; ".join(told)


def without_plan(batch: BatchRuns) -> Table:
    """Scenarios that have no plan, and why."""
    found = set(batch.found["run_id"])
    rows = tuple(
        {"name": name_of(run), "status": status_words(str(run.status)), "reason": run.reason}
        for run in batch.runs.itertuples()
        if run.run_id not in found
    )
    columns = (
        Column("name", "Scenario"),
        Column("status", "Result", filters=True),
        Column("reason", "Why"),
    )
    return Table(
        "without-plan", "Scenarios without a plan",
        "They count in no range and for no building.", columns, rows,
    )  # fmt: skip


def ranges(batch: BatchRuns, figures: Sequence[Measure]) -> Table:
    """From where to where each figure goes, and in which scenario."""
    names = {str(run.run_id): name_of(run) for run in batch.found.itertuples()}
    rows: list[Row] = []
    for one in figures:
        if not one.values:
            continue
        low, high = (pick(one.values, key=lambda r: one.values[r]) for pick in (min, max))
        cells = {
            "least": one.values[low],
            "most": one.values[high],
            "middle": statistics.median(one.values.values()),
            "base": one.values.get(BASE),
        }
        told = {key: shown(value, one.kind) for key, value in cells.items()}
        if one.differs:
            told |= {"least_in": names[low], "most_in": names[high]}
        rows.append({"measure": one.label, **told})
    columns = (
        Column("measure", "Figure"),
        Column("least", "Least"),
        Column("least_in", "Least in"),
        Column("middle", "Middle one"),
        Column("most", "Most"),
        Column("most_in", "Most in"),
        Column("base", "As the file stands"),
    )
    lead = "Half of the scenarios lie on either side of the middle one. No scenario weighs more."
    return Table("ranges", "From where to where", lead, columns, tuple(rows))


def buildings(batch: BatchRuns) -> tuple[Table, pd.DataFrame]:
    """How often each building is kept over all scenarios with a plan; and `kept_counts` itself."""
    counts = kept_counts(batch.frames)
    decided = counts[counts["decided"]]
    rows = tuple(
        {**row, "kind": style.asset_words(str(row.get("asset_type", ""))),
         "verdict": VERDICT_WORDS[row["verdict"]],
         "site": "built in" if row["candidate"] else "kept in"}
        for row in records(decided)
    )  # fmt: skip
    columns = (
        Column("name", "Building", picks=("building", "asset_id")),
        Column("owner", "Owner", filters=True),
        Column("kind", "Kind", filters=True),
        Column("verdict", "Kept (or built)", filters=True),
        Column("share_kept", "of the plans", "share"),
        Column("kept", "Kept or built", "count"),
        Column("gone", "Let go or not built", "count"),
        Column("decisions", "What is decided, and how often"),
    )
    notes = (
        "Always: in every scenario that has a plan. Most: in 80 % or more; some: in 20 % or more; "
        "few: in fewer. Each scenario counts once: a share is a count of what was tried, "
        "not a probability.",
    )
    lead = "Those that depend most on what is assumed come first. Over all scenarios with a plan."
    table = Table("buildings", "Buildings: always, sometimes, never", lead, columns, rows, notes,
                  empty="No scenario has a plan yet.")  # fmt: skip
    return table, counts


def regret(batch: BatchRuns) -> Table | None:
    """How far each plan stays behind the best at worst; None where that was not worked out."""
    worst = worst_regrets(batch.regret)
    if not len(worst):
        return None
    units = batch.found["objective_unit"].dropna()
    kind = kind_of(str(units.iloc[0])) if len(units) else "number"
    rows = tuple(
        {
            "plan": row["plan"],
            "low": None if math.isnan(row["worst_low"]) else row["worst_low"],
            "high": row["worst_high"] if math.isfinite(row["worst_high"]) else None,
            "worst_in": row["worst_in"],
            "holds": row["holds"],
            "breaks": row["breaks"] + row["impossible"],
            "marked": not row["everywhere"],
        }
        for row in worst.to_dict("records")
    )
    columns = (
        Column("plan", "The plan of"),
        Column("low", "Behind the best plan found, at worst", kind),
        Column("high", "Behind the best possible, at most", kind, note="blank: not known"),
        Column("worst_in", "Worst in"),
        Column("holds", "Scenarios it holds in", "count"),
        Column("breaks", "Scenarios it breaks a rule of", "count"),
    )
    lead = (
        "Had another plan been chosen, how much better could it have been at worst? Plans that "
        "hold in every scenario come first, the least regret before the rest. Scenarios that no "
        "plan is known to meet are left out."
    )
    return Table("regret", "Regret", lead, columns, rows)


def headline(batch: BatchRuns, counts: pd.DataFrame) -> list[str]:
    """The batch in sentences."""
    often = Counter(str(one) for one in batch.runs["status"])
    total, found = len(batch.runs), len(batch.found)
    waiting = len(batch.record["scenarios"]) + 1 - total
    parts = [f"{n:,} {status_words(status)}" for status, n in often.most_common()]
    told = [f"{total:,} scenarios: {', '.join(parts)}."]
    if waiting > 0:
        told.append(
            f"{waiting:,} more are still to be planned: this page is of a batch unfinished."
        )
    decided = counts[counts["decided"] & ~counts["candidate"]] if found else counts.head(0)
    if found > 1 and len(decided):
        verdicts = Counter(decided["verdict"])
        depends = len(decided) - verdicts["always"] - verdicts["never"]
        told.append(
            f"In all {found:,} that have a plan, {verdicts['always']:,} buildings are kept and "
            f"{verdicts['never']:,} let go; {depends:,} depend on what is assumed."
        )
    return told
