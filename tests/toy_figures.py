"""A run with money, disposals, options and risks small enough to add up by hand.

years 2026/27 (0) to 2035/36 (9); two partners, ours and theirs
ours    capital  -100 in year 0, -50 in year 1
        receipt  +400 in year 1 (b2), +300 in year 2 (b3, confidential)
        saved    +10 in each of years 1 to 9
        rent     -2 in each of years 1 to 9, paid to theirs
        repairs avoided 70 in year 0, beside the value
theirs  capital  -30 in year 0
        rent     +2 in each of years 1 to 9
"""

from __future__ import annotations

import functools
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from toy_run import small_run, write_run

from maps.runs import RunFrames, read_run

OURS, THEIRS = "County council", "Fire authority"
YEARS = 10


def label(year: int) -> str:
    """The financial year so many years after 2026/27."""
    return f"{2026 + year}/{27 + year}"


def money_frame() -> pd.DataFrame:
    """money.csv of the docstring above; present value is half of every amount."""
    words = {
        "move": ("Moves", "capital", ""),
        "receipt": ("Receipts from sales, net of their cost", "receipt", ""),
        "running_cost_saved": ("Running cost of buildings released", "annual", "property"),
        "rent_paid": ("Rent paid by guests", "transfer", "partner"),
        "rent_received": ("Rent received by hosts", "transfer", "partner"),
        "maintenance_avoided": ("Backlog avoided", "apart", "property"),
    }
    found = [
        (OURS, "move", {0: -100.0, 1: -50.0}),
        (OURS, "receipt", {1: 400.0, 2: 300.0}),
        (OURS, "running_cost_saved", dict.fromkeys(range(1, YEARS), 10.0)),
        (OURS, "rent_paid", dict.fromkeys(range(1, YEARS), -2.0)),
        (OURS, "maintenance_avoided", {0: 70.0}),
        (THEIRS, "move", {0: -30.0}),
        (THEIRS, "rent_received", dict.fromkeys(range(1, YEARS), 2.0)),
    ]
    return pd.DataFrame(
        [
            {
                "party": party,
                "year": float(year),
                "financial_year": label(year),
                "line": line,
                "label": words[line][0],
                "kind": words[line][1],
                "tag": words[line][2],
                "amount_gbp": gbp,
                "pv_gbp": gbp / 2,
            }
            for party, line, by_year in found
            for year, gbp in by_year.items()
        ]
    )


def disposals_frame() -> pd.DataFrame:
    """disposals.csv: b2 is sold the year after it is left, b3 (confidential) two years after."""
    common: dict[str, Any] = {
        **{"owner": OURS, "tenure": "freehold", "market_area": "M1", "way_out": "sale"},
        **{"notice_by": "", "haircut_pct": 0.0, "lease_exit_gbp": 0.0, "clawback_gbp": 0.0},
        **{"holding_gbp": 0.0, "rent_due_gbp": 0.0, "conditions": "best consideration"},
        **{"reason": "", "period": 1.0},
    }
    return pd.DataFrame(
        [
            {
                **common,
                **{"asset_id": "b2", "name": "Casterbridge library", "vacated_in": "2026/27 H1"},
                **{"ends_on": "2027-05-01", "received_in": "2027/28", "confidential": False},
                **{"value_low_gbp": 350.0, "value_gbp": 420.0, "value_high_gbp": 500.0},
                **{"net_receipt_gbp": 400.0},
            },
            {
                **common,
                **{"asset_id": "b3", "name": "Old Depot", "vacated_in": "2026/27 H2"},
                **{"ends_on": "2028-05-01", "received_in": "2028/29", "confidential": True},
                **{"value_low_gbp": 250.0, "value_gbp": 320.0, "value_high_gbp": 390.0},
                **{"net_receipt_gbp": 300.0},
            },
        ]
    )


@functools.cache
def _small() -> RunFrames:
    """The small run as read; written once."""
    with tempfile.TemporaryDirectory() as folder:
        return read_run(write_run(Path(folder) / "run", small_run()))


def run_with(**changes: Any) -> RunFrames:
    """The small run as read, with tables and parts of run.json as given.

    Args:
        changes: ``tables`` (name -> frame), ``audience``; anything else is a key of run.json.
    """
    run = _small()
    tables = changes.pop("tables", {"money": money_frame(), "disposals": disposals_frame()})
    audience = changes.pop("audience", run.audience)
    return replace(run, summary={**run.summary, **changes}, tables=tables, audience=audience)
