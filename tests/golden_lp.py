"""The golden program of each constraint family on the toy county (`tests/toy_county.py`).

``python -m tests.golden_lp`` writes them again: do so only after reading the difference,
row by row, against the family's docstring.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pulp

from optimise.apart import Apart
from optimise.constraints import FAMILIES
from optimise.decisions import make_decisions
from tests import toy_county, toy_partners

FOLDER = Path(__file__).parent / "golden"
#: Children's centres close by: the one at B may move nearer to more people (or fewer).
KIDS_4 = {"service_type": "childrens_centre", "threshold_min": 4, "kind": "report"}
#: What the toy needs besides, for a family to have all its kinds of row.
CHANGES: dict[str, dict[str, Any]] = {
    "placement": {"services__library__outreach": {"space_share": 0.4}},
    "sets": {
        "services__library__outreach": {"space_share": 0.4, "exactly": 1},
        "keep": {
            "whole": {"buildings": ["B"]},
            "some": {"buildings": ["A", "B", "D"], "exactly": 2},
            "delivered": {"units": ["libA", "libB"], "at_least": 1},
            "full": {"units": ["libA", "libB"], "mode": "full", "at_most": 1},
        },
    },
    "hubs": {
        "made": toy_county.towns,
        "hubs": {"geography": "town", "areas": ["TB"], "services": 2, "outreach": False},
        "services__library__outreach": {"space_share": 0.4},
    },
    "named_moves": {
        "moves": {"fireA": "D", "libA": "withdrawn", "libB": {"to": "A", "mode": "outreach"}},
        "services__library__outreach": {"space_share": 0.4},
    },
    "capacity": {
        "made": toy_county.bays_and_sessions,
        "services__library__outreach": {"space_share": 0.4, "sessions_pw": 2},
    },
    "condition": {"made": toy_county.graded, "condition": {"worst_grade": "C"}},
    "delivery": {
        "made": toy_county.towns,
        "delivery": {
            "each_town": {"per": "town", "moves_at_most": 0, "closures_at_most": 0},
            "all": {"withdrawals_at_most": 1},
            "service": {"per": "type", "moves_at_most": 1},
        },
    },
    "worst_time": {
        "standards__kids_4": KIDS_4,
        "standards__fire_2nd": {
            "service_type": "fire", "nth_vehicle": 2, "statistic": "mean", "clock_start": "alert",
            "mode": "blue_light", "kind": "report", "unreached_min": 40,
        },
        "standards__library_mean": {
            "service_type": "library", "statistic": "mean", "kind": "report", "unreached_min": 12,
        },
        "services__fire__may_withdraw": True,
        "limits": {
            "worst_min": {
                "kids_4": {"at_most": 8}, "fire_2nd": {"at_most": 30},
                "library_mean": {"at_most": 10},
            },
        },
    },
    "limits": {
        "limits": {
            "moves": {"at_most": 3},
            "receipts_gbp": {"at_least": 100_000, "at_most": 1_000_000},
            "people_within.library_6": {"at_least": 120},
            "mean_min.library_6": {"at_most": 4},
            "worst_min.library_6": {"at_most": 8},
        },
    },
    # The best plan keeps B, C and the hub D; another is Hall and end station, two away at least.
    "apart": {"further": {"apart": (Apart("plan 1", ("B", "C", "D"), 2),
                                    Apart("plan 2", ("A", "C"), 1))}},
    "locks": {"locks": {"B": "retain", "E": "close"}, "services__library__at_most": 2},
    "partners": {
        "made": toy_partners.estate, **toy_partners.RENT,
        "partners": {"no_worse_off": "npv", "settle": False},
    },
    "money": {
        "targets": {
            "receipts_gbp": 400_000,
            "revenue_saving_gbp_pa": 10_000,
            "capital_budget_gbp": 500_000,
        }
    },
    "response_cover": {
        "made": toy_county.rostered,
        "services__fire__may_withdraw": True,
        "standards__fire_2nd": {
            "service_type": "fire", "nth_vehicle": 2, "threshold_min": 15, "clock_start": "alert",
            "target": 0.5, "mode": "blue_light", "kind": "soft", "price_gbp_per_unit": 100,
        },
        "standards__fire_day": {
            "service_type": "fire", "threshold_min": 10, "clock_start": "call",
            "call_handling_s": 60, "target": 0.5, "mode": "blue_light", "availability": "day",
        },
    },
    "access": {
        "standards__library_mean": {
            "service_type": "library", "statistic": "mean", "target": 4, "unreached_min": 10,
            "kind": "soft", "price_gbp_per_unit": 100,
        },
        "standards__library_worst": {
            "service_type": "library", "statistic": "worst", "target": 8, "group": "rural",
        },
    },
    "no_detriment": {
        "standards__kids_4": KIDS_4,
        "no_detriment": {
            "stay": {"standard": "library_6", "allowance_people": 50},
            "slow": {"standard": "library_6", "rule": "growth", "minutes": 3, "allowance": 0.5},
            "like": {"standard": "kids_4", "rule": "group", "tolerance": 0.1,
                     "groups": ["urban", "most_deprived_1"]},
        },
    },
    "equity": {
        "standards__kids_4": KIDS_4,
        "equity": {
            "floor": {"standard": "library_6", "floor": 0.5, "groups": ["rural", "urban"]},
            "ceiling": {"standard": "library_6", "ceiling": 4, "groups": ["urban"]},
            "pair": {"standard": "kids_4", "gap": 0.5, "between": ["rural", "urban"]},
            "three": {"standard": "library_6", "gap": "baseline + 1", "measure": "mean",
                      "between": ["rural", "urban", "most_deprived_1"]},
        },
    },
    "timing": {
        "phasing": {
            "periods": 2,
            "order": {"last": {"first": "libB", "then": "E", "gap_periods": 1}},
            "links": {"paid": {"sales": ["E"], "works": ["D"], "after_receipt": True}},
        },
    },
    "periods": {
        "made": toy_county.markets,
        "phasing": {
            "periods": 2, "moves_per_period": 1, "areas_at_once": 1, "area_kind": "town",
            "disposals_per_market_area_pa": 1, "disposals_gbp_per_market_area_pa": 500_000,
            "neighbours": {"two": {"buildings": ["A", "E"], "bonus_pct": 50}},
        },
    },
    "yearly_money": {
        "phasing": {"periods": 2, "carry_forward": False},
        "finance__borrowing_limit_gbp_by_year": {2026: 10_000},
        "targets": {
            "capital_budget_gbp_by_year": {2026: 100_000},
            "revenue_saving_gbp_by_year": {2027: 10_000},
            "receipts_gbp_by_year": {2027: 400_000},
        },
    },
    "interim": {"phasing": {"periods": 2}},
}  # fmt: skip


def name_of(family: ModuleType) -> str:
    return family.__name__.rsplit(".", 1)[1]


def golden_text(family: ModuleType) -> str:
    """The family's rows alone on the toy, as LP text, with nothing to optimise."""
    changes = dict(CHANGES.get(name_of(family), {}))
    made = changes.pop("made", toy_county.estate)
    further = changes.pop("further", {})
    problem = replace(toy_county.problem(made(), **changes), **further)
    model = pulp.LpProblem(name_of(family), pulp.LpMinimize)
    model += pulp.lpSum([])
    family.add(model, make_decisions(model, problem), problem)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.lp"
        model.writeLP(str(path))
        return path.read_text()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for module in FAMILIES:
        (FOLDER / f"{name_of(module)}.lp").write_text(golden_text(module))
