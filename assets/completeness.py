"""How complete the columns are that the planner needs, and what their blanks cost. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.cells import filled
from assets.checks import KEPT_LOCKS, decided, unplaced
from assets.issues import Issue
from assets.schema import EMERGENCY_SERVICES, LAYERS, PLACE_COLUMNS, Column
from assets.sheets import Sheet, Sheets, sheet_of
from assets.stations import GIVEN_BY_STATIONS, JOINED, STATIONS

#: Columns of the table: ``rows`` counts the rows that need the column, ``filled`` those that
#: have it; ``share`` is the one of the other (0 to 1); ``need`` is required, conditional or
#: useful; ``among`` says which rows need it; ``consequence`` says what the blanks cost.
COMPLETENESS_COLUMNS = (
    *("layer", "column", "filled", "rows", "share", "need", "among", "consequence"),
)
#: The two coordinates are told as one.
PLACE = "place"
#: Columns that a table of defaults can fill.
DEFAULTED = frozenset(
    {
        *("asset_type", "tenure", "status", "operator", "duty_system", "gia_m2"),
        *("running_cost_gbp_pa", "market_value_gbp", "capacity_m2", "space_m2"),
    }
)
#: What rows of a layer are called.
THINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "buildings": ("building", "buildings"),
        "services": ("service unit", "service units"),
        "stations": ("station", "stations"),
        "demand": ("place with people", "places with people"),
        "areas": ("area", "areas"),
        "compatibility": ("pair of services", "pairs of services"),
        "leases": ("lease", "leases"),
    }
)
#: Columns in words, where their name is not enough.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        PLACE: "coordinates",
        "asset_id": "an asset identifier",
        "unit_id": "a unit identifier",
        "station_id": "a station identifier",
        "demand_id": "an identifier",
        "area_id": "an area identifier",
        "name": "a name",
        "owner": "an owner",
        "operator": "an operator",
        "tenure": "a tenure",
        "status": "a status",
        "postcode": "a postcode",
        "uprn": "a UPRN",
        "gia_m2": "floor area",
        "site_area_ha": "a site area",
        "condition_grade": "a condition grade",
        "backlog_gbp_p1": "a backlog of priority 1",
        "backlog_gbp_p2": "a backlog of priority 2",
        "backlog_gbp_p3": "a backlog of priority 3",
        "backlog_gbp_p4": "a backlog of priority 4",
        "running_cost_gbp_pa": "running costs",
        "market_value_gbp": "a market value",
        "build_capex_gbp": "the cost of building",
        "capacity_m2": "a capacity",
        "space_m2": "the space needed",
        "users_pa": "a number of users",
        "asset_type": "a use",
        "service_type": "a kind of service",
        "duty_system": "a duty system",
        "turnout_s": "a turnout time",
        "vehicles": "a number of vehicles",
        "move_cost_gbp": "the cost of a move",
        "epc": "an energy rating",
        "imd_decile": "a deprivation decile",
        "tco2e_pa": "carbon figures",
        "under_5": "the number of children under 5",
        "over_65": "the number of people of 65 or more",
        "ward_code": "a ward code",
        "kind": "a kind",
        "rule": "a rule",
        "expiry": "an expiry date",
        "cost_gbp": "a cost",
    }
)
#: Columns without which a row that needs them stops a plan, though not every row needs them.
STOPPING = frozenset({"build_capex_gbp", "duty_system", "cost_gbp"})
#: Rule (without the layer) of the warnings that say what a table of defaults filled.
_FILLED = "defaulted"
_UNITS = re.compile(r"_(gbp_per_m2|gbp_pa|gbp|m2|ha|pct|pa|yr|s)$")
Mask = npt.NDArray[np.bool_]


def completeness(
    sheets: Mapping[str, Sheet],
    issues: Iterable[Issue] = (),
    *,
    defaulted: bool | Collection[str] = False,
) -> pd.DataFrame:
    """How far the columns are filled that the planner needs.

    Args:
        sheets: the layers that were given, as they were given.
        issues: what the checks found; of these, what was filled from a table of defaults.
        defaulted: columns that such a table fills, where no issue says so; ``True`` =
            `DEFAULTED`.

    Returns:
        A row per column that is required, conditional or has a cost of absence, columns
        `COMPLETENESS_COLUMNS`; a column no row needs is left out.
    """
    whole = {name: sheets.get(name) or sheet_of(name, None) for name in LAYERS}
    fills = DEFAULTED if defaulted is True else frozenset(defaulted or ())
    filled = _filled_by_default(issues)
    rows: list[Row] = []
    for name, sheet in sheets.items():
        for column in sheet.layer.columns:
            if len(sheet.frame) and column.name not in PLACE_COLUMNS and _wanted(column):
                told = filled.get((name, column.name), ())
                rows.append(_row(whole, name, column=column, told=told, fills=fills))
        if sheet.layer.geometry == "point" and len(sheet.frame):
            rows.append(_place_row(sheet))
    needed = [row for row in rows if row[3]]
    return pd.DataFrame(needed, columns=list(COMPLETENESS_COLUMNS)).astype(
        {"filled": "int64", "rows": "int64", "share": "float64"}
    )


Row = tuple[str, str, int, int, float, str, str, str]


def _filled_by_default(issues: Iterable[Issue]) -> Mapping[tuple[str, str], tuple[Issue, ...]]:
    """The warnings that say what a table of defaults filled, by layer and column."""
    found: dict[tuple[str, str], tuple[Issue, ...]] = {}
    for issue in issues:
        column = re.match(r"fill in (\w+) ", issue.remedy)
        if issue.rule.endswith(f".{_FILLED}") and column:
            key = (issue.layer, column[1])
            found[key] = (*found.get(key, ()), issue)
    return found


def _wanted(column: Column) -> bool:
    """Whether the planner makes something of the column being blank."""
    return column.required or bool(column.conditional) or bool(column.absence)


def _row(
    sheets: Sheets,
    layer: str,
    *,
    column: Column,
    told: tuple[Issue, ...],
    fills: Collection[str],
) -> Row:
    """The line of one column."""
    sheet = sheets[layer]
    needs, among = _needing(sheets, layer, column.name)
    rows = int(needs.sum())
    missing = int((needs & blanks(sheet, column)).sum())
    need = _need(layer, column)
    done = sum(len(set(issue.ids)) for issue in told)
    says = [issue.message for issue in told] if missing else []
    if missing > done:
        left = missing - done
        says.append(_consequence(sheet, column, missing=left, fills=fills, rest=bool(done)))
    share = (rows - missing) / max(rows, 1)
    return layer, column.name, rows - missing, rows, share, need, among, "; ".join(says)


_PRESSING = r"\b(?:stops? a plan|out of the model|default table|taken as|typed by)\b"


def pressing(table: pd.DataFrame) -> Mask:
    """Lines of the table whose blanks stop a plan, leave rows out of it or are filled by guess."""
    mask: Mask = table["consequence"].str.contains(_PRESSING).to_numpy(dtype=np.bool_)
    return mask


def _need(layer: str, column: Column) -> str:
    """How much a column is needed; a station needs what its building and its unit need."""
    if column.required or (layer == STATIONS and column.name in _PARTS_NEED):
        return "required"
    return "conditional" if column.conditional else "useful"


_PARTS_NEED = {
    column.name for name in JOINED for column in LAYERS[name].columns if column.required
} - GIVEN_BY_STATIONS


def blanks(sheet: Sheet, column: Column) -> Mask:
    """Cells with nothing readable in them, or filled from a table of defaults."""
    values = sheet.frame[column.name]
    if column.name not in sheet.present:
        return np.ones(len(values), dtype=np.bool_)
    text = values.dtype == object
    blank = pd.Series(~filled(values), index=values.index) if text else values.isna()
    if column.name in sheet.unread:
        blank = blank | sheet.unread[column.name][0]
    if "source_ref" in sheet.frame.columns:
        told = sheet.frame["source_ref"][filled(sheet.frame["source_ref"])]
        pattern = rf"assumed:[^;|]*\b{re.escape(column.name)}\b"
        assumed = told.index[told.str.contains(pattern, regex=True).to_numpy(dtype=np.bool_)]
        blank = blank | pd.Series(blank.index.isin(assumed), index=blank.index)
    return np.asarray(blank, dtype=np.bool_)


def _place_row(sheet: Sheet) -> Row:
    """The line of the two coordinates."""
    rows, layer = len(sheet.frame), sheet.layer.name
    wrong = (sheet.places["fault"] != "").to_numpy(dtype=np.bool_)
    out = np.zeros(rows, dtype=np.bool_) if layer == "demand" else unplaced(sheet)
    # People may not vanish from the model, nor may a whole layer.
    out, wrong = (np.zeros_like(out), out | wrong) if out.all() else (out, wrong & ~out)
    says = []
    start = "without usable coordinates, "
    if left := int(out.sum()):
        verb = "stays" if left == 1 else "stay"
        says.append(f"{start}{_count(layer, left)} {verb} in the layer, out of the model")
    if stops := int(wrong.sum()):
        who = f"{stops:,} more" if says else start + _count(layer, stops)
        says.append(f"{who} {_stop(stops)} a plan")
    filled = rows - int((out | wrong).sum())
    return layer, PLACE, filled, rows, filled / rows, "required", "all", "; ".join(says)


def _consequence(
    sheet: Sheet, column: Column, *, missing: int, fills: Collection[str], rest: bool
) -> str:
    """What the blanks of a column cost, with their number."""
    layer, are = sheet.layer.name, "is" if missing == 1 else "are"
    who = f"the other {missing:,}" if rest else _count(layer, missing)
    without = "" if rest else f"without {words(column.name)}, "
    if column.name in fills:
        return f"{without}{who} {are} filled in from the default table"
    if column.name in STOPPING:
        return f"{without}{who} {_stop(missing)} a plan"
    why = f": {column.absence}" if column.absence else ""
    if _need(layer, column) == "required":
        return f"{without}{who} {_stop(missing)} a plan{why}"
    return f"{who} {are} without{'' if rest else ' ' + words(column.name)}{why}"


def _stop(number: int) -> str:
    """``stop`` in the number of its subject."""
    return "stops" if number == 1 else "stop"


def words(name: str) -> str:
    """A column in words (``running_cost_gbp_pa`` -> running costs)."""
    return WORDS.get(name) or _UNITS.sub("", name).replace("_", " ")


def label(name: str) -> str:
    """A column as the head of a line: in words, without the article."""
    return re.sub(r"^(an?|the) ", "", words(name))


def _count(layer: str, number: int) -> str:
    """``41 buildings``, ``1 building``."""
    one, many = THINGS.get(layer, ("row", "rows"))
    return f"{number:,} {one if number == 1 else many}"


# --- who needs what --------------------------------------------------------------------------


def _needing(sheets: Sheets, layer: str, column: str) -> tuple[Mask, str]:
    """Rows that need a column, and which they are in words."""
    rule = _NEEDS.get((layer, column)) or _NEEDS.get(("", column))
    sheet = sheets[layer]
    if rule is None:
        return np.ones(len(sheet.frame), dtype=np.bool_), "all"
    which, among = rule
    return np.asarray(which(sheets, sheet), dtype=np.bool_), among


def _decided(sheets: Sheets, sheet: Sheet) -> Mask:
    """Rows the plan decides about: the others need no figures.

    Where no building has a place yet, those it would decide about.
    """
    mask = decided(sheets, sheet.layer.name)
    if mask.any() or sheet.layer.name != "buildings":
        return mask
    return sheet.frame["in_scope"].to_numpy(dtype=np.bool_)


def _candidate(_sheets: Sheets, sheet: Sheet) -> pd.Series:
    """Sites that could be built."""
    return sheet.frame["status"] == "candidate"


def _may_be_sold(sheets: Sheets, sheet: Sheet) -> Mask:
    """Freeholds the plan may let go."""
    frame = sheet.frame
    free = ~frame["decision_lock"].isin(KEPT_LOCKS) & (frame["tenure"] == "freehold")
    return _ours(sheets, sheet) & (free & (frame["status"] != "candidate")).to_numpy(dtype=np.bool_)


def _may_host(sheets: Sheets, sheet: Sheet) -> Mask:
    """Buildings that may take services in."""
    open_ = ~sheet.frame["decision_lock"].isin(("close", "no_host"))
    return _ours(sheets, sheet) & open_.to_numpy(dtype=np.bool_)


def _ours(sheets: Sheets, sheet: Sheet) -> Mask:
    """Rows the plan decides about, whichever layer they are in."""
    if sheet.layer.name != "stations":
        return _decided(sheets, sheet)
    ours = (sheet.frame["in_scope"] & ~sheet.frame["over_border"]).to_numpy(dtype=np.bool_)
    placed: Mask = ours & ~unplaced(sheet)
    return placed if placed.any() else ours


def _fire(_sheets: Sheets, sheet: Sheet) -> pd.Series:
    """Fire units whose turnout time is not given either."""
    return (sheet.frame["service_type"] == "fire") & sheet.frame["turnout_s"].isna()


def _emergency(_sheets: Sheets, sheet: Sheet) -> pd.Series:
    """Fire, police and ambulance units."""
    return sheet.frame["service_type"].isin(EMERGENCY_SERVICES)


def _conditional_pair(_sheets: Sheets, sheet: Sheet) -> pd.Series:
    """Pairs that may share at a cost."""
    return sheet.frame["rule"] == "conditional"


_Rule = tuple[Callable[[Sheets, Sheet], pd.Series | Mask], str]
_SCOPE: _Rule = (_ours, "those in scope, with a place")
_NEEDS: Mapping[tuple[str, str], _Rule] = MappingProxyType(
    {
        **{("buildings", name): _SCOPE for name in ("tenure", "gia_m2", "running_cost_gbp_pa")},
        **{
            ("stations", name): _SCOPE
            for name in ("tenure", "gia_m2", "running_cost_gbp_pa", "space_m2")
        },
        ("services", "space_m2"): (_ours, "those in such buildings"),
        ("", "market_value_gbp"): (_may_be_sold, "freeholds that may be let go"),
        ("", "capacity_m2"): (_may_host, "those that may take services in"),
        ("", "build_capex_gbp"): (_candidate, "sites that could be built"),
        ("", "duty_system"): (_fire, "fire units without a turnout time"),
        ("", "vehicles"): (_emergency, "fire, police and ambulance"),
        ("", "turnout_s"): (_emergency, "fire, police and ambulance"),
        ("", "availability_day_pct"): (_emergency, "fire, police and ambulance"),
        ("", "availability_night_pct"): (_emergency, "fire, police and ambulance"),
        ("compatibility", "cost_gbp"): (_conditional_pair, "pairs that may share at a cost"),
    }
)
