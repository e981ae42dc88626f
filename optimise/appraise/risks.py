"""The risks of a plan: computed ones, and the planner's own; each with a level and why.

Thresholds of levels are defaults of this program, said in ``why_level`` each time, and the
planner may rate any risk otherwise (``risks`` of the scenario).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimise.appraise.own_words import Level, OwnRisk
from optimise.appraise.sight import sentence

COMPUTED, SCENARIO = "computed", "scenario"
#: Most serious first; what nobody could rate before what is low.
LEVELS: Mapping[Level, int] = {"high": 0, "medium": 1, "not rated": 2, "low": 3}


@dataclass(frozen=True)
class Risk:
    """What could go wrong.

    Attributes:
        text: what could happen, without sums of money and names of buildings.
        level, why_level: how serious, and by what reckoning.
        asset_ids: buildings that it is about, ascending.
        source: `COMPUTED` from the data, or written in the `SCENARIO`.
        owner: who looks after it; "" = nobody named.
        mitigation: what could be done (computed), or is done (the planner's).
        sum_gbp: money at stake, £; None where none is reckoned.
    """

    risk_id: str
    title: str
    text: str
    level: Level
    why_level: str
    mitigation: str = ""
    asset_ids: tuple[str, ...] = ()
    sum_gbp: float | None = None
    owner: str = ""
    source: str = COMPUTED


def graded(share: float, *, high: float, medium: float) -> Level:
    """A level by a share: high and medium from so much on (inclusive), else low."""
    return "high" if share >= high else "medium" if share >= medium else "low"


def with_own(computed: tuple[Risk, ...], own: list[OwnRisk]) -> tuple[Risk, ...]:
    """Computed risks with what the planner says of them, and the planner's own; worst first.

    A planner's risk with the id of a computed one adds to it: who owns it, what is done, how it
    is rated. Within a level the order is that of the computation, then of the scenario.
    """
    said = {risk.risk_id: risk for risk in own}
    merged = [_merged(risk, said[risk.risk_id]) if risk.risk_id in said else risk
              for risk in computed]  # fmt: skip
    known = {risk.risk_id for risk in computed}
    merged += [_own(risk) for risk in own if risk.risk_id not in known]
    return tuple(sorted(merged, key=lambda risk: LEVELS[risk.level]))


def _merged(risk: Risk, own: OwnRisk) -> Risk:
    why = risk.why_level
    if own.level is not None and own.level != risk.level:
        why = (
            f"{sentence(own.why_level or 'rated by the planner')} By the data: {risk.level}. {why}"
        )
    elif own.why_level:
        why = f"{sentence(own.why_level)} {why}"
    return replace(
        risk,
        title=own.title or risk.title,
        text=f"{risk.text} {sentence(own.text)}".strip(),
        level=own.level or risk.level,
        why_level=why,
        asset_ids=tuple(sorted({*risk.asset_ids, *own.asset_ids})),
        owner=own.owner,
        mitigation=own.mitigation or risk.mitigation,
        sum_gbp=risk.sum_gbp if own.sum_gbp is None else own.sum_gbp,
    )


def _own(own: OwnRisk) -> Risk:
    level = own.level or "not rated"
    return Risk(
        own.risk_id,
        own.title or own.risk_id,
        own.text,
        level,
        own.why_level or ("" if level == "not rated" else "Rated by the planner."),
        own.mitigation,
        tuple(sorted(set(own.asset_ids))),
        own.sum_gbp,
        own.owner,
        SCENARIO,
    )
