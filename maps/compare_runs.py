"""`compare.html` of runs: maps in step, tables of what differs, and whether they may be compared.

One file that needs no network. What the runs differ in besides the option stands at its head,
before any figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from assets.issues import InputError, Issue
from maps import overlays, report, style
from maps.audience import seen_by
from maps.baselines import Drift, drifts, refuse_drifts, refuse_strangers
from maps.beside import is_public
from maps.differences import drift_table, tables
from maps.figure import inlined, leaflet_script, leaflet_style
from maps.inline import static_text, template, write_whole
from maps.page import band_rows, change_shades, framed
from maps.runs import RunFrames, read_run
from maps.tables.frames import records
from maps.tables.table import cells

MOST = 6
SCRIPTS = ("kit.js", "county.js", "compare_runs.js", "document.js")
STYLES = ("plan.css", "document.css", "compare_runs.css")
SAME_GROUND = (
    "The same layers, travel times, standards and ways of counting money stand behind every one "
    "of these plans: what differs comes of what was asked."
)
OTHER_GROUND = (
    "These plans do not stand on the same ground. What differs between them is not the option "
    "alone, and the figures below must not be read as if it were."
)


@dataclass(frozen=True)
class Compared:
    """A page that was written, and what it says of the runs' baselines.

    Attributes:
        path: the page.
        drifts: what the runs differ in besides the option; empty when they may be compared.
    """

    path: Path
    drifts: tuple[Drift, ...]


def write_run_comparison(
    run_dirs: Sequence[Path],
    out: Path,
    *,
    audience: str = "exempt",
    strict: bool = False,
    labels: Sequence[str] = (),
) -> Compared:
    """Write one page that sets runs beside each other, whole or not at all.

    Args:
        run_dirs: two to six run folders of one estate; changes are told against the first.
        out: the page.
        audience: ``exempt``, or ``public``: without sums of money and what is confidential.
        strict: refuse runs whose baselines differ, where else the page says so.
        labels: a short name of each run, distinct; none = their folders'.

    Raises:
        InputError: too few or too many runs, one twice, damaged ones, different estates; with
            ``strict`` every difference of the baselines; the page cannot be written.
    """
    _refuse_numbers(run_dirs)
    labels = list(labels) or labels_of(run_dirs)
    runs = [read_run(folder) for folder in run_dirs]
    refuse_strangers(runs, labels)
    found = drifts(runs)
    if strict:
        refuse_drifts(found, labels)
    page = comparison_page(seen_by(runs, audience), labels, found)
    return Compared(write_whole(out, page), found)


def _refuse_numbers(run_dirs: Sequence[Path]) -> None:
    ids = tuple(str(folder) for folder in run_dirs)
    if not 2 <= len(ids) <= MOST:
        text = f"{len(ids)} runs cannot be set beside each other"
        remedy = f"name two to {MOST} run folders"
        raise InputError(Issue("compare.number_of_runs", text, ids, remedy))
    often = Counter(folder.resolve() for folder in run_dirs)
    twice = tuple(str(folder) for folder, n in often.items() if n > 1)
    if twice:
        text, remedy = "a run is named more than once", "name each run folder once"
        raise InputError(Issue("compare.same_run", text, twice, remedy))


def labels_of(run_dirs: Sequence[Path]) -> list[str]:
    """A short name for each run: its folder's, with as much before it as tells them apart."""
    paths = [folder.resolve() for folder in run_dirs]
    names = ["/".join(path.parts[-1:]) for path in paths]
    depth = 1
    while len(set(names)) < len(names) and depth < max(len(path.parts) for path in paths):
        depth += 1
        names = ["/".join(path.parts[-depth:]) for path in paths]
    return names


def comparison_page(
    runs: Sequence[RunFrames], labels: Sequence[str], found: Sequence[Drift]
) -> str:
    """The whole page as text; the same runs always give the same bytes.

    Args:
        runs: two or more, all for one audience.
        labels: a short name of each, distinct.
        found: `maps.baselines.drifts` of the runs as read.
    """
    public = is_public(runs)
    scripts = [leaflet_script(), *map(static_text, SCRIPTS)]
    styles = [leaflet_style(), *map(static_text, STYLES)]
    standards = common_standards(runs)
    titles = list(dict.fromkeys(str(run.summary["title"]) for run in runs))
    return template("compare_runs.html", {"cells": cells}).render(
        title=titles[0] if len(titles) == 1 else "Plans beside each other",
        runs=[
            {"label": label, "title": run.summary["title"], "proof": report.proof(run.summary)}
            for label, run in zip(labels, runs, strict=True)
        ],
        verdict=OTHER_GROUND if found else SAME_GROUND,
        drifts=drift_table(found, labels, public=public) if found else None,
        tables=tables(runs, labels, found),
        standards=standards,
        decisions=_decisions(),
        public=public,
        has_cells=bool(standards) and len(runs[0].layers["cells"]) > 0,
        **inlined(scripts, styles, data=page_data(runs, labels, standards=standards)),
    )


