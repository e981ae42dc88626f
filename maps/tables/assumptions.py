"""What the plan rests on: proof, rules, data and their dates, times, settings. Pure.

A reader who doubts a figure finds here where it comes from and how sure it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from maps import certainty, style
from maps.runs import PUBLIC, RunFrames
from maps.tables.risks import buildings_words
from maps.tables.table import Column, Row, Table
from optimise.workbook.assumptions import assumptions_sheet

ENOUGH_OF_CHECKSUM = 12
#: Parts of the settings that the public sees; the others may name buildings or sums by building.
PUBLIC_SETTINGS = ("Money", "Targets")
SETTINGS = ("Money", "Targets", "Phasing", "Partners", "Counted elsewhere")
NO_DATE = "no date"


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Everything the plan rests on, each part a table; what the run does not tell is left out."""
    made = (
        proof(run.summary),
        binding(run),
        data(run.summary),
        times(run.summary),
        settings(run),
        warnings(run.summary),
    )
    return tuple(table for table in made if table is not None)


# --- how far it is proved ----------------------------------------------------------------


def proof(summary: Mapping[str, Any]) -> Table:
    """Solver, status, bound, gap, size, versions."""
    rows = tuple({"what": what, "value": value} for what, value in _proof_rows(summary) if value)
    lead = (
        "The gap is how much better a plan could be at most than this one. Every rule was worked "
        "out again from the data and the chosen buildings before the plan was written."
    )
    columns = (Column("what", "What"), Column("value", "Figure"))
    return Table("proof", "How far the plan is proved the best", lead, columns, rows)


def _proof_rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    unit = str(summary.get("objective_unit", ""))
    yield "In words", str(summary["status_text"])
    yield "Best at", _aim(summary)
    yield "This plan reaches", _amount(summary.get("objective"), unit)
    yield "No plan can pass", _amount(summary.get("bound"), unit)
    yield "Gap, of the whole", _share(summary.get("gap"))
    yield "Gap, of what can be saved", _share(summary.get("gap_on_savings"))
    yield "Gap asked for", _share(summary.get("gap_asked"))
    yield "Solver", str(summary.get("solver", ""))
    model = summary.get("model") or {}
    if model:
        rows, columns = (style.count(float(model[key])) for key in ("rows", "columns"))
        yield "Size of the program", f"{rows} rules, {columns} choices"
    seconds = (summary.get("seconds") or {}).get("solve")
    yield "Time to solve", f"{seconds:,.0f} seconds" if style.is_known(seconds) else ""
    yield "Groundplan", str(summary.get("groundplan", ""))
    versions = summary.get("versions") or {}
    yield "Versions", ", ".join(f"{name} {version}" for name, version in versions.items())


def _aim(summary: Mapping[str, Any]) -> str:
    """What the plan was to be best at, in words."""
    goals = summary.get("goals") or ()
    return str(goals[0]["name"]) if goals else style.words(str(summary.get("objective_name", "")))


def _amount(value: Any, unit: str) -> str:
    if not style.is_known(value):
        return ""
    return style.pounds(value) if unit == "gbp" else style.trimmed(value)


def _share(value: Any) -> str:
    return f"{100 * value:.2f}%" if style.is_known(value) else ""


# --- rules that bind ---------------------------------------------------------------------

_BINDING = (
    Column("words", "Rule", picks=("standard", "standard_id")),
    Column("where", "Where"),
    Column("asked", "Asked", "figure"),
    Column("reached", "Reached", "figure"),
    Column("slack", "To spare", "figure"),
    Column("buildings", "Buildings"),
)


def binding(run: RunFrames) -> Table | None:
    """Rules that hold with nothing to spare: these are what keeps the plan from being better."""
    if "binding" not in run.summary:
        return None
    names = dict(zip(run.decisions["asset_id"], run.decisions["name"], strict=True))
    rows = tuple(
        {**rule, "buildings": buildings_words(rule.get("asset_ids") or (), names)}
        for rule in run.summary["binding"]
    )
    title = "Rules that bind"
    lead = (
        "These rules hold with nothing, or next to nothing, to spare: easing one of them is what "
        "could make another plan better."
    )
    empty = "No rule holds without room to spare."
    shown = tuple(c for c in _BINDING if c.key != "where" or any(r["where"] for r in rows))
    return Table("binding", title, lead if rows else "", shown, rows, (), empty)


# --- data and their dates ----------------------------------------------------------------

