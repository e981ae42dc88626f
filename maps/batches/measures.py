"""What scenarios are told by: figures of their plans, and the keys in which they differ. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maps import style
from maps.batches.runs import BatchRuns
from maps.tables.table import shown

#: Columns of the store's runs that any two scenarios may be compared by: label and kind.
FIGURES: tuple[tuple[str, str, str], ...] = (
    ("npv_gbp", "Net present value", "gbp"),
    ("receipts_gbp", "Receipts", "gbp"),
    ("revenue_saving_gbp_pa", "Saved a year", "gbp"),
    ("capital_gbp", "Capital spent", "gbp"),
    ("buildings_after", "Buildings in use after", "count"),
    ("buildings_released", "Buildings let go", "count"),
    ("units_moved", "Services moved", "count"),
    ("units_withdrawn", "Services withdrawn", "count"),
    ("backlog_avoided_gbp", "Repairs avoided", "gbp"),
    ("backlog_retained_gbp", "Repairs outstanding", "gbp"),
    ("targets_missed", "Targets missed", "count"),
    ("standards_missed", "Standards missed", "count"),
)
#: Figures that every batch's table shows; the others where they differ at all.
ALWAYS = ("npv_gbp", "receipts_gbp", "revenue_saving_gbp_pa", "capital_gbp", "buildings_after")
GAP = ("proved_gap", "Could be better by at most", "share")
#: Keys of a scenario in words; others are told as they are written.
KEY_WORDS = {
    "targets.receipts_gbp": ("Receipts asked", "gbp"),
    "targets.revenue_saving_gbp_pa": ("Yearly saving asked", "gbp"),
    "targets.capital_budget_gbp": ("Capital allowed", "gbp"),
    "finance.receipt_factor": ("Receipts, times the register's", "number"),
    "finance.running_cost_factor": ("Running costs, times the register's", "number"),
    "finance.capital_factor": ("Cost of works, times the register's", "number"),
    "finance.optimism_bias_pct": ("Optimism bias, %", "number"),
    "finance.receipt_case": ("Values of buildings", "text"),
    "network.minutes_factor": ("Every drive, times as long", "number"),
    "network.minutes_factor.car": ("Every drive by car, times as long", "number"),
    "network.minutes_factor.blue_light": ("Every drive with blue lights, times as long", "number"),
    "network.minutes_factor.walk": ("Every walk, times as long", "number"),
}
#: What follows a record's name in a key, in words, and its kind where it is a number.
ENDINGS = {
    "target": ("asked of", "share"),
    "threshold_min": ("minutes allowed for", "number"),
    "at_least": ("at least, of", "count"),
    "at_most": ("at most, of", "count"),
}
#: Units of a standard's own figure where it is no share: kinds of figures, too.
TIMES = ("min", "miles")
UNIT_WORDS = {"min": "minutes", "miles": "miles"}
#: Keys that do not say what is asked.
NOT_ASKED = ("solver.",)


@dataclass(frozen=True)
class Measure:
    """A figure or a key of scenarios.

    Attributes:
        key: the store's column, ``<standard>.share_after``, or a scenario's dotted key.
        label: for readers.
        kind: of `maps.tables.table.NUMBERS`, or ``text``.
        values: run_id -> value; a run that has none is not in it.
        asked: a key of the scenario, not a figure of its plan.
    """

    key: str
    label: str
    kind: str
    values: dict[str, Any]
    asked: bool = False

    @property
    def differs(self) -> bool:
        """Whether it has more than one value."""
        return len(set(self.values.values())) > 1


def figures(batch: BatchRuns) -> list[Measure]:
    """Figures of the plans: money, buildings, then cover by standard, then how far it is proved."""
    found = batch.found
    made = [
        Measure(key, label, kind, _known(found["run_id"], found[key]))
        for key, label, kind in FIGURES
        if key in found
    ]
    made += covers(batch)
    gaps = found["gap_on_savings"].where(found["gap_on_savings"].notna(), found["gap"])
    key, label, kind = GAP
    made.append(Measure(key, label, kind, _known(found["run_id"], gaps)))
    return [one for one in made if one.values and (one.key in ALWAYS or one.differs)]


def covers(batch: BatchRuns) -> list[Measure]:
    """Each standard's figure after the plan: a share within, or its minutes."""
    table = batch.frames.standards
    table = table[table["run_id"].isin(batch.found["run_id"])]
    made = []
    for standard_id, every in table.groupby("standard_id", sort=False):
        title = str(every["title"].iloc[0])
        # Scenarios may hold a standard by another statistic: minutes and shares do not compare.
        for n, (unit, rows) in enumerate(every.groupby("unit", sort=False)):
            timed = unit in TIMES
            figure = "figure_after" if timed else "share_after"
            values = _known(rows["run_id"], rows[figure])
            kind = str(unit) if timed else "share"
            key, label = f"{standard_id}.{figure}", title
            if n:
                key, label = f"{key}.{unit}", f"{title} ({UNIT_WORDS.get(str(unit), 'share')})"
            made.append(Measure(key, label, kind, values))
    return made


