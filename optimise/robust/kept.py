"""Which buildings are kept, or go, in every scenario of a sweep, in most, in few. Pure."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from optimise.robust.judged import FOUND

#: Shares of the scenarios, inclusive, from which a building is said to be kept in most and in
#: some of them; in fewer, but not none, it is kept in few.
MOST, SOME = 0.8, 0.2
#: Decisions that say that the plan had no choice about a building.
OUT_OF_SCOPE = "out_of_scope"
#: Decisions about a site that is not built yet.
OF_SITES = ("build", "not_built")
#: What `kept_counts` repeats of a building, where it is known.
REGISTER = ("name", "owner", "asset_type", "confidential")


class Frames(Protocol):
    """What is needed of a store's tables: see `kept_counts`."""

    @property
    def runs(self) -> pd.DataFrame:
        """Columns run_id and status, at least."""

    @property
    def decisions(self) -> pd.DataFrame:
        """Columns run_id, asset_id, decision and in_use_after, at least."""

    @property
    def buildings(self) -> pd.DataFrame:
        """Column asset_id, and name, owner, asset_type, confidential where known."""


def kept_counts(frames: Frames) -> pd.DataFrame:
    """How often each building is in use after the plan, over the scenarios that have one.

    share_kept = kept / scenarios

    In words: of the scenarios for which a plan was found, in how many the building stays in use
    (a site that is not built yet: is built). Every scenario counts once and none counts more
    than another: the share is no probability, only a count of what was tried. A scenario
    without a plan says nothing about any building; how many those are stands in every row.

    Symbols: verdict ``always`` = in all, ``most`` = in 80 % or more, ``some`` = in 20 % or more,
    ``few`` = in fewer, ``never`` = in none.

    Args:
        frames: tables of any number of runs: ``runs`` (run_id, status), ``decisions`` (run_id,
            asset_id, decision, in_use_after) and ``buildings`` (asset_id, …). Where ``runs`` says
            which batch each is of, those of none (a plan made of the batch's) are left out.

    Returns:
        A row per building, those that differ most between scenarios first (share_kept nearest
        one half), then by asset_id: asset_id; name, owner, asset_type, confidential (as far as
        ``buildings`` has them); candidate (True: a site not built yet; kept means built); decided
        (False: out of scope in every plan, so that nothing is learned from it); kept, gone,
        scenarios (with a plan that names it), without_plan (scenarios without one); share_kept
        0-1; verdict; decisions ("let go 3, share 2": how often each, the most frequent first).
    """
    runs = _of_batches(frames.runs)
    with_plan = runs.loc[runs["status"].isin(FOUND), "run_id"]
    made = frames.decisions[frames.decisions["run_id"].isin(with_plan)]
    rows = [_building(str(aid), mine) for aid, mine in made.groupby("asset_id", sort=True)]
    table = pd.DataFrame(rows, columns=["asset_id", "candidate", "decided", "kept", "gone",
                                        "scenarios", "share_kept", "decisions"])  # fmt: skip
    table["without_plan"] = int((~runs["status"].isin(FOUND)).sum())
    table["verdict"] = [verdict(k, n) for k, n in zip(table["kept"], table["scenarios"],
                                                      strict=True)]  # fmt: skip
    known = frames.buildings.drop_duplicates("asset_id")
    table = table.merge(known[["asset_id", *(c for c in REGISTER if c in known.columns)]],
                        on="asset_id", how="left")  # fmt: skip
    order = (table["share_kept"] - 0.5).abs()
    table = table.assign(_order=order).sort_values(["_order", "asset_id"], ignore_index=True)
    first = ["asset_id", *(c for c in REGISTER if c in table.columns)]
    last = ["candidate", "decided", "kept", "gone", "scenarios", "without_plan", "share_kept",
            "verdict", "decisions"]  # fmt: skip
    return table[[*first, *last]]


def _of_batches(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that are scenarios of a batch; all where none is of one."""
    if "batch" not in runs.columns:
        return runs
    inside = runs["batch"].fillna("").astype(str) != ""
    return runs[inside] if inside.any() else runs


def _building(asset_id: str, mine: pd.DataFrame) -> dict[str, object]:
    kept, count = int(mine["in_use_after"].astype(bool).sum()), len(mine)
    often = mine["decision"].value_counts().rename_axis("decision").reset_index(name="n")
    often = often.sort_values(["n", "decision"], ascending=[False, True])
    told = [f"{words(str(row.decision))} {row.n}" for row in often.itertuples()]
    return {
        "asset_id": asset_id,
        "candidate": bool(mine["decision"].isin(OF_SITES).all()),
        "decided": bool((mine["decision"] != OUT_OF_SCOPE).any()),
        "kept": kept,
        "gone": count - kept,
        "scenarios": count,
        "share_kept": kept / count,
        "decisions": ", ".join(told),
    }


def words(decision: str) -> str:
    """A decision as members say it."""
    return {"dispose": "let go"}.get(decision, decision.replace("_", " "))


def verdict(kept: int, scenarios: int) -> str:
    """always, most, some, few or never, by the thresholds `MOST` and `SOME`."""
    if not kept:
        return "never"
    if kept == scenarios:
        return "always"
    # Whole numbers, so that 4 of 5 is 80 % exactly.
    if kept >= MOST * scenarios - 1e-9:
        return "most"
    return "some" if kept >= SOME * scenarios - 1e-9 else "few"
