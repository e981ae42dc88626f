"""equality.csv of the toy runs, and gains and losses of their areas, counted from the cells.

Cells stand for groups of people in turn: the first third is the most deprived fifth, the second
the least deprived, of the last nothing is known. Nobody's disability or ethnicity is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

NO_DATA = "no area data"
BLANK = dict.fromkeys(
    (
        *("people", "total", "within_before", "within_after", "share_before", "share_after"),
        *("mean_before_min", "mean_after_min", "p90_before_min", "p90_after_min"),
        *("better", "worse", "gained", "lost", "mean_before_miles", "mean_after_miles"),
    ),
    math.nan,
)


def moved(standard_id: str, cells: pd.DataFrame) -> dict[str, float]:
    """People who gain and lose in the cells: half a minute is no change."""
    people = cells["population"].to_numpy(float)
    then, now = (
        cells[f"{standard_id}_{when}_min"].fillna(math.inf).to_numpy(float)
        for when in ("before", "after")
    )
    was, is_in = (cells[f"{standard_id}_in_{when}"].to_numpy(bool) for when in ("before", "after"))
    return {
        "gained": float(people[is_in & ~was].sum()),
        "lost": float(people[was & ~is_in].sum()),
        "better": float(people[then > now + 0.5].sum()),
        "worse": float(people[now > then + 0.5].sum()),
    }


def equality_rows(standards: list[dict[str, Any]], cells: pd.DataFrame) -> pd.DataFrame:
    """A row per standard and group, as the planner writes them."""
    third = np.arange(len(cells)) * 3 // len(cells)
    groups = [
        ("age", "all", "Everybody", "population", third >= 0),
        ("disability", "disabled", "Disabled people", "disabled", None),
        ("ethnicity", "ethnic_minority", "People of ethnic minorities", "ethnic_minority", None),
        ("deprivation", "imd_1_2", "Deprivation deciles 1 and 2", "population", third == 0),
        ("deprivation", "imd_9_10", "Deprivation deciles 9 and 10", "population", third == 1),
        ("deprivation", "unknown", "Deprivation not known", "population", third == 2),
    ]
    return pd.DataFrame(
        [_row(standard, cells, group) for standard in standards for group in groups]
    )


def _row(
    standard: Mapping[str, Any], cells: pd.DataFrame, group: tuple[str, str, str, str, Any]
) -> dict[str, Any]:
    dimension, name, words, weight, members = group
    row = {
        "standard_id": standard["standard_id"],
        "dimension": dimension,
        "group": name,
        "group_name": words,
        "weight": weight,
        **BLANK,
        "note": NO_DATA if members is None else "",
    }
    if members is None:
        return row
    part = cells[members]
    people = part["population"].to_numpy(float)
    row |= {"people": people.sum(), "total": people.sum()}
    for when in ("before", "after"):
        inside = part[f"{standard['standard_id']}_in_{when}"].to_numpy(bool)
        minutes = part[f"{standard['standard_id']}_{when}_min"].to_numpy(float)
        reached = np.isfinite(minutes)
        row[f"within_{when}"] = people[inside].sum()
        row[f"share_{when}"] = people[inside].sum() / people.sum()
        if reached.any():
            row[f"mean_{when}_min"] = np.average(minutes[reached], weights=people[reached])
            row[f"p90_{when}_min"] = np.percentile(minutes[reached], 90)
    return row | moved(standard["standard_id"], part)
