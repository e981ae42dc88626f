"""What a frontier asks of the planner: the scenario with its axes freed, and one for each point."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimise.aims import Limit, Objective
from optimise.frontier.axes import Axis
from optimise.goals import split_key
from optimise.input_records import InputFile, Inputs
from optimise.moves import permitted_moves
from optimise.problem import Problem, build_problem
from optimise.scenario import Scenario
from optimise.variants.keys import made_by

#: Seconds that saying which rules clash may take, of a point that no plan can meet.
REFUSAL_S = 0.5
#: Money targets by the measure whose figure they ask for.
TARGETS: Mapping[str, str] = {
    "receipts_gbp": "receipts_gbp",
    "revenue_saving_gbp_pa": "revenue_saving_gbp_pa",
    "net_revenue_cost_gbp_pa": "revenue_saving_gbp_pa",
}


@dataclass(frozen=True)
class Asked:
    """What a user asks for.

    Attributes:
        x: the axis that is stepped. y: what is made best at each step. z: a second that is
            stepped; "" for two axes.
        points: steps along x, and along z; both ends are among them.
        at: steps along x instead, in its unit or as shares of the people.
        gap: how near to the best possible each point is to be proved, as a share of y; where y
            counts people, of the range of y between the ends, if that is less.
        time_limit_s: of all searches together.
        shares: whether a step was written as a percentage.
    """

    x: str
    y: str
    z: str = ""
    points: int = 10
    at: tuple[float, ...] = ()
    gap: float = 0.02
    time_limit_s: float = 240.0
    shares: bool = False


@dataclass(frozen=True)
class Freed:
    """A rule of the scenario that the frontier does not hold, for an axis runs across it.

    Attributes:
        key: where it stands in the scenario.
        words: what it asked, for a member.
    """

    key: str
    words: str


def freed(scenario: Scenario, axes: Sequence[Axis]) -> tuple[Scenario, tuple[Freed, ...]]:
    """The scenario without its own rules on the figures of the axes, and what was freed.

    A curve that kept them would end where the scenario draws its line, and that line is what
    the curve is to inform. A standard that is asked of each area on its own is another figure
    than its whole, and stays.
    """
    found: list[Freed] = []
    update: dict[str, Any] = {}
    gone: dict[str, tuple[Any, Any]] = {}
    for axis in axes:
        name, standard_id = split_key(axis.key)
        if axis.key in scenario.limits:
            kept = update.get("limits", scenario.limits)
            update["limits"] = {k: v for k, v in kept.items() if k != axis.key}
            found.append(Freed(f"limits.{axis.key}", f"its limit on {axis.indicator.words}"))
        target = TARGETS.get(name, "")
        value = getattr(scenario.targets, target) if target else None
        if value is not None:
            kept = update.get("targets", scenario.targets)
            update["targets"] = kept.model_copy(update={target: None})
            gone[f"targets.{target}"] = (value, None)
            told = axis.indicator.unit.told(value) if target == name else f"£{value:,.0f} a year"
            found.append(Freed(f"targets.{target}", f"the target of at least {told}"))
        standard = scenario.standards.get(standard_id)
        if standard is not None and standard.kind != "report" and standard.geography == "all":
            kept = update.get("standards", scenario.standards)
            report = standard.model_copy(update={"kind": "report"})
            update["standards"] = {**kept, standard_id: report}
            gone[f"standards.{standard_id}.kind"] = (standard.kind, "report")
            words = f"the {standard.kind} standard '{standard.label}' ({standard.target})"
            found.append(Freed(f"standards.{standard_id}.kind", words))
    made = scenario.model_copy(update=update)
    made._origin = replace(scenario.origin, changes={**scenario.origin.changes, **gone})
    return made, tuple({f.key: f for f in found}.values())


def point_scenario(
    base: Scenario,
    aim: Axis,
    floors: Mapping[str, tuple[int, float]],
    *,
    gap: float,
    seconds: float,
) -> Scenario:
    """The scenario of one search: an aim made best, and other axes held.

    Args:
        base: the freed scenario.
        aim: what is made best; nothing is added to choose between equals.
        floors: key of an axis → (1 = at least, −1 = at most; the figure).
        gap: at which the search may stop.
        seconds: that it may take.
    """
    limits = dict(base.limits)
    for key, (sign, value) in floors.items():
        limits[key] = Limit(at_least=value) if sign > 0 else Limit(at_most=value)
    solver = base.solver.model_copy(
        update={"gap": gap, "time_limit_s": seconds, "refusal_limit_s": REFUSAL_S}
    )
    made = base.model_copy(
        update={
            "objective": Objective.model_validate([aim.key]),
            "limits": limits,
            "solver": solver,
        }
    )
    origin = base.origin
    # As keys that make this scenario of the file again: limits as a whole, and last.
    earlier = {k: v for k, v in origin.changes.items() if k.partition(".")[0] != "limits"}
    held = {k: limit.model_dump(mode="json", exclude_none=True) for k, limit in limits.items()}
    changed = {"objective": (base.objective.name, [aim.key]), "limits": (None, held)}
    made._origin = replace(origin, changes={**earlier, **changed})
    return made


def whole_problem(base: Scenario, inputs: Inputs, axes: Sequence[Axis]) -> Problem:
    """The problem in which every axis is counted.

    Raises:
        InputError: scenario and layers do not fit.
    """
    aims = Objective.model_validate([axis.key for axis in axes])
    scenario = base.model_copy(update={"objective": aims})
    moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
    return build_problem(scenario, inputs.estate, moves, inputs.times)


def with_totals(axes: Sequence[Axis], whole: Problem) -> tuple[Axis, ...]:
    """The axes, with whom a count of people is a share of."""
    totals = {d.standard.standard_id: float(d.weight.sum()) for d in whole.standards}
    return tuple(
        replace(axis, total=totals[standard_id])
        if name == "people_within" and (standard_id := split_key(axis.key)[1]) in totals
        else axis
        for axis in axes
        for name in (split_key(axis.key)[0],)
    )


def point_key(
    base: Scenario, asked: Asked, files: Sequence[InputFile], about: Mapping[str, Any]
) -> str:
    """SHA-256 of what a point asks: the freed scenario, its inputs, the rules, where it stands."""
    told = base.model_dump(
        mode="json",
        exclude={"name", "title", "note", "attribution", "objective", "overrides", "appraisal",
                 "risks"},
    )  # fmt: skip
    told["solver"] = {k: told["solver"][k] for k in ("name", "random_seed")}
    for name in ("scenarios", "sweeps"):
        told.pop(name, None)
    sums = sorted((f.layer, f.sha256) for f in files)
    effort = [asked.gap, asked.time_limit_s]
    text = json.dumps([made_by(), told, sums, effort, about], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