_DATA = (
    Column("layer", "Layer"),
    Column("path", "File"),
    Column("rows", "Rows", "count"),
    Column("earliest", "As at, earliest"),
    Column("latest", "As at, latest"),
    Column("undated_rows", "Rows without a date", "count"),
    Column("sources", "Sources named", "count"),
    Column("conflicts", "Sources that differ", "count"),
    Column("sha256", "Checksum", note="SHA-256, its beginning"),
)


def data(summary: Mapping[str, Any]) -> Table | None:
    """A row per file read: how old it is, how far it tells its sources, its checksum."""
    dates = {_key(one): one for one in summary.get("data_dates") or ()}
    files = {_key(one): one for one in summary.get("inputs") or ()}
    rows = tuple(
        _data_row({**dates.get(key, {}), **files.get(key, {})})
        for key in dict.fromkeys((*files, *dates))
    )
    if not rows:
        return None
    used = tuple(c for c in _DATA if any(row.get(c.key) not in (None, "") for row in rows))
    lead = "The files that the plan was made from. The same checksum is the same file to the byte."
    return Table("data", "Data and their dates", lead, used, rows)


def _key(one: Mapping[str, Any]) -> tuple[str, str]:
    return str(one.get("layer", "")), str(one.get("path", ""))


def _data_row(one: Mapping[str, Any]) -> Row:
    dated = "as_at_latest" in one
    return {
        **one,
        "earliest": one.get("as_at_earliest") or (NO_DATE if dated else ""),
        "latest": one.get("as_at_latest") or (NO_DATE if dated else ""),
        "sha256": str(one.get("sha256") or "")[:ENOUGH_OF_CHECKSUM],
    }


# --- times -------------------------------------------------------------------------------

_TIMES = (
    Column("mode", "How people travel"),
    Column("source", "Times from"),
    Column("error", "Error"),
    Column("error_source", "Where the error comes from"),
    Column("off_network", "Places off the roads", "count"),
    Column("near_rim", "Places near the map's edge", "count"),
)


def times(summary: Mapping[str, Any]) -> Table | None:
    """A row per way of travelling: what the minutes come from and how far they may be out."""
    found = summary.get("times") or {}
    rows = tuple(
        _times_row(mode, told) for mode, told in found.items() if isinstance(told, Mapping)
    )
    if not rows:
        return None
    title = "Travel times and their error"
    lead = "Minutes are estimates; the error says how much shorter or longer they may be."
    return Table("times", title, lead, _TIMES, rows)


def _times_row(mode: str, told: Mapping[str, Any]) -> Row:
    error = told.get("error") or {}
    profile, slower = told.get("profile_name") or "", certainty.factor_words(told)
    source = ", ".join(str(p) for p in (certainty.source_words(told), profile, slower) if p)
    off = [*(told.get("off_network_demand") or ()), *(told.get("off_network_sites") or ())]
    return {
        "mode": style.MODE_WORDS.get(mode, style.words(mode)),
        "source": source,
        "error": certainty.error_sentence(told.get("error"), mode),
        "error_source": error.get("source") or "",
        "off_network": len(off),
        "near_rim": len(told.get("near_rim") or ()),
    }


# --- settings and warnings ---------------------------------------------------------------

_SETTINGS = (
    Column("part", "Part", filters=True),
    Column("what", "Assumption"),
    Column("value", "Value"),
    Column("unit", "Unit"),
    Column("key", "Key in the scenario"),
)


def settings(run: RunFrames) -> Table | None:
    """Every figure that money, targets, phasing and partners rest on, as the scenario has it."""
    scenario = run.summary.get("scenario") or {}
    record = {
        "inputs": (), "groundplan": "", "solver": "", "scenario_file": "",
        "overrides_applied": (), "changes": {}, "warnings": (),
        "scenario": {"finance": {}, "targets": {}, **scenario},
    }  # fmt: skip
    parts = PUBLIC_SETTINGS if run.audience == PUBLIC else SETTINGS
    rows = tuple(
        {"part": block.heading, **row.cells}
        for block in assumptions_sheet(record).blocks
        if block.heading in parts
        for row in block.rows
    )
    if not rows:
        return None
    title = "Figures that the money rests on"
    lead = "Change any of them in the scenario and plan again."
    return Table("settings", title, lead, _SETTINGS, rows)


def warnings(summary: Mapping[str, Any]) -> Table | None:
    """What was odd about the data, as the run has it."""
    found = summary.get("warnings") or ()
    rows = tuple({"n": str(n), "text": str(text)} for n, text in enumerate(found, 1))
    if not rows:
        return None
    columns = (Column("n", "Number"), Column("text", "Warning"))
    lead = "None of these stopped the plan; each may make it less sure."
    return Table("warnings", "What was odd about the data", lead, columns, rows)