def common_standards(runs: Sequence[RunFrames]) -> list[dict[str, Any]]:
    """Standards that every run measures in one unit, with the shades of their minutes."""
    told = [{row["id"]: row for row in report.standards(run.summary)} for run in runs]
    return [
        {
            "id": sid,
            "title": row["title"],
            "unit": row["unit"],
            "bands": band_rows(row["threshold"], row["unit"]),
        }
        for sid, row in told[0].items()
        if all(sid in one and one[sid]["unit"] == row["unit"] for one in told[1:])
    ]


def page_data(
    runs: Sequence[RunFrames], labels: Sequence[str], *, standards: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Everything the page's script draws from; shapes are those of the first run.

    Args:
        runs: two or more, all for one audience.
        labels: a short name of each, distinct.
        standards: `common_standards` of the runs.
    """
    first, ids = runs[0], [s["id"] for s in standards]
    layers = first.layers
    places = _everywhere(runs)
    shapes = overlays.cells(layers["cells"], [])
    areas = overlays.areas(layers["areas"], first.cover, [])
    return {
        "runs": list(labels),
        "bounds": framed(layers, places),
        "decisions": _decisions(),
        "standards": standards,
        **change_shades(),
        "buildings": buildings(runs, places),
        "cells": {key: shapes[key] for key in ("shapes", "names", "people")},
        "times": [times(run, first, ids) for run in runs],
        "areas": [{key: area[key] for key in ("id", "name", "shape")} for area in areas],
        "outline": overlays.outline(layers["outline"]),
        "roads": [road for road in overlays.roads(layers["roads"]) if road["zoom"] == 0],
        "places": [place for place in overlays.places(layers["places"]) if place["zoom"] == 0],
        "attribution": report.attribution(first.summary, has_roads=len(layers["roads"]) > 0),
    }


def _decisions() -> list[dict[str, Any]]:
    """How decisions are drawn."""
    return [
        {"key": d.key, "label": d.label, "colour": d.colour, "shape": d.shape, "size": d.size}
        for d in (*style.DECISIONS, style.OTHER_DECISION)
    ]


def _everywhere(runs: Sequence[RunFrames]) -> pd.DataFrame:
    """A row for each building of any run; of public runs, for each that is in all of them."""
    every = pd.concat([run.decisions for run in runs], ignore_index=True)
    found = every.drop_duplicates("asset_id").sort_values("asset_id").reset_index(drop=True)
    if is_public(runs):
        for run in runs:
            found = found[found["asset_id"].isin(run.decisions["asset_id"])]
    chosen: pd.DataFrame = found
    return chosen


def buildings(runs: Sequence[RunFrames], places: pd.DataFrame) -> list[dict[str, Any]]:
    """Buildings with, for each run, the decision (None = not in it), when, and what they hold."""
    at = overlays.point_degrees(places)
    told = [_decided(run.decisions) for run in runs]
    held = [_held(run.services) for run in runs]
    known = {d.key for d in style.DECISIONS}
    out = []
    for row in places.to_dict("records"):
        aid = row["asset_id"]
        here = [one.get(aid) for one in told]
        out.append(
            {
                "id": aid,
                "name": row["name"],
                "kind": style.asset_words(row["asset_type"]),
                "at": at[aid],
                "key": [None if d is None else d[0] if d[0] in known else "other" for d in here],
                "words": [None if d is None else d[1] for d in here],
                "holds": [one.get(aid, "") for one in held],
            }
        )
    return out


def _decided(decisions: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """asset_id -> key of the decision, and its words with the year."""
    when = decisions["done_in"] if "done_in" in decisions else [""] * len(decisions)
    return {
        aid: (key, f"{style.decision_style(key).label}{f', {year}' if year else ''}")
        for aid, key, year in zip(decisions["asset_id"], decisions["decision"], when, strict=True)
    }


def _held(services: pd.DataFrame) -> dict[str, str]:
    """asset_id -> the services it holds after the plan, in words."""
    held = services[services["to_asset_id"] != ""].sort_values(["service_type", "unit_id"])
    return {
        str(aid): "; ".join(overlays.unit_text(unit) for unit in records(units))
        for aid, units in held.groupby("to_asset_id", sort=True)
    }


def times(
    run: RunFrames, first: RunFrames, standard_ids: Sequence[str]
) -> Mapping[str, Mapping[str, Any]]:
    """Minutes of each standard before and after, in the order of the first run's cells."""
    frame = run.layers["cells"]
    if not len(frame) or not len(first.layers["cells"]):
        return {}
    order = first.layers["cells"].sort_values("demand_id")["demand_id"]
    placed = frame.drop_duplicates("demand_id").set_index("demand_id").reindex(order)
    told = {sid: overlays.times_of(placed, sid) for sid in standard_ids}
    return {sid: {key: one[key] for key in ("before", "after")} for sid, one in told.items()}
