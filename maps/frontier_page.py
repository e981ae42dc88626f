"""`frontier.html`: a trade-off curve on one page, each point a plan one click away.

One file that needs no network, made from the frontier's folder alone: its record, its table and
the decisions of each point's run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from assets.issues import InputError, Issue
from maps import style
from maps.charts import frontiers
from maps.charts.chart import Chart
from maps.figure import inlined
from maps.inline import static_text, template, write_whole
from maps.tables.table import Column, Row, Table, cells

SCRIPTS = ("kit.js", "frontier.js", "document.js")
STYLES = ("plan.css", "document.css", "charts.css", "frontier.css")
#: What a building comes to be, where plans differ in it.
NOT_THERE = "not in it"
#: The decision by which a building is let go.
LET_GO = "dispose"


def write_frontier_page(folder: Path) -> Path:
    """Write the page of a frontier's folder, whole or not at all.

    Raises:
        InputError: the folder is no frontier, or is damaged; the page cannot be written.
    """
    return write_whole(folder / "frontier.html", frontier_page(folder))


def frontier_page(folder: Path) -> str:
    """The whole page as text; the same folder always gives the same bytes.

    Raises:
        InputError: the folder is no frontier, or is damaged.
    """
    try:
        record = json.loads((folder / "frontier.json").read_text(encoding="utf-8"))
        table = pd.read_csv(folder / "frontier.csv")
        decided = {
            int(p["point"]): _decisions((folder / p["run"]).parent / "decisions.csv")
            for p in record["points"]
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            Issue("frontier.unreadable", f"{folder} is no whole frontier: {error}", (str(folder),),
                  "make it again with the command frontier")
        ) from error  # fmt: skip
    return _page(record, table, decided)


def _decisions(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, keep_default_na=False, dtype={"asset_id": str})
    return frame.set_index("asset_id")[["name", "decision"]]


def _page(
    record: Mapping[str, Any], table: pd.DataFrame, decided: Mapping[int, pd.DataFrame]
) -> str:
    scripts = [*map(static_text, SCRIPTS)]
    return template("frontier.html", {"cells": cells}).render(
        title=record["title"],
        headline=record["headline"],
        axes=record["axes"],
        freed=record["freed"],
        stopped=record["state"] == "stopped",
        charts=charts(table, record.get("levels", ())),
        points=points_table(record),
        prices=prices_table(record),
        steps=steps_table(record),
        changes=changes_tables(record, decided),
        **inlined(scripts, [*map(static_text, STYLES)], data={}),
    )


def charts(table: pd.DataFrame, levels: Sequence[Mapping[str, Any]] = ()) -> tuple[Chart, ...]:
    """The curve; of three figures, the plans by the first two, then a curve for each level."""
    with_plan = table.dropna(subset=["x_value", "y_value"])
    made = frontiers.of_frame(with_plan) if len(with_plan) else ()
    rows = with_plan.set_axis(with_plan["point"].to_list())
    return made + frontiers.of_levels(
        [
            (level["words"], rows.loc[level["points"]].assign(y_bound=level["y_bounds"]))
            for level in levels
        ]
    )


def points_table(record: Mapping[str, Any]) -> Table:
    """A row for each point: its figures, how far from the best they can be, its plan."""
    axes, letters = record["axes"], "xyz"
    columns = [Column("plan", "Plan", links="run")]
    for letter, axis in zip(letters, axes, strict=False):
        kind = frontiers.kind_of(axis["unit"])
        columns.append(Column(f"{letter}_value", axis["name"], kind))
        note = "the best not ruled out beside the others"
        columns.append(Column(f"{letter}_bound", "At best", kind, note=note))
    columns += [
        Column("gap", "Short of the best by at most", "share", note="of the figure itself"),
        Column("gap_of_range", "The same", "share", note="of the whole range of the curve"),
        Column("note", "Standing"),
    ]
    rows = [
        {**p, "plan": f"Plan {p['point']}", "marked": p["choice"] == "no"}
        for p in record["points"]
    ]  # fmt: skip
    return Table(
        "points",
        "The plans",
        "Each is a whole plan that keeps every other rule: follow its name to its own page. "
        f"“At best” is what the search could not rule out; where the two are equal, the plan is "
        f"proved the best. “Not surely” means that one near another of these, better in both, "
        f"is not ruled out. “Short of the best” is of {_lower(axes[1]['name'])}.",
        tuple(columns),
        tuple(rows),
        empty="No plan was found.",
    )


def prices_table(record: Mapping[str, Any]) -> Table:
    """What each step from choice to choice costs."""
    levels = record.get("levels", ())
    columns = (
        *([Column("level", "Where there is", filters=True)] if levels else ()),
        Column("step", "Step"),
        Column("words", "What it costs"),
        Column("each", "At that price"),
    )
    priced = [("", p) for p in record["prices"]]
    priced += [(level["words"], p) for level in levels for p in level["prices"]]
    rows = tuple(
        {"level": where, "step": f"Plan {p['from']} to plan {p['to']}", "words": f"{p['words']}.",
         "each": p["each"]}
        for where, p in priced
    )  # fmt: skip
    return Table(
        "prices",
        "What more costs",
        "From one choice to the next. The first sum is between the two plans; in brackets, what "
        "it can be between the best plans there are, for all that is proved.",
        columns,
        rows,
        empty="There are not two choices to price a step between.",
    )


def steps_table(record: Mapping[str, Any]) -> Table:
    """Steps that have no plan of their own, and why."""
    rows = tuple({"words": s["words"]} for s in record["steps"] if s["words"])
    lead = "Steps that were asked for and have no plan of their own."
    return Table("steps", "Other steps", lead, (Column("words", "Step"),), rows)


def changes_tables(
    record: Mapping[str, Any], decided: Mapping[int, pd.DataFrame]
) -> tuple[Table, ...]:
    """For each pair of neighbouring choices, the buildings that they decide differently."""
    chosen = [int(p["point"]) for p in record["points"] if p["choice"] == "yes"]
    return tuple(_changes(one, other, decided) for one, other in pairwise(chosen))


def _changes(one: int, other: int, decided: Mapping[int, pd.DataFrame]) -> Table:
    pair = [decided[n].add_suffix(f"_{letter}") for n, letter in ((one, "a"), (other, "b"))]
    both = pair[0].join(pair[1], how="outer").fillna("")
    differ = both[both["decision_a"] != both["decision_b"]].sort_index()
    rows: Sequence[Row] = [
        {
            "name": row["name_a"] or row["name_b"],
            "asset_id": str(aid),
            "a": _words(row["decision_a"]),
            "b": _words(row["decision_b"]),
        }
        for aid, row in differ.iterrows()
    ]
    gone = [{aid for aid, d in decided[n]["decision"].items() if d == LET_GO}
            for n in (one, other)]  # fmt: skip
    lead = (
        f"{len(gone[1] - gone[0])} let go only in plan {other}, "
        f"{len(gone[0] - gone[1])} let go only in plan {one}."
    )
    columns = (
        Column("name", "Building"),
        Column("asset_id", "Id"),
        Column("a", f"In plan {one}", filters=True),
        Column("b", f"In plan {other}", filters=True),
    )
    title = f"From plan {one} to plan {other}"
    empty = "The two decide every building alike; services or extensions differ."
    return Table(f"changes-{one}-{other}", title, lead, columns, tuple(rows), empty=empty)


def _words(decision: str) -> str:
    return style.decision_style(decision).label if decision else NOT_THERE


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
