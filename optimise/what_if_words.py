"""What a what-if changed against its run, as tables and sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

#: (key of the totals, in words), £.
SUMS = (
    ("npv_gbp", "Net present value"),
    ("receipts_gbp", "Receipts"),
    ("revenue_saving_gbp_pa", "Running costs lower by, a year"),
    ("capital_gbp", "Capital"),
)
#: A share of people that moves by less is not told.
SHARE = 0.0005

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Otherwise:
    """A building decided differently.

    Attributes:
        asset_id, name: which. before, after: decisions as in ``decisions.csv``.
    """

    asset_id: str
    name: str
    before: str
    after: str


def otherwise(before: pd.DataFrame, after: pd.DataFrame) -> list[Otherwise]:
    """Buildings whose decision, or whose units, differ between two ``decisions.csv``, ascending."""
    key = ["asset_id", "name", "decision", "units_after"]
    both = before[key].merge(after[key], on="asset_id", how="outer", suffixes=("_then", ""))
    both = both.fillna("").sort_values("asset_id")
    moved = (both["decision"] != both["decision_then"]) | (
        both["units_after"] != both["units_after_then"]
    )
    told = both[moved].astype(str).to_dict("records")
    return [
        Otherwise(
            row["asset_id"], row["name"] or row["name_then"], row["decision_then"], row["decision"]
        )
        for row in told
    ]


def sums(before: Record, after: Record) -> list[tuple[str, float, float]]:
    """(in words, then, now) of what the plans come to, £."""
    return [(words, before["totals"][key], after["totals"][key]) for key, words in SUMS]


def covers(before: Record, after: Record) -> list[tuple[str, float, float]]:
    """(standard, share reached in the run's plan, in this one), of those that differ."""
    then = {s["standard_id"]: s.get("share_after") for s in before["standards"]}
    told = []
    for standard in after["standards"]:
        was, now = then.get(standard["standard_id"]), standard.get("share_after")
        if was is not None and now is not None and abs(now - was) >= SHARE:
            told.append((standard["title"], was, now))
    return told


def priced(before: Record, after: Record) -> bool:
    """Whether missing a soft standard has a price in what either plan was made best at."""
    return any(float(one["totals"].get("penalty_gbp") or 0.0) for one in (before, after)) or any(
        standard.get("kind") == "soft" for one in (before, after) for standard in one["standards"]
    )


def worth(before: Record, after: Record) -> tuple[float, float] | None:
    """What the change is worth at least and at most, £, whatever the best plans are.

    In words: the best plan with the change is worth no less than the plan found and no more than
    its bound; so is the best without it. None where the two were not made best alike, or a bound
    is missing.

    Formula: v₁ − b₀ ≤ v₁* − v₀* ≤ b₁ − v₀

    Symbols: v value of a plan, b its bound, v* of the best plan, £; 0 the run, 1 the what-if.
    Source: the definition of the bounds.
    """
    alike = before["objective_name"] == after["objective_name"] == "npv"
    four = [before["objective"], before["bound"], after["objective"], after["bound"]]
    if not alike or any(number is None for number in four):
        return None
    v0, b0, v1, b1 = map(float, four)
    return v1 - b0, b1 - v0
