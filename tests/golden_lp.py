"""The golden program of each constraint family on the toy county (`tests/toy_county.py`).

``python -m tests.golden_lp`` writes them again: do so only after reading the difference,
row by row, against the family's docstring.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pulp

from optimise.constraints import FAMILIES
from optimise.decisions import make_decisions
from tests import toy_county

FOLDER = Path(__file__).parent / "golden"
#: What the toy needs besides, for a family to have all its kinds of row.
CHANGES: dict[str, dict[str, Any]] = {
    "locks": {"locks": {"B": "retain", "E": "close"}, "services__library__at_most": 2},
    "money": {
        "targets": {
            "receipts_gbp": 400_000,
            "revenue_saving_gbp_pa": 10_000,
            "capital_budget_gbp": 500_000,
        }
    },
    "response_cover": {
        "standards__fire_2nd": {
            "service_type": "fire", "nth_vehicle": 2, "threshold_min": 15, "clock_start": "alert",
            "target": 0.5, "mode": "blue_light", "kind": "soft", "price_gbp_per_unit": 100,
        }
    },
}  # fmt: skip


def name_of(family: ModuleType) -> str:
    return family.__name__.rsplit(".", 1)[1]


def golden_text(family: ModuleType) -> str:
    """The family's rows alone on the toy, as LP text, with nothing to optimise."""
    problem = toy_county.problem(**CHANGES.get(name_of(family), {}))
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
