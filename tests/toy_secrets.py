"""The small run with something confidential in every place where a run folder can hold it.

Two buildings are confidential. The depot ZQ-771 is let go, with two services that move to open
buildings; the annexe YX-440 keeps the unit VAULT-9, takes in the register office of the open
library, and nothing else. Every building has sums that are found nowhere else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from toy_run import (
    SMALL_BUILDINGS,
    SMALL_UNITS,
    decisions_frame,
    safe_csv,
    services_frame,
    small_run,
    write_run,
)

DEPOT, ANNEXE, VAULT = "ZQ-771", "YX-440", "VAULT-9"
NAMES = {DEPOT: "Quillfeather Depot", ANNEXE: "Larkspur Annexe"}
#: Words that are only in what owners wrote for themselves.
OWN_WORDS = ("moonraker", "greenfinch", "/srv/estates", "tanglewood", "hollyhock")
RENAMED = {"b3": DEPOT, "b8": ANNEXE, "u6": VAULT, "u4": f"U/{DEPOT}/1"}
SUMS = (
    *("capital_gbp", "receipt_gbp", "running_cost_saving_gbp_pa", "exit_cost_gbp"),
    *("backlog_avoided_gbp", "works_gbp", "backlog_retained_gbp"),
)


def secret_run(folder: Path) -> Path:
    """Write the run and return its folder."""
    units = [_unit(row) for row in SMALL_UNITS]
    buildings = [
        (RENAMED.get(b[0], b[0]), NAMES.get(RENAMED.get(b[0], ""), b[1]), *b[2:9],
         b[0] in ("b3", "b8"), *b[10:])
        for b in SMALL_BUILDINGS
    ]  # fmt: skip
    services = services_frame(units, {b[0]: b[1] for b in buildings})
    services["move_cost_gbp"] = [5_317.0 + 211 * i for i in range(len(services))]
    decisions = decisions_frame(buildings, services)
    for number, column in enumerate(SUMS):
        decisions[column] = [41_003.0 + 7_919 * (8 * number + i) for i in range(len(decisions))]
    decisions["reason_text"] = [
        "Locked (retain): moonraker wants it for 2.5m.",
        f"Library (u2) moves to Market Hall; register office (u3) moves to {NAMES[ANNEXE]}. "
        "Locked to close: greenfinch bid £91,357.",
        "Holds nothing.",
        f"Takes in advice (u5) from  {NAMES[DEPOT].upper()} and {DEPOT}. It pays £43,219 for it.",
        *["Kept (decided already: tanglewood)."] * 4,
    ]
    write_run(folder, small_run(decisions=decisions, services=services))
    _money_tables(folder, decisions)
    _record(folder)
    return folder


def _unit(row: tuple[str, ...]) -> tuple[str, ...]:
    unit, service, operator, here, there, action = (RENAMED.get(cell, cell) for cell in row)
    if unit == "u3":
        return unit, service, operator, here, ANNEXE, "move"
    return unit, service, operator, here, there, action


def _money_tables(folder: Path, decisions: pd.DataFrame) -> None:
    """ledger.csv, money.csv and disposals.csv: an entry per building and kind, in the base year."""
    kinds = {"capital": "capital_gbp", "receipt": "receipt_gbp",
             "annual": "running_cost_saving_gbp_pa"}  # fmt: skip
    entries = [
        {"entry": 0, "year": 0, "financial_year": "2026/27", "party": row["owner"], "line": kind,
         "label": kind, "kind": kind, "tag": "", "asset_id": row["asset_id"],
         "asset_name": row["name"], "unit_id": "", "amount_gbp": row[column],
         "pv_gbp": row[column] - 1, "confidential": row["confidential"]}
        for row in decisions.to_dict("records") for kind, column in kinds.items()
    ]  # fmt: skip
    ledger = pd.DataFrame(entries)
    safe_csv(ledger, folder / "ledger.csv")
    keys = ["party", "year", "financial_year", "line", "label", "kind", "tag"]
    money = ledger.groupby(keys, as_index=False)[["amount_gbp", "pv_gbp"]].sum()
    safe_csv(money, folder / "money.csv")
    gone = decisions[decisions["decision"] == "dispose"]
    sums = ("value_low_gbp", "value_gbp", "value_high_gbp", "haircut_pct", "net_receipt_gbp",
            "lease_exit_gbp", "clawback_gbp", "holding_gbp", "rent_due_gbp")  # fmt: skip
    rows = gone[["asset_id", "name", "owner", "tenure", "reason_text", "confidential"]].rename(
        columns={"reason_text": "reason"}
    )
    texts = dict.fromkeys(("market_area", "vacated_in", "way_out", "ends_on", "notice_by"), "x")
    values = {c: [3_000_017.0 + 9_973 * (9 * i + j) for i in range(len(rows))]
              for j, c in enumerate(sums)}  # fmt: skip
    conditions = f"after {NAMES[DEPOT]} is sold"
    safe_csv(
        rows.assign(**texts, received_in="2026/27", period=1, conditions=conditions, **values),
        folder / "disposals.csv",
    )


def _record(folder: Path) -> None:
    """run.json with secrets in its warnings, scenario, options, risks, rules and dates."""
    path = folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    secret = f"{NAMES[ANNEXE]} ({ANNEXE}) may fetch £8,642,135."
    fact = {"label": "Best offer", "value": 8_642_135.0, "unit": "gbp"}
    where = {"label": "Where", "value": NAMES[DEPOT], "unit": "text"}
    factor = {"key": "views", "title": "Views", "text": f"People like it. {secret}",
              "facts": [fact, where]}  # fmt: skip
    figures = {"receipts_gbp": 5_000_000.0, "buildings": 6}
    risk = {"risk_id": "r", "title": f"Sale of {NAMES[DEPOT]}", "text": secret, "level": "high",
            "why_level": secret, "source": "scenario", "owner": "Estates", "mitigation": secret,
            "sum_gbp": 8_642_135.0}  # fmt: skip
    rule = {"rule": "lock", "family": "locks", "words": f"{NAMES[ANNEXE]} is kept", "where": "",
            "asked": 1, "reached": 1, "slack": 0, "unit": "count", "standard_id": ""}  # fmt: skip
    record |= {
        "title": f"Toyshire estate and {NAMES[DEPOT]}",
        "warnings": [f"buildings: no survey\n  ids (1): {ANNEXE}", f"roads: far from {DEPOT}",
                     "roads: a ferry is left out"],
        "off_network": [ANNEXE, "d8"],
        "scenario_file": "/srv/estates/exempt.yml",
        "inputs": [{"layer": "buildings", "path": "/srv/estates/b.csv", "sha256": "0" * 64}],
        "changes": {f"locks.{DEPOT}": {"before": "free", "after": "close"}},
        "options": [{"key": "plan", "title": "The plan", "words": secret,
                     "figures": figures, "factors": [factor]}],
        "risks": [{**risk, "asset_ids": [DEPOT]},
                  {**risk, "risk_id": "s", "asset_ids": ["b2", ANNEXE]}],
        "binding": [{**rule, "asset_ids": [ANNEXE]}, {**rule, "asset_ids": ["b1", ANNEXE]}],
        "data_dates": [{"layer": "buildings", "path": "/srv/estates/b.csv", "rows": 8}],
    }  # fmt: skip
    record["scenario"] |= {
        "locks": {DEPOT: "close"}, "note": "hollyhock",
        "layers": {"buildings": "/srv/estates/b.csv"},
        "finance": {"horizon_yr": 25},
    }  # fmt: skip
    record["money"] = _money_record()
    path.write_text(json.dumps(record), encoding="utf-8")


def _money_record() -> dict[str, Any]:
    year = {"year": "2026/27", "capital_gbp": 6_543_217.0, "receipts_gbp": 6_543_219.0,
            "one_off_gbp": 0.0, "saving_gbp": 0.0, "net_gbp": 6_543_223.0, "pv_gbp": 6_543_227.0,
            "maintenance_avoided_gbp": 0.0}  # fmt: skip
    partner = {"party": "NHS", "role": "owner", "capital_gbp": 2_718_281.0,
               "receipts_gbp": 2_718_283.0, "one_off_gbp": 0.0, "saving_gbp_pa": 2_718_289.0,
               "rent_gbp_pa": 2_718_293.0, "npv_gbp": 2_718_297.0, "worse_off": True,
               "years_worse": "2026/27", "settlement_pv_gbp": 2_718_299.0,
               "npv_after_gbp": 0.0}  # fmt: skip
    return {"base_year": 2026, "horizon_yr": 25, "years_shown": 1, "by_year": [year], "by_line": [],
            "partners": [partner], "npv_gbp": 1.0, "words": ["Worse off: NHS by £2,718,297."],
            "settlement": {"payments": [{"party": "NHS", "year": "2026/27",
                                         "amount_gbp": 2_718_301.0}]}}  # fmt: skip
