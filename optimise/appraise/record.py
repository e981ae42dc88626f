"""Options, risks, binding rules and dates of the data, as run.json holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from optimise.appraise import binding, binding_limits
from optimise.appraise.binding import Binding
from optimise.appraise.data_dates import data_dates
from optimise.appraise.factors import factors_of
from optimise.appraise.options import options_of
from optimise.appraise.risks import Risk, with_own
from optimise.appraise.risks_of_cover import risks_of_cover
from optimise.appraise.risks_of_estate import risks_of_estate
from optimise.appraise.risks_of_money import risks_of_money
from optimise.appraise.sight import Sight
from optimise.money_record import PlanBooks
from optimise.moves import effective_locks
from optimise.plan import Plan

#: Families of rules, in the order they are told.
MAKERS: tuple[Callable[[Sight], Iterator[Binding]], ...] = (
    binding.of_standards,
    binding.of_fairness,
    binding_limits.of_money,
    binding_limits.of_limits,
    binding.of_counts,
    binding.of_sets,
    binding.of_hubs,
    binding.of_moves,
    binding.of_change,
    binding_limits.of_condition,
    binding_limits.of_room,
    binding_limits.of_phasing,
    binding_limits.of_links,
    binding_limits.of_partners,
)


def appraisal_record(plan: Plan, cover: pd.DataFrame, books: PlanBooks) -> dict[str, Any]:
    """``options``, ``risks``, ``binding`` and ``data_dates`` of run.json.

    Args:
        plan: audited.
        cover: as `optimise.cover_results.cover_table` makes it of the plan.
        books: its money.
    """
    sight = Sight(plan, cover, books)
    return {
        "options": [
            {
                "key": option.key,
                "title": option.title,
                "words": option.words,
                "figures": dict(option.figures),
                "factors": [asdict(factor) for factor in factors_of(sight, option)],
            }
            for option in options_of(sight)
        ],
        "risks": [asdict(risk) for risk in risks_of(sight)],
        "binding": [asdict(rule) for rule in binding_of(sight)],
        "data_dates": data_dates(plan.inputs),
    }


def risks_of(sight: Sight) -> tuple[Risk, ...]:
    """Every risk, the planner's among them, worst first."""
    found = (*risks_of_money(sight), *risks_of_cover(sight), *risks_of_estate(sight))
    return with_own(found, sight.plan.scenario.risks)


def binding_of(sight: Sight) -> tuple[Binding, ...]:
    """Every rule that holds with no room to spare, and the locks in force, family by family."""
    locks = effective_locks(sight.plan.scenario, sight.buildings)
    named = {str(asset_id): str(lock) for asset_id, lock in locks.items()}
    found = (rule for make in MAKERS for rule in make(sight))
    return (*found, *binding.of_locks(sight, named))
