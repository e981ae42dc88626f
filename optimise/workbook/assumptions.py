"""The sheet of assumptions: every figure about money, the rules asked, the files read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from optimise.phasing.calendar import year_label
from optimise.workbook.records import Block, Column, Row, Sheet

#: Key of ``finance`` → what it is called, and its unit.
FINANCE_WORDS: Mapping[str, tuple[str, str]] = {
    "base_year": ("Base year, whose prices all figures are in", "financial year"),
    "horizon_yr": ("Years counted after the base year", "years"),
    "discount_schedule": ("Discount rate", "a year, real"),
    "optimism_bias_pct": ("Optimism bias on capital", "%"),
    "optimism_bias_pct_by_class": ("Optimism bias on capital of a building that is", "%"),
    "reinvest_cap_pct": ("Share of receipts that may pay for works", "%"),
    "receipt_case": ("Market values taken as receipts", ""),
    "receipt_haircut_pct": ("Taken off a receipt whose confidence is", "%"),
    "disposal_cost_pct": ("Cost of a sale, where a building states none", "% of its value"),
    "months_to_sell": ("From vacated to sold, where a building states none", "months"),
    "holding_cost_pct": ("Cost of an empty building until sold", "% of its running cost"),
    "hosting_cost_gbp_per_m2_pa": ("Rise of a host's running cost", "£ per m² moved in, a year"),
    "rent_gbp_per_m2_pa": ("Rent that a guest pays another body", "£ per m², a year"),
    "withdrawal_saving_pct": ("Saved of a withdrawn unit's service cost", "%"),
    "running_cost_saved_pct": ("Really saved of a released building's running cost", "%"),
    "borrowing_limit_gbp_by_year": ("May be borrowed in", "£"),
    "borrowing_rate_pct": ("Rate of loans", "% a year"),
    "borrowing_term_yr": ("Term of loans", "years"),
    "borrowing_method": ("Loans are repaid by", ""),
    "mrp_life_yr": ("Minimum revenue provision over", "years"),
    "mrp_method": ("Minimum revenue provision in parts that are", ""),
    "appraisal_horizons_yr": ("Values are told at horizons of", "years"),
    "layer_price_year": ("The layers' amounts are in prices of", "financial year"),
    "gdp_deflator": ("GDP deflator of", "index"),
    "receipt_factor": ("Market values of the layers are multiplied by", ""),
    "running_cost_factor": ("Running costs of buildings are multiplied by", ""),
    "capital_factor": ("Costs of works and moves are multiplied by", ""),
}
TARGET_WORDS: Mapping[str, tuple[str, str]] = {
    "receipts_gbp": ("Receipts, at least", "£"),
    "revenue_saving_gbp_pa": ("Saved a year once done, at least", "£ a year"),
    "capital_budget_gbp": ("Capital beyond reinvested receipts, at most", "£"),
    "receipts_gbp_by_year": ("Receipts in all by the end of", "£"),
    "revenue_saving_gbp_by_year": ("Saved in", "£"),
    "capital_budget_gbp_by_year": ("New capital of", "£"),
}
_SHOWN = (
    Column("what", "Assumption", "wide", width=58),
    Column("value", "Value", width=26),
    Column("unit", "Unit", width=26),
    Column("key", "Key in the scenario", width=44),
)
_WARNED = (Column("what", "", "wide", width=58),)
_LONG = 400


def assumptions_sheet(record: Mapping[str, Any]) -> Sheet:
    """Every figure and rule that the plan rests on, and where its data came from.

    Args:
        record: as run.json has it.
    """
    scenario = record["scenario"]
    blocks = (
        Block(_SHOWN, tuple(_rows("finance", scenario["finance"], FINANCE_WORDS)), "Money"),
        Block(_SHOWN, tuple(_rows("targets", scenario["targets"], TARGET_WORDS)), "Targets"),
        Block(_SHOWN, tuple(_keys("phasing", scenario.get("phasing"))), "Phasing"),
        Block(_SHOWN, tuple(_keys("partners", scenario.get("partners"))), "Partners"),
        Block(_SHOWN, tuple(_keys("committed", scenario.get("committed"))), "Counted elsewhere"),
        Block(_SHOWN, tuple(_files(record["inputs"])), "Data"),
        Block(_SHOWN, tuple(_made(record)), "How it was made"),
        Block(_WARNED, tuple(Row({"what": w}) for w in record["warnings"]), "Warnings"),
    )
    kept = tuple(b for b in blocks if b.rows)
    return Sheet("Assumptions", "Assumptions: what the plan rests on", kept)


def _rows(
    part: str, values: Mapping[str, Any], words: Mapping[str, tuple[str, str]]
) -> Iterator[Row]:
    """A row per figure; those by year, class or confidence one for each."""
    for key, value in values.items():
        label, unit = words.get(key, (key.replace("_", " "), ""))
        for which, each in _each(key, value):
            if each is not None:
                yield _row(f"{label} {which}".strip(), each, unit, f"{part}.{key}")


def _each(key: str, value: Any) -> Iterable[tuple[str, Any]]:
    """(which, value) of every figure under a key."""
    if key == "discount_schedule":
        return _steps(value)
    if isinstance(value, Mapping):
        by_year = key.endswith("_by_year")
        return [
            (year_label(int(k)) if by_year else str(k).replace("_", "-"), v)
            for k, v in value.items()
        ]
    if key == "base_year":
        return [("", year_label(int(value)))]
    if isinstance(value, (list, tuple)):
        return [("", ", ".join(str(v) for v in value))]
    return [("", value)]


def _steps(schedule: Iterable[tuple[int | None, float]]) -> Iterator[tuple[str, str]]:
    """The discount schedule in words: from which year to which."""
    begins = 1
    for last, rate in schedule:
        until = f"years {begins} to {last}" if last is not None else f"from year {begins} on"
        yield f"in {until}" if last is not None else until, f"{100.0 * rate:g} %"
        begins = (last or 0) + 1


def _row(what: str, value: Any, unit: str, key: str) -> Row:
    told = f"{value:,.10g}" if isinstance(value, (int, float)) else str(value).replace("_", " ")
    return Row({"what": what, "value": told, "unit": unit, "key": key})


def _keys(part: str, values: Any, name: str = "") -> Iterator[Row]:
    """A row per key of a part of the scenario, in the scenario's own words; blank ones left out."""
    if values is None or values in ({}, [], ""):
        return
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from _keys(part, value, f"{name}.{key}" if name else str(key))
        return
    listed = ", ".join(map(str, values)) if isinstance(values, (list, tuple)) else str(values)
    yield Row({"what": name.replace("_", " "), "value": listed[:_LONG], "key": f"{part}.{name}"})


def _files(inputs: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row per file read, with its checksum."""
    for found in inputs:
        layer, path = str(found.get("layer", "")), str(found.get("path", ""))
        yield Row({"what": f"{layer}: {path}", "key": f"SHA-256 {found.get('sha256', '')}"})


def _made(record: Mapping[str, Any]) -> Iterator[Row]:
    """Program, solver, proof, and what the scenario changes of its base."""
    yield Row({"what": "Groundplan", "value": str(record["groundplan"])})
    yield Row({"what": "Solver", "value": str(record["solver"])})
    yield Row({"what": "Scenario", "value": str(record["scenario_file"])})
    for name in record["overrides_applied"]:
        yield Row({"what": "Override applied", "value": str(name)})
    for key, change in record["changes"].items():
        text = f"{change['before']} → {change['after']}"
        yield Row({"what": "Changed for this run", "value": text[:_LONG], "key": str(key)})