def _known(run_ids: pd.Series, values: pd.Series) -> dict[str, Any]:
    return {
        str(run_id): float(value)
        for run_id, value in zip(run_ids, values, strict=True)
        if not pd.isna(value)
    }


def asked(batch: BatchRuns) -> list[Measure]:
    """Keys that tell the scenarios apart, in the order of their names."""
    table = batch.frames.scenario_keys
    standards = batch.frames.standards.drop_duplicates(["standard_id", "unit"]).astype(str)
    titles = dict(zip(standards["standard_id"], standards["title"], strict=True))
    units = {str(key): "|".join(rows) for key, rows in standards.groupby("standard_id")["unit"]}
    everybody = [str(one) for one in batch.runs["run_id"]]
    made = []
    for name, rows in table.groupby("key", sort=True):
        if str(name).startswith(NOT_ASKED) or not rows["changed"].astype(bool).any():
            continue
        told = {str(r): _value(v) for r, v in zip(rows["run_id"], rows["value"], strict=True)}
        values = {run_id: told.get(run_id, "") for run_id in everybody}
        label, kind = key_words(str(name), titles, units)
        if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in told.values()):
            # "baseline - 0.01" beside 0.525: what is a number is told as the others would be.
            kind, values = "text", {run_id: _words(v, kind) for run_id, v in values.items()}
        else:
            values = {run_id: v for run_id, v in values.items() if v != ""}
        one = Measure(str(name), label, kind, values, asked=True)
        if one.differs or len(values) < len(everybody):
            made.append(one)
    return made


def key_words(key: str, titles: dict[str, str], units: Mapping[str, str]) -> tuple[str, str]:
    """(words, kind) of a scenario's key; one that is not known is told as it is written.

    Args:
        key: dotted.
        titles: of standards, by id.
        units: of the standards' own figures, by id: ``share``, ``min`` or ``miles``; several,
            apart by ``|``, where scenarios differ in it.
    """
    if key in KEY_WORDS:
        return KEY_WORDS[key]
    section, _, rest = key.partition(".")
    record, _, ending = rest.rpartition(".")
    if section == "standards" and record in titles and ending in ENDINGS:
        words, kind = ENDINGS[ending]
        if ending == "target":
            unit = units.get(record, kind)
            kind = "number" if "|" in unit else unit if unit in TIMES else kind
        return f"{words.capitalize()} {titles[record]}", kind
    if section == "services" and record and ending in ENDINGS:
        words, kind = ENDINGS[ending]
        return f"{words.capitalize()} {style.service_words(record).lower()}", kind
    if section == "locks" and rest:
        return f"Lock of {rest.removesuffix('.lock')}", "text"
    return key, "gbp" if key.endswith(("_gbp", "_gbp_pa")) else "number"


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _words(value: Any, kind: str) -> str:
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return shown(value, kind)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
