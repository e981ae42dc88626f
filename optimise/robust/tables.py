"""Tables of decisions of several plans, as a run store would give them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from optimise.plan import Plan
from optimise.results import decisions_table
from optimise.robust.judged import Case
from optimise.robust.kept import REGISTER
from optimise.robust.rebuilt import Folder, decisions_of

_NO_DECISIONS = ("run_id", "asset_id", "decision", "in_use_after")


@dataclass(frozen=True, eq=False)
class Tables:
    """What `optimise.robust.kept.kept_counts` is made from; run_id is the scenario's name.

    Attributes:
        runs: run_id, scenario, title, status, reason.
        decisions: run_id, asset_id, decision, in_use_after (0 or 1).
        buildings: asset_id, name, owner, asset_type, confidential.
    """

    runs: pd.DataFrame
    decisions: pd.DataFrame
    buildings: pd.DataFrame


def tables_of(cases: Sequence[Case], made: Mapping[str, Plan | Folder]) -> Tables:
    """Tables of scenarios and of their plans, in memory or as their folders tell them."""
    runs = pd.DataFrame(
        [(c.name, c.name, c.title, c.status, c.reason) for c in cases],
        columns=["run_id", "scenario", "title", "status", "reason"],
    )
    decided = [_decisions(c.name, made[c.name]) for c in cases if c.has_plan]
    known = [_buildings(made[c.name]) for c in cases if c.has_plan]
    columns = ["asset_id", *REGISTER]
    none = pd.DataFrame(columns=list(_NO_DECISIONS)), pd.DataFrame(columns=columns)
    if not decided:
        return Tables(runs, *none)
    buildings = pd.concat(known, ignore_index=True).drop_duplicates("asset_id", ignore_index=True)
    return Tables(runs, pd.concat(decided, ignore_index=True), buildings[columns])


def _decisions(name: str, made: Plan | Folder) -> pd.DataFrame:
    if isinstance(made, Folder):
        return decisions_of(name, made)
    return decisions_of(name, Folder({}, pd.DataFrame(), decisions_table(made)))


def _buildings(made: Plan | Folder) -> pd.DataFrame:
    if isinstance(made, Folder):
        table = made.decisions
        return table.assign(confidential=table["confidential"].str.lower() == "true")
    register: pd.DataFrame = made.inputs.estate.buildings.reset_index()
    return register.assign(asset_id=register["asset_id"].astype(str))
