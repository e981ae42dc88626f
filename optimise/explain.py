"""Why each building is kept, shared, extended, built or let go: a code and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from assets.schema import SERVICE_WORDS
from optimise import asked_words as words
from optimise.covers import END_WORDS, CoverRule
from optimise.moves import effective_locks
from optimise.plan import Plan
from optimise.protected import lost_without
from optimise.tallies import promise, tally_after

_Rules = Mapping[tuple[str, str], CoverRule]


@dataclass(frozen=True)
class Reason:
    """What is decided about a building and why.

    Attributes:
        decision: retain, share, extend, build, dispose, not_built, out_of_scope.
        code: short stable code of the reason.
        text: the reason in words.
    """

    decision: str
    code: str
    text: str


def reasons(plan: Plan) -> dict[str, Reason]:
    """`Reason` by asset_id, every building of the estate, out-of-scope ones included."""
    buildings = plan.inputs.estate.buildings
    locks = effective_locks(plan.scenario, buildings)
    tight = _needed(plan)
    return {
        str(asset_id): _reason(plan, str(asset_id), row, str(locks[asset_id]), tight)
        for asset_id, row in buildings.iterrows()
    }


def arrivals(plan: Plan, asset_id: str) -> list[str]:
    """Units that come to a building, ascending."""
    units = plan.problem.units
    placed = plan.after.placed
    return [u for u in sorted(placed) if placed[u] == asset_id and units[u].home != asset_id]


def held_after(plan: Plan, asset_id: str) -> list[str]:
    """Units in a building after the plan, ascending."""
    return [u for u in sorted(plan.after.placed) if plan.after.placed[u] == asset_id]


def _reason(
    plan: Plan, asset_id: str, row: pd.Series, lock: str, tight: Mapping[str, str]
) -> Reason:
    if asset_id not in plan.problem.sites:
        return Reason("out_of_scope", "out_of_scope", "Out of scope: the plan leaves it alone.")
    used = asset_id in plan.after.open
    if row["status"] == "candidate":
        return _candidate(plan, asset_id, used)
    if not used:
        return _released(plan, asset_id, lock, row)
    found = _in_use(plan, asset_id, row, lock, tight)
    return replace(found, text=found.text + words.added(plan, asset_id))


def _in_use(
    plan: Plan, asset_id: str, row: pd.Series, lock: str, tight: Mapping[str, str]
) -> Reason:
    coming = arrivals(plan, asset_id)
    if coming:
        decision = "extend" if asset_id in plan.after.extension_m2 else "share"
        added = plan.after.extension_m2.get(asset_id, 0.0)
        extended = f" after an extension of {added:,.0f} m²" if added else ""
        _, also = words.needed(plan, asset_id) or ("", words.kept_whole(plan, asset_id))
        text = f"Takes in {_listed(plan, coming)}{extended}. {also}".rstrip()
        return Reason(decision, "takes_in", text)
    return _kept(plan, asset_id, row, lock, tight)


def _candidate(plan: Plan, asset_id: str, used: bool) -> Reason:
    if used:
        coming = _listed(plan, held_after(plan, asset_id))
        return Reason("build", "built_for", f"Built for {coming or 'a lock on it'}.")
    return Reason("not_built", "not_worth_building", "Not built: the plan does better without it.")


def _released(plan: Plan, asset_id: str, lock: str, row: pd.Series) -> Reason:
    locked = f" Locked to close: {_lock_reason(row)}." if lock == "close" else ""
    units = plan.problem.units_at(asset_id)
    if not units:
        text = f"Holds no service ({row['status']}); released.{locked}"
        return Reason("dispose", "empty", text)
    placed = plan.after.placed
    gone = [u for u in units if not placed[u]]
    parts = [
        f"{_name(plan, u)} moves to {plan.inputs.estate.buildings.at[placed[u], 'name']}"
        f"{words.as_outreach(plan, u)}{words.as_named(plan, u)}"
        for u in units
        if placed[u]
    ]
    if gone:
        parts.append(f"{_listed(plan, gone)} no longer delivered")
    code = (
        "locked_close" if lock == "close" else "withdrawn" if len(gone) == len(units) else "vacated"
    )
    return Reason("dispose", code, _sentence("; ".join(parts)) + locked)


def _kept(plan: Plan, asset_id: str, row: pd.Series, lock: str, tight: Mapping[str, str]) -> Reason:
    if lock in ("retain", "host_only"):
        locked = lock.replace("_", " ")
        return Reason("retain", "locked", f"Locked ({locked}): {_lock_reason(row)}.")
    kept = words.kept_whole(plan, asset_id)
    if kept:
        return Reason("retain", "kept_by_set", kept)
    units = plan.problem.units_at(asset_id)
    if not units:
        text = "In use, but the layers list no service in it; left as it is."
        return Reason("retain", "unknown_use", text)
    stuck = [u for u in units if not _elsewhere(plan, u)]
    if stuck:
        text = f"No permitted host for {_listed(plan, stuck)}."
        return Reason("retain", "no_alternative", text)
    asked = words.needed(plan, asset_id)
    if asked is not None:
        return Reason("retain", *asked)
    if asset_id in tight:
        return Reason("retain", "needed_for_standard", tight[asset_id])
    missed = "" if arrivals(plan, asset_id) else lost_without(plan, units)
    if missed:
        return Reason("retain", "needed_for_people", missed)
    limited = words.no_more_closures(plan, asset_id)
    if limited:
        return Reason("retain", "closures_at_most", limited)
    gap = plan.solution.largest_gap
    proof = f"proved within {gap:.1%} of the best" if gap < 1 else "not proved"
    text = f"No better arrangement found within the rules and targets ({proof})."
    return Reason("retain", "best_as_is", text)


def _lock_reason(row: pd.Series) -> str:
    return str(row["lock_reason"]).rstrip(". ") or "by the scenario"


def _elsewhere(plan: Plan, unit_id: str) -> bool:
    unit = plan.problem.units[unit_id]
    return unit.may_withdraw or any(s != unit.home for s in unit.anywhere)


def _needed(plan: Plan) -> dict[str, str]:
    """Buildings without which a hard standard would fail, the rest of the plan as it is."""
    found: dict[str, str] = {}
    required = {
        (r.rule_id, r.area_id): r for r in plan.problem.covers if r.promise and r.price_gbp is None
    }
    for asset_id in plan.after.open:
        units = held_after(plan, asset_id)
        if not units or arrivals(plan, asset_id):
            continue
        text = _standard_lost(plan, units, required)
        if text:
            found[asset_id] = text
    return found


def _standard_lost(plan: Plan, units: list[str], required: _Rules) -> str:
    """A sentence when taking ``units`` away breaks a hard standard; else nothing."""
    kinds = {plan.problem.units[u].service_type for u in units}
    placed = {u: ("" if u in units else s) for u, s in plan.after.placed.items()}
    for data in plan.problem.standards:
        standard = data.standard
        if standard.service_type not in kinds or standard.kind != "hard":
            continue
        found = tally_after(promise(data), plan.problem.units, placed, plan.after.outreach)
        for area, made in found.items():
            rule = required.get((standard.standard_id, area))
            if rule is not None and made.tally < (rule.required or 0.0) - 1e-6 * max(
                1.0, rule.total
            ):
                where = f" in {area}" if area else ""
                verb = "rise" if standard.in_minutes else "fall"
                return (
                    f"Without it, {standard.label}{where} would {verb} to "
                    f"{standard.told(made.figure)} against "
                    f"{standard.told(data.required_figure(area))} required"
                    f"{END_WORDS[rule.held_at]}."
                )
    return ""


def _name(plan: Plan, unit_id: str) -> str:
    row = plan.inputs.estate.services.loc[unit_id]
    kind = str(row["service_type"])
    called = SERVICE_WORDS.get(kind, kind.replace("_", " "))
    return str(row["name"]) or f"{called[:1].lower()}{called[1:]} ({unit_id})"


def _listed(plan: Plan, unit_ids: list[str]) -> str:
    return ", ".join(_name(plan, u) + words.as_outreach(plan, u) for u in unit_ids)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""
