"""The rules an estate's layers must keep: one ``check_*`` per rule, each giving a list of issues.

An error stops a plan; a warning says what the planner will make of something odd. Checks are
pure, see every layer, tolerate anything missing (another check reports it) and are vectorised:
100,000 rows take seconds. `CHECKS` is the register; `check_all` runs it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from assets.cells import equal, filled, fits
from assets.codes import RENUMBERED, census_codes, census_of_heading
from assets.issues import Issue, nearest
from assets.leases import CONTINUES_DAYS, overlapping
from assets.places import DISAGREE_M, on_land, stray_swaps
from assets.schema import (
    CARRIED,
    EMERGENCY_SERVICES,
    PLACE_COLUMNS,
    RANGE_SUFFIXES,
    Column,
    weights,
)
from assets.sheets import Sheet, Sheets
from assets.stations import GIVEN_BY_STATIONS, STATIONS
from assets.whereabouts.postcodes import parts, told_apart
from assets.whereabouts.strays import misplaced

VALUES_SHOWN = 5
#: Different wrong values of one column that are told one by one; the rest are told together.
VALUES_APART = 20
SAME_SPOT_M = 1.0
#: One property (a school with its fields, a park with its lodges) is no wider than this.
UPRN_APART_M = 500.0
#: Stations of one service are further apart than this.
NEXT_DOOR_M = 100.0
#: So many differently named rows at one point are said to be.
MANY_AT_SPOT = 5
ALIKE = 0.8
#: Words compared with each other for likeness: more would take minutes.
MOST_COMPARED = 1_000
#: So many census areas without a single one that is new since the last census are of an older one.
MANY_AREAS = 1_000
OVERLAP_M2 = 1_000.0
OVERLAP_SHARE = 0.01
ROUNDING_M2 = 1e-6
KEPT_LOCKS = ("retain", "host_only")
#: Required cells that may be blank where the plan decides nothing about the row.
FIGURES: Mapping[str, frozenset[str]] = {
    "buildings": frozenset({"tenure", "gia_m2", "running_cost_gbp_pa"}),
    "services": frozenset({"space_m2"}),
}
#: Cells that a table of defaults can fill (`assets.defaults`), and how to ask for it.
FILLABLE = frozenset({"tenure", "status", "asset_type", "gia_m2", "running_cost_gbp_pa",
                      "space_m2", "operator", "duty_system"})  # fmt: skip
ASK_DEFAULTS = "; or let the scenario fill blanks by `defaults: standard`"
Mask = npt.NDArray[np.bool_]
Check = Callable[[Sheets], list[Issue]]


def check_all(sheets: Sheets, whole: Sheets | None = None) -> list[Issue]:
    """Every issue of every layer, in the order of `CHECKS`.

    Args:
        sheets: every layer as it was given.
        whole: the same with stations among buildings and services, and blanks filled
            (`assets.estate.examine`); without it, ``sheets``.
    """
    reading = [issue for sheet in sheets.values() for issue in sheet.issues]
    joined = sheets if whole is None else whole
    found = [i for check in CHECKS for i in check(joined if check in OF_THE_WHOLE else sheets)]
    return reading + found


def _ids(labels: Iterable[str]) -> tuple[str, ...]:
    """Each label once, in natural order: row 9 before row 10."""
    different = [str(label) for label in dict.fromkeys(labels)]
    # One pass over all of them: a hundred thousand labels, several times over, take no time.
    padded = _DIGITS.sub(_padded, "\n".join(different)).split("\n")
    return tuple(label for _, label in sorted(zip(padded, different, strict=True)))


_DIGITS = re.compile("[0-9]+")


def _padded(digits: re.Match[str]) -> str:
    """A number so long that the order of texts is the order of numbers."""
    return digits[0].zfill(20)


def _found(
    sheet: Sheet,
    rule: str,
    *,
    mask: object,
    says: str | Callable[[Mask], str],
    remedy: str,
    warn: bool = False,
) -> list[Issue]:
    """An issue naming the rows under ``mask``, or none if there is no such row.

    Rows that came from another layer have an issue of their own, which names that layer;
    ``says`` is a function of the rows concerned where the words depend on them.
    """
    rows = np.asarray(mask, dtype=np.bool_)
    severity = "warning" if warn else "error"
    return [
        Issue(
            f"{origin}.{rule}",
            says if isinstance(says, str) else says(part),
            ids_of(sheet, part),
            remedy,
            origin,
            severity,
        )
        for origin, part in by_origin(sheet, rows)
    ]


def by_origin(sheet: Sheet, rows: Mask) -> Iterator[tuple[str, Mask]]:
    """The rows by the layer they were given in, where there are any."""
    names = [sheet.layer.name] if not sheet.origins.size else sorted(set(sheet.origins))
    for name in names:
        part: Mask = rows & (sheet.origins == name) if sheet.origins.size else rows
        if part.any():
            yield str(name), part


def ids_of(sheet: Sheet, rows: Mask) -> tuple[str, ...]:
    """What the rows are called in messages, each once, in natural order."""
    return _ids(sheet.labels[rows])


def unplaced(sheet: Sheet) -> Mask:
    """Rows without a place that drive times could start from: none, or only an area.

    A remark in place of coordinates (`not available here`) says that there are none. A place
    that is written but wrong (a figure that cannot be read, half a pair, out at sea) is an
    error instead.
    """
    missing = equal(sheet.places["fault"], "missing") & ~filled(_unread_places(sheet))
    return missing | equal(sheet.frame["place_precision"], "area")


def _unread_places(sheet: Sheet, *, remarks: bool = False) -> pd.Series:
    """Text of a coordinate of each row that could not be read, ``""`` where there is none.

    Either of those that hold a figure, or (``remarks``) of those that are words only.
    """
    found = pd.Series("", index=sheet.frame.index, dtype=object)
    for name in PLACE_COLUMNS:
        if name in sheet.unread:
            bad, cells = sheet.unread[name]
            wanted = bad & (cells.str.contains(_FIGURE_IN, regex=True) != remarks) & (found == "")
            found = found.mask(wanted, cells)
    return found


_FIGURE_IN = r"(?:^|[\s£+-])\.?[0-9]"


def decided(sheets: Sheets, name: str) -> Mask:
    """Rows of buildings or services that the plan decides about, so that it needs figures.

    Not those out of scope, without a place, or over the border: a building that holds only
    units over the border is not ours, whatever its in_scope says.
    """
    buildings, services = sheets["buildings"], sheets["services"]
    units, masks = buildings.kept.get("decided", (None, {}))
    if units is not services:
        masks = _decided(buildings, services)
        buildings.kept["decided"] = (services, masks)
    return np.array(masks[name == "buildings"], dtype=np.bool_)


def _decided(buildings: Sheet, services: Sheet) -> tuple[Mask, Mask]:
    """Services, then buildings, that the plan decides about."""
    foreign = services.frame["over_border"]
    units = foreign.groupby(services.frame["asset_id"]).all()
    abroad = buildings.frame["asset_id"].map(units).eq(True)
    ours: pd.Series = buildings.frame["in_scope"] & ~abroad & ~unplaced(buildings)
    others = set(buildings.frame.loc[~ours, "asset_id"])
    units_ours = ~foreign & ~services.frame["asset_id"].isin(others)
    return units_ours.to_numpy(dtype=np.bool_), ours.to_numpy(dtype=np.bool_)


def _quoted(cells: Iterable[object]) -> str:
    """The first few different cells, quoted, long ones cut."""
    different = sorted({str(cell) for cell in cells})
    shown = ", ".join(
        f"'{cell[:40]}{'…' if len(cell) > 40 else ''}'" for cell in different[:VALUES_SHOWN]
    )
    more = len(different) - VALUES_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


# --- any layer ------------------------------------------------------------------------------


def check_layers_there(sheets: Sheets) -> list[Issue]:
    """Buildings, services and demand are needed, each with at least one row."""
    return [
        Issue(
            f"{name}.missing_layer",
            f"the layer '{name}' is not there or has no rows",
            (name,),
            "name its file under `layers` in the scenario",
            name,
        )
        for name, sheet in sheets.items()
        if sheet.layer.needed and sheet.frame.empty
    ]


def check_required_columns(sheets: Sheets) -> list[Issue]:
    """Every required column is there; a point layer has coordinates."""
    absent: dict[str, list[str]] = {name: [] for name in sheets}
    for sheet in sheets.values():
        for column in sheet.layer.columns:
            for origin, _ in _lacking(sheets, sheet, column):
                if column.name not in _heads(sheets, origin, sheet):
                    absent[origin].append(column.name)
    for name, sheet in sheets.items():
        if sheet.layer.geometry == "point" and _nowhere(sheet):
            absent[name].append(_PLACE_MISSING)
    return [
        Issue(
            f"{name}.missing_column",
            "required columns are missing",
            tuple(dict.fromkeys(columns)),
            "add them, or import with --map (a column that holds one) or --set (one value for all)"
            + _meant(sheets[name], columns)
            + _may_be_filled(columns)
            + (_PLACES_FROM.get(name, _PLACES) if _PLACE_MISSING in columns else ""),
            name,
        )
        for name, columns in absent.items()
        if columns
    ]


_PLACE_MISSING = "easting and northing (or lon and lat, or a geometry)"
_PLACES = "; places of full postcodes are found by importing with --postcodes FILE"
_PLACES_FROM: Mapping[str, str] = {
    "demand": "; a table of figures has no places: import the areas' outlines or centroids and "
    "lay the table beside them with --join FILE"
}


def _may_be_filled(columns: list[str]) -> str:
    """How blanks of the columns are filled from a table of defaults, and of which."""
    known = [name for name in dict.fromkeys(columns) if name in FILLABLE]
    if not known or len(known) == len(set(columns)):
        return ASK_DEFAULTS if known else ""
    return f"; `defaults: standard` in the scenario fills {', '.join(known)}"


def _nowhere(sheet: Sheet) -> bool:
    """Whether the layer has rows of its own, and none of them any coordinates."""
    own = np.ones(len(sheet.frame), dtype=np.bool_)
    if sheet.origins.size:
        own = sheet.origins == sheet.layer.name
    return bool(own.any() and (sheet.places["fault"][own] == "missing").all())


def _lacking(sheets: Sheets, sheet: Sheet, column: Column) -> list[tuple[str, Mask]]:
    """Rows, by the layer they were given in, whose cell of a required column is needed and blank.

    A column that no row of its layer needs is none: figures of places out of scope.
    """
    if not column.required:
        return []
    blank = _blank(sheet, column).to_numpy(dtype=np.bool_)
    name = sheet.layer.name
    if blank.any() and column.name in FIGURES.get(name, ()):
        blank = blank & decided(sheets, name)
    found = by_origin(sheet, blank)
    return [(o, rows) for o, rows in found if o == name or column.name not in GIVEN_BY_STATIONS]


def _heads(sheets: Sheets, origin: str, sheet: Sheet) -> frozenset[str]:
    """Columns that the source of rows has."""
    return sheet.present if origin == sheet.layer.name else sheets[origin].present


def _meant(sheet: Sheet, absent: list[str]) -> str:
    """Headings not used that look like a missing column."""
    if sheet.mapping.empty:
        return ""
    unused = sheet.mapping.loc[sheet.mapping["column"] == "", "heading"]
    unused = unused[~unused.astype(str).str.startswith(CARRIED)]
    hints = [
        f"'{heading}' ({nearest(str(heading).lower(), absent)[:-1]})"
        for heading in unused
        if nearest(str(heading).lower(), absent).startswith("did")
    ]
    return f"; not used: {', '.join(hints)}" if hints else ""


def check_required_cells(sheets: Sheets) -> list[Issue]:
    """No required cell is blank, unless the plan decides nothing about the row."""
    issues = []
    for sheet in sheets.values():
        for column in sheet.layer.columns:
            for origin, rows in _lacking(sheets, sheet, column):
                if column.name in _heads(sheets, origin, sheet):
                    issues += _found(
                        sheet,
                        "blank_cell",
                        mask=rows,
                        says=f"{column.name} is blank",
                        remedy=f"fill in {column.name}: {column.doc}"
                        + (ASK_DEFAULTS if column.name in FILLABLE else ""),
                    )
    return issues


def _blank(sheet: Sheet, column: Column) -> pd.Series:
    """Cells left blank (a cell that cannot be read is not blank)."""
    values = sheet.frame[column.name]
    text = values.dtype == object
    blank = pd.Series(~filled(values), index=values.index) if text else values.isna()
    unread = sheet.unread.get(column.name)
    return blank if unread is None else blank & ~unread[0]


def check_readable_cells(sheets: Sheets) -> list[Issue]:
    """Numbers are numbers, dates dates, booleans yes or no. Coordinates: `check_coordinates`."""
    wanted = {
        "number": ("is not a number", "write plain numbers, such as 1234.5 or £1,234"),
        "integer": ("is not a whole number", "write whole numbers"),
        "boolean": ("is neither yes nor no", "write yes or no"),
        "date": ("is not a date", "write dates as 2026-03-31 or 31/03/2026"),
        "dates": ("is not a list of dates", "write dates as 2026-03-31, separated by ;"),
    }
    issues = []
    for sheet in sheets.values():
        for name, (bad, cells) in sheet.unread.items():
            if name not in PLACE_COLUMNS:
                says, remedy = wanted.get(
                    sheet.layer.column(name).kind, ("has no letters or digits", "write a word")
                )
                issues += _found(
                    sheet,
                    "unreadable_cell",
                    mask=bad,
                    remedy=remedy,
                    says=f"{name} {says}: {_quoted(cells[bad])}",
                )
    return issues


def check_number_limits(sheets: Sheets) -> list[Issue]:
    """Numbers lie within the limits of their column: money is not negative, shares are 0-100 %."""
    issues = []
    for sheet in sheets.values():
        for name in sorted(sheet.present):
            column = sheet.layer.column(name)
            values = sheet.frame[name]
            if column.minimum is not None:
                low = values < column.minimum
                says = "is negative" if column.minimum == 0 else f"is below {column.minimum:g}"
                issues += _found(
                    sheet,
                    "below_minimum",
                    mask=low,
                    says=f"{name} {says}: {_figures(values[low])}",
                    remedy=f"{name} must be {column.minimum:g} or more",
                )
            if column.maximum is not None:
                high = values > column.maximum
                issues += _found(
                    sheet,
                    "above_maximum",
                    mask=high,
                    says=f"{name} is above {column.maximum:g}: {_figures(values[high])}",
                    remedy=f"{name} must be {column.maximum:g} or less",
                )
    return issues


def _figures(values: pd.Series) -> str:
    """The first few different numbers, in order."""
    different = sorted(set(values))
    more = len(different) - VALUES_SHOWN
    shown = ", ".join(f"{value:g}" for value in different[:VALUES_SHOWN])
    return shown + (f" and {more} more" if more > 0 else "")


def check_allowed_values(sheets: Sheets) -> list[Issue]:
    """Columns with a closed list hold nothing else."""
    issues = []
    for sheet in sheets.values():
        for column in sheet.layer.columns:
            if not column.allowed or column.name not in sheet.present:
                continue
            values = sheet.frame[column.name]
            wrong = values.where(~values.isin((*column.allowed, "")), "")
            for told in _apart(wrong):
                hint = f"{nearest(told[0], column.allowed)} " if len(told) == 1 else ""
                issues += _found(
                    sheet,
                    "not_allowed",
                    mask=wrong.isin(told),
                    says=f"{column.name} {_quoted(told)} is not allowed",
                    remedy=f"{hint}(allowed: {', '.join(column.allowed)})",
                )
    return issues


def _apart(values: pd.Series) -> list[list[str]]:
    """The different texts but ``""``, each by itself; those after the most frequent together.

    A column of remarks under the name of a closed list would otherwise be as many issues as rows.
    """
    counts = {str(v): n for v, n in values[values != ""].value_counts().items()}
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    rest = ranked[VALUES_APART:]
    return [[value] for value in sorted(ranked[:VALUES_APART])] + ([rest] if rest else [])


def check_usual_values(sheets: Sheets) -> list[Issue]:
    """A near miss of a usual value (`libary`) is pointed out; other unusual values pass."""
    issues = []
    for sheet in sheets.values():
        for column in sheet.layer.columns if not sheet.frame.empty else ():
            values = sheet.frame[column.name]
            if not column.usual:
                continue
            different = set(values.unique()) - {*column.usual, ""}
            for value, close in sorted(_near_misses(different, column.usual).items()):
                issues += _found(
                    sheet,
                    "unusual_value",
                    mask=values == value,
                    warn=True,
                    says=f"{column.name} '{value}' is unusual, did you mean '{close}'?",
                    remedy="correct it, or leave it if it is meant",
                )
    return issues


def _near_misses(values: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Value -> the known one it is nearly; for as many as can be told apart by a reader.

    Values much longer than any known one cannot be near misses; comparing a register's worth of
    remarks would take minutes.
    """
    usual = tuple(known)
    longest = max(map(len, usual))
    short = sorted(v for v in values if 2.0 * longest >= ALIKE * (longest + len(v)))
    found: dict[str, str] = {}
    for value in short[:MOST_COMPARED]:
        close = difflib.get_close_matches(value, usual, n=1, cutoff=ALIKE)
        if close:
            found[value] = close[0]
    return found


def check_unique_ids(sheets: Sheets) -> list[Issue]:
    """No two rows of a layer have the same id."""
    issues = []
    for sheet in sheets.values():
        key = sheet.layer.key
        if key and not sheet.layer.successive:
            ids = sheet.frame[key]
            issues += _found(
                sheet,
                "duplicate_id",
                mask=(ids != "") & ids.duplicated(keep=False),
                says=f"several rows have the same {key}",
                remedy=f"give each row its own {key}, or delete the repeats",
            )
    return issues


def check_ranges(sheets: Sheets) -> list[Issue]:
    """``x_low <= x <= x_high`` wherever they are given."""
    issues = []
    for sheet in sheets.values():
        frame = sheet.frame
        for column in sheet.layer.columns:
            names = [column.name + suffix for suffix in RANGE_SUFFIXES]
            if not column.numeric or not any(name in frame.columns for name in names):
                continue
            middle = frame[column.name]
            low, high = (frame[name] if name in frame.columns else middle for name in names)
            wrong = (low > middle) | (middle > high) | (low > high)
            issues += _found(
                sheet,
                "range",
                mask=wrong,
                says=f"{column.name} is not between its _low and _high",
                remedy="put the three figures in order",
            )
    return issues


# --- places ---------------------------------------------------------------------------------

_FAULTS = {
    "missing": ("no_coordinates", "there are no coordinates",
                "add easting and northing, or lon and lat"),
    "half": ("half_coordinates", "only one of a pair of coordinates is there",
             "add the other one"),
    "degrees": ("degrees_in_metres", "easting and northing hold degrees",
                "put them into lon and lat"),
    "metres": ("metres_in_degrees", "lon and lat are beyond 180 and 90 degrees",
               "put eastings and northings into easting and northing"),
    "lonlat_swapped": ("lonlat_swapped", "lon and lat look swapped", "swap the two"),
    "swapped": ("swapped", "easting and northing look swapped", "swap the two"),
    "outside": ("outside_gb", "the place is outside Great Britain or at sea",
                "check the digits and the order of the coordinates"),
}  # fmt: skip


def check_coordinates(sheets: Sheets) -> list[Issue]:
    """Every place has one readable point on land in Great Britain."""
    issues = []
    for sheet in _with_points(sheets):
        texts = _unread_places(sheet)
        if sheet.layer.name == "demand":  # nobody may leave the model for a remark
            texts = texts.mask(texts == "", _unread_places(sheet, remarks=True))
        unread = (texts != "").to_numpy(dtype=np.bool_)
        issues += _found(
            sheet,
            "unreadable_coordinates",
            mask=unread,
            says=f"coordinates are not numbers: {_quoted(texts[unread])}",
            remedy="write the coordinates as plain numbers",
        )
        fault = sheet.places["fault"].to_numpy()
        if (fault == "missing").all():
            continue  # the whole column is missing: check_required_columns
        for kind, (rule, says, remedy) in _FAULTS.items():
            if kind == "missing" and sheet.layer.name != "demand":
                continue  # out of the model, which is no error: check_placed
            issues += _found(
                sheet,
                rule,
                mask=(fault == kind) & ~unread,
                says=says + _whereabouts(sheet, (fault == kind) & ~unread),
                remedy=remedy + (_slips(sheet) if kind == "outside" else ""),
            )
    return issues


def _slips(sheet: Sheet) -> str:
    """Figures that would fit instead of those of points at sea or abroad, for the first few."""
    if not (sheet.places["fault"] == "outside").any():
        return ""
    found = misplaced(sheet)
    found = found[(found["rule"] == "outside_gb") & (found["suggestion"] != "")]
    told = [f"{row.id}: {row.suggestion}" for row in found.head(VALUES_SHOWN).itertuples()]
    return "".join(f"; {words}" for words in told)


def check_far_from_neighbours(sheets: Sheets) -> list[Issue]:
    """A place is where its postcode is, and not far from every other: `whereabouts.strays`."""
    issues = []
    for sheet in _with_points(sheets):
        found = misplaced(sheet)
        found = found[found["rule"] == "far_from_neighbours"]
        name = sheet.layer.name
        issues += [
            Issue(f"{name}.far_from_neighbours", says, ids, remedy, name, "warning")
            for says, ids, remedy in told_apart(found)
        ]
    return issues


def check_many_at_one_spot(sheets: Sheets) -> list[Issue]:
    """Many differently named assets at one point: it may be a postcode's, or a default."""
    issues = []
    for sheet in _with_points(sheets):
        if sheet.layer.name not in ("buildings", "stations"):
            continue
        known = sheet.frame["place_precision"].isin(("postcode", "area"))
        spot = pd.DataFrame(
            {"x": (sheet.places["x"] / SAME_SPOT_M).round(),
             "y": (sheet.places["y"] / SAME_SPOT_M).round(),
             "name": sheet.frame["name"].str.lower()}
        ).mask(known)  # fmt: skip
        names = spot.groupby(["x", "y"])["name"].transform("nunique")
        issues += _found(
            sheet,
            "same_spot_many",
            mask=names >= MANY_AT_SPOT,
            warn=True,
            says=f"{MANY_AT_SPOT} or more differently named rows stand at one and the same point",
            remedy="if it is the point of a postcode or an estate, write `postcode` into "
            "place_precision; else give each its own",
        )
    return issues


def check_postcodes_at_one_spot(sheets: Sheets) -> list[Issue]:
    """Rows at one and the same point have postcodes of one sector, or a point was copied."""
    issues = []
    for sheet in _with_points(sheets):
        if "postcode" not in sheet.frame.columns:
            continue
        made = sheet.frame["place_precision"].isin(("postcode", "area"))
        sector = parts(sheet.frame["postcode"])["sector"]
        known = ((sector != "") & ~made & (sheet.places["fault"] == "")).to_numpy(dtype=np.bool_)
        spot = (sheet.places[["x", "y"]] / SAME_SPOT_M).round()[known]
        several = spot.assign(sector=sector.to_numpy()[known]).groupby(["x", "y"])["sector"]
        mask = np.zeros(len(known), dtype=np.bool_)
        mask[known] = several.transform("nunique").to_numpy() > 1
        issues += _found(
            sheet,
            "same_spot_postcodes",
            mask=mask,
            warn=True,
            says="rows whose postcodes differ stand at one and the same point",
            remedy="one of them may have the other's coordinates: check them",
        )
    return issues


def check_stations_apart(sheets: Sheets) -> list[Issue]:
    """Two stations of one service are not next door: several buildings may be one station's."""
    sheet = sheets[STATIONS]
    if sheet.frame.empty:
        return []
    from scipy.spatial import cKDTree  # slow to import, and few files are stations

    placed = (sheet.places["fault"] == "").to_numpy(dtype=np.bool_) & ~unplaced(sheet)
    services = sheet.frame["service_type"].to_numpy(dtype=object)
    points = sheet.places[["x", "y"]].to_numpy(dtype=np.float64)
    mask = np.zeros(len(placed), dtype=np.bool_)
    for service in sorted(set(services[placed]) - {""}):
        rows = np.flatnonzero(placed & (services == service))
        pairs = cKDTree(points[rows]).query_pairs(NEXT_DOOR_M, output_type="ndarray")
        mask[rows[np.unique(pairs)]] = True
    return _found(
        sheet,
        "next_door",
        mask=mask,
        warn=True,
        says=f"stations of one service stand within {NEXT_DOOR_M:.0f} m of each other; each counts",
        remedy="keep one row per station, if they are buildings of one; else check their places",
    )


def _with_points(sheets: Sheets) -> list[Sheet]:
    """Point layers with rows."""
    return [s for s in sheets.values() if s.layer.geometry == "point" and not s.frame.empty]


def _whereabouts(sheet: Sheet, mask: Mask) -> str:
    """The points of the first few rows concerned."""
    if not mask.any():
        return ""
    places = sheet.places[mask].dropna(subset=["x", "y"])
    shown = [f"{x:.0f} {y:.0f}" for x, y in zip(places["x"], places["y"], strict=True)]
    return f": {_quoted(shown)}" if shown else ""


def check_sources_of_place_agree(sheets: Sheets) -> list[Issue]:
    """Written metres, written degrees and geometry of a row are the same place (100 m)."""
    issues = []
    for sheet in _with_points(sheets):
        apart = sheet.places["apart_m"] > DISAGREE_M
        issues += _found(
            sheet,
            "places_disagree",
            mask=apart,
            warn=True,
            says=f"two sources of the place are more than {DISAGREE_M:.0f} m apart",
            remedy="the geometry is used where there is one, else easting and northing",
        )
    return issues


def check_stray_swaps(sheets: Sheets) -> list[Issue]:
    """A place far from the rest that would be among them with its axes swapped."""
    issues = []
    for sheet in _with_points(sheets):
        x, y = sheet.places["x"].to_numpy(), sheet.places["y"].to_numpy()
        issues += _found(
            sheet,
            "maybe_swapped",
            mask=stray_swaps(x, y) & on_land(x, y),
            warn=True,
            says="the place is far from the others; swapped, it would be among them",
            remedy="swap easting and northing if they are the wrong way round",
        )
    return issues


# --- buildings ------------------------------------------------------------------------------


def check_placed(sheets: Sheets) -> list[Issue]:
    """Buildings have a place that drive times can start from; those without are out of the model.

    So are the units in them: they stay in their layers, and no plan counts or moves them.
    """
    sheet = sheets["buildings"]
    out = unplaced(sheet)
    if not out.any():
        return []
    if out.all() and (sheet.places["fault"] == "missing").all():
        return []  # the whole column is missing: check_required_columns
    area = (sheet.frame["place_precision"] == "area").to_numpy(dtype=np.bool_)
    consequence = "no building is left" if out.all() else "out of the model"
    return (
        _found(
            sheet,
            "no_coordinates",
            mask=out & ~area,
            warn=not out.all(),
            says=lambda rows: f"there are no coordinates{_said(sheet, rows)}: {consequence}",
            remedy="add easting and northing, or lon and lat, or import it with --postcodes FILE",
        )
        + _found(
            sheet,
            "place_too_coarse",
            mask=out & area,
            warn=not out.all(),
            says=f"the place is known only to an area: {consequence}",
            remedy="add easting and northing, or the full postcode",
        )
        + _units_out(sheets, out)
    )


def _said(sheet: Sheet, rows: Mask) -> str:
    """What stands where the coordinates of some rows should be, in brackets."""
    remarks = _unread_places(sheet, remarks=True)[rows]
    return f" ({_quoted(remarks[remarks != ''])})" if (remarks != "").any() else ""


def _units_out(sheets: Sheets, out: Mask) -> list[Issue]:
    """Units of the services layer whose building is out of the model."""
    sheet = sheets["services"]
    gone = sheet.frame["asset_id"].isin(sheets["buildings"].frame.loc[out, "asset_id"])
    own = sheet.origins != STATIONS if sheet.origins.size else np.ones(len(gone), dtype=np.bool_)
    return _found(
        sheet,
        "building_unplaced",
        mask=(gone & (sheet.frame["asset_id"] != "")) & own,
        warn=True,
        says="the building has no place: the unit is out of the model with it",
        remedy="give the building coordinates",
    )


def check_station_ids(sheets: Sheets) -> list[Issue]:
    """No station has the id of a building, nor its unit the id of another unit."""
    issues = []
    for layer in ("buildings", "services"):
        sheet = sheets[layer]
        if not sheet.origins.size:
            continue
        ids, theirs = sheet.frame[sheet.layer.key], sheet.origins == STATIONS
        issues += _found(
            sheet,
            "id_clash",
            mask=theirs & (ids != "") & ids.isin(ids[~theirs]),
            says=f"a row of {layer} has the same {sheet.layer.key}",
            remedy=f"leave the station or the row of {layer} out, or give one another id",
        )
    return issues


def _used_m2(sheets: Sheets) -> pd.Series:
    """Space in use now by building id (m²)."""
    services = sheets["services"].frame
    return services.groupby("asset_id", sort=True)["space_m2"].sum()


def check_candidates(sheets: Sheets) -> list[Issue]:
    """A candidate has a price and a capacity, and nothing in it yet."""
    sheet = sheets["buildings"]
    candidate = (sheet.frame["status"] == "candidate") & ~unplaced(sheet)
    issues = []
    for name in ("build_capex_gbp", "capacity_m2"):
        blank = candidate & _blank(sheet, sheet.layer.column(name))
        issues += _found(
            sheet,
            "candidate_incomplete",
            mask=blank,
            says=f"candidates need {name}",
            remedy=f"fill in {name}, or leave the site out",
        )
    used = sheet.frame["asset_id"].isin(sheets["services"].frame["asset_id"])
    return issues + _found(
        sheet,
        "candidate_in_use",
        mask=candidate & used & _named(sheet),
        says="services sit in a site that is not built yet",
        remedy="correct its status or the services' asset_id",
    )


def _named(sheet: Sheet) -> pd.Series:
    """Rows with an id."""
    return sheet.frame[sheet.layer.key] != ""


def check_market_value(sheets: Sheets) -> list[Issue]:
    """A freehold building that may be disposed of has a market value."""
    sheet = sheets["buildings"]
    frame = sheet.frame
    may_go = frame["in_scope"] & ~frame["decision_lock"].isin(KEPT_LOCKS) & ~unplaced(sheet)
    freehold = (frame["tenure"] == "freehold") & (frame["status"] != "candidate")
    blank = _blank(sheet, sheet.layer.column("market_value_gbp"))
    return _found(
        sheet,
        "no_market_value",
        mask=may_go & freehold & blank,
        warn=True,
        says="market_value_gbp is blank: its receipt counts as nil",
        remedy="add a valuation in alternative use, or accept the nil",
    )


def check_grants(sheets: Sheets) -> list[Issue]:
    """Grants come with candidates; what is to be repaid is stated."""
    sheet = sheets["buildings"]
    frame = sheet.frame
    given, candidate = frame["grant_gbp"] > 0, frame["status"] == "candidate"
    listed = frame["constraints"].str.lower().str.contains("clawback", regex=False)
    may_go = frame["in_scope"] & ~frame["decision_lock"].isin(KEPT_LOCKS) & ~unplaced(sheet)
    unstated = listed & frame["clawback_gbp"].isna() & may_go & ~candidate
    return [
        *_found(
            sheet,
            "grant_of_no_candidate",
            mask=given & ~candidate,
            warn=True,
            says="grant_gbp of a building that stands is not counted: it comes with building one",
            remedy="take it out, or correct the status",
        ),
        *_found(
            sheet,
            "grant_above_cost",
            mask=given & candidate & (frame["grant_gbp"] > frame["build_capex_gbp"]),
            warn=True,
            says="grant_gbp is above build_capex_gbp",
            remedy="check the two figures",
        ),
        *_found(
            sheet,
            "clawback_unstated",
            mask=unstated,
            warn=True,
            says="constraints name a clawback, but no clawback_gbp is stated: nothing is repaid "
            "when its use ends",
            remedy="fill in clawback_gbp",
        ),
    ]


def check_percentages(sheets: Sheets) -> list[Issue]:
    """Percentages are written as percentages: 2.5 % is 2.5, not 0.025."""
    issues = []
    for sheet in sheets.values():
        for column in sheet.layer.columns:
            values = sheet.frame[column.name]
            if column.unit != "%" or not (values > 0).any() or (values > 1).any():
                continue
            low, high = values[values > 0].min(), values.max()
            issues += _found(
                sheet,
                "percentage_or_share",
                mask=values > 0,
                warn=True,
                says=f"{column.name} is {low:g} to {high:g} %: were shares meant, "
                f"{100 * low:g} to {100 * high:g} %?",
                remedy="write 2.5 for 2.5 %; leave it if less than one per cent is meant",
            )
    return issues


def check_capacity(sheets: Sheets) -> list[Issue]:
    """A host holds at least what is in it now."""
    sheet = sheets["buildings"]
    used = sheet.frame["asset_id"].map(_used_m2(sheets)).fillna(0.0).astype("float64")
    over = used - sheet.frame["capacity_m2"]
    short = _named(sheet) & (over > ROUNDING_M2)
    return _found(
        sheet,
        "over_capacity",
        mask=short,
        warn=True,
        says="what is in it now needs more than its capacity_m2, "
        f"by up to {over[short].max() if short.any() else 0.0:,.0f} m²; treated as full",
        remedy="correct capacity_m2 or the units' space_m2",
    )


def check_empty_buildings(sheets: Sheets) -> list[Issue]:
    """An operational building in scope holds a service unit."""
    sheet = sheets["buildings"]
    frame = sheet.frame
    idle = frame["in_scope"] & (frame["status"] == "operational") & _named(sheet)
    idle &= ~unplaced(sheet)
    empty = ~frame["asset_id"].isin(sheets["services"].frame["asset_id"])
    return _found(
        sheet,
        "operational_but_empty",
        mask=idle & empty,
        warn=True,
        says="operational, but no service unit is in it: it stays as it is",
        remedy="add its units, or set its status to vacant or surplus",
    )


def check_vacant_buildings(sheets: Sheets) -> list[Issue]:
    """A vacant or surplus building holds no service unit."""
    sheet = sheets["buildings"]
    vacant = sheet.frame["status"].isin(("vacant", "surplus")) & _named(sheet)
    used = sheet.frame["asset_id"].isin(sheets["services"].frame["asset_id"])
    return _found(
        sheet,
        "vacant_but_used",
        mask=vacant & used,
        warn=True,
        says="vacant or surplus, yet service units are in it",
        remedy="correct its status or the units' asset_id",
    )


def check_same_spot(sheets: Sheets) -> list[Issue]:
    """No building is listed twice: same name within a metre."""
    sheet = sheets["buildings"]
    spot = pd.DataFrame(
        {
            "name": sheet.frame["name"].str.lower(),
            "x": (sheet.places["x"] / SAME_SPOT_M).round(),
            "y": (sheet.places["y"] / SAME_SPOT_M).round(),
        }
    )
    twice = spot.duplicated(keep=False) & spot["x"].notna() & (spot["name"] != "")
    return _found(
        sheet,
        "listed_twice",
        mask=twice,
        warn=True,
        says="buildings of the same name stand at the same spot; both count",
        remedy="delete one if it is the same building",
    )


def check_uprn(sheets: Sheets) -> list[Issue]:
    """A UPRN has 1 to 12 digits and belongs to one building."""
    sheet = sheets["buildings"]
    uprn = sheet.frame["uprn"]
    wrong = filled(uprn) & ~fits(uprn, "[0-9]{1,12}")
    twice = filled(uprn) & uprn.str.lstrip("0").duplicated(keep=False)
    return (
        _found(
            sheet,
            "uprn_malformed",
            mask=wrong,
            warn=True,
            says=lambda rows: f"not a UPRN of up to 12 digits: {_quoted(uprn[rows])}",
            remedy="a spreadsheet may have rounded it: copy it again as text",
        )
        + _found(
            sheet,
            "uprn_repeated",
            mask=twice & ~wrong,
            warn=True,
            says="several buildings have the same UPRN; each counts",
            remedy="delete the repeats if they are one building",
        )
        + _found(
            sheet,
            "uprn_apart",
            mask=_apart_of_one(sheet, uprn.mask(wrong | ~twice, "")),
            warn=True,
            says=f"rows with one UPRN stand more than {UPRN_APART_M:.0f} m apart",
            remedy="a UPRN is one property's: look up which of them it belongs to",
        )
    )


def _apart_of_one(sheet: Sheet, code: pd.Series) -> Mask:
    """Rows of which another with the same code is too far away for one property."""
    points = sheet.places.loc[(code != "") & (sheet.places["fault"] == ""), ["x", "y"]]
    by_code = points.groupby(code[points.index].str.lstrip("0"))
    spread = by_code.transform("max") - by_code.transform("min")
    mask = np.zeros(len(code), dtype=np.bool_)
    mask[points.index] = np.hypot(*spread.to_numpy(dtype=np.float64).T) > UPRN_APART_M
    return mask


def check_wards_exist(sheets: Sheets) -> list[Issue]:
    """Areas named by buildings and demand exist, where areas of that kind are given."""
    issues = []
    areas = sheets["areas"].frame
    for column, kind in AREA_COLUMNS.items():
        known = set(areas.loc[areas["kind"] == kind, "area_id"])
        for sheet in _with_points(sheets) if known else ():
            if column in sheet.frame.columns:
                named = sheet.frame[column]
                unknown = (named != "") & ~named.isin(known)
                issues += _found(
                    sheet,
                    "unknown_area",
                    mask=unknown,
                    warn=True,
                    says=f"{column} is no area of kind {kind}: {_quoted(named[unknown])}",
                    remedy="correct it, blank it (it is then found by place), or add the area",
                )
    return issues


AREA_COLUMNS = {
    "ward_code": "ward",
    "area_id": "pilot",
    "town_id": "town",
    "district_id": "district",
    "market_area": "market",
}


# --- services -------------------------------------------------------------------------------


def check_service_buildings(sheets: Sheets) -> list[Issue]:
    """A service unit sits in a building that exists."""
    sheet = sheets["services"]
    known = set(sheets["buildings"].frame["asset_id"])
    asset = sheet.frame["asset_id"]
    lost = (asset != "") & ~asset.isin(known) & bool(known)
    few = len(known) <= MOST_COMPARED
    hint = nearest(sorted(asset[lost])[0], known) if lost.any() and few else ""
    return _found(
        sheet,
        "unknown_building",
        mask=lost,
        says=f"asset_id is no building of the buildings layer: {_quoted(asset[lost])}",
        remedy="correct the asset_id or add the building"
        + (f"; {hint}" if hint.startswith("did") else ""),
    )


def _building_of_unit(sheets: Sheets, column: str) -> pd.Series:
    """A column of the building each unit sits in (missing where there is none)."""
    buildings = sheets["buildings"].frame.drop_duplicates("asset_id").set_index("asset_id")
    return sheets["services"].frame["asset_id"].map(buildings[column])


def check_stay_in_closing(sheets: Sheets) -> list[Issue]:
    """No unit is locked to stay in a building locked to close."""
    sheet = sheets["services"]
    closing = _building_of_unit(sheets, "decision_lock") == "close"
    return _found(
        sheet,
        "stays_in_closing",
        mask=(sheet.frame["lock"] == "stay") & closing,
        says="locked to stay in a building that is locked to close",
        remedy="free one of the two locks",
    )


def check_over_border(sheets: Sheets) -> list[Issue]:
    """A unit over the border sits in a building out of scope."""
    sheet = sheets["services"]
    ours = _building_of_unit(sheets, "in_scope") == True  # noqa: E712 - missing is not in scope
    return _found(
        sheet,
        "over_border_in_scope",
        mask=sheet.frame["over_border"] & ours,
        warn=True,
        says="over_border, yet its building is in scope; the unit does not move",
        remedy="set the building's in_scope to no",
    )


def check_fire_crews(sheets: Sheets) -> list[Issue]:
    """A fire unit has a duty system or a turnout time: cover depends on the crew."""
    sheet, buildings = sheets["services"], sheets["buildings"]
    out = buildings.frame.loc[unplaced(buildings), "asset_id"]
    fire = (sheet.frame["service_type"] == "fire") & ~sheet.frame["asset_id"].isin(out)
    unknown = (sheet.frame["duty_system"] == "") & sheet.frame["turnout_s"].isna()
    return _found(
        sheet,
        "no_duty_system",
        mask=fire & unknown,
        says="a fire unit has neither duty_system nor turnout_s",
        remedy="fill in duty_system (wholetime, day_crewed, on_call, self_rostered)" + ASK_DEFAULTS,
    )


def check_fleet(sheets: Sheets) -> list[Issue]:
    """Duty systems and vehicles belong to emergency services."""
    sheet = sheets["services"]
    crewed = sheet.frame["duty_system"] != ""
    other = ~sheet.frame["service_type"].isin(EMERGENCY_SERVICES) & (
        sheet.frame["service_type"] != ""
    )
    return _found(
        sheet,
        "crew_without_engine",
        mask=crewed & other,
        warn=True,
        says="duty_system is given for a service that is not fire, police or ambulance; "
        "it is not used",
        remedy="check the service_type",
    )


def check_host_types(sheets: Sheets) -> list[Issue]:
    """Each asset type a unit may move to is the type of some building."""
    sheet = sheets["services"]
    known = set(sheets["buildings"].frame["asset_type"])
    types = sheet.frame["host_types"]
    odd = [text for text in set(types) if not {*text.split(";"), ""} - {""} <= known]
    wanted = types[types.isin(odd)].str.split(";").explode()
    unknown = wanted[(wanted != "") & ~wanted.isin(known)]
    mask = sheet.frame.index.isin(unknown.index)
    return _found(
        sheet,
        "unknown_host_type",
        mask=mask,
        warn=True,
        says=lambda rows: (
            "host_types names a type no building has: "
            + _quoted(unknown[unknown.index.isin(np.flatnonzero(rows))])
        ),
        remedy="correct the type: such a host is never found",
    )


# --- demand ---------------------------------------------------------------------------------


def check_population(sheets: Sheets) -> list[Issue]:
    """Somebody lives in the demand layer."""
    sheet = sheets["demand"]
    if sheet.frame.empty or "population" not in sheet.present:
        return []
    people = sheet.frame["population"]
    nobody = _found(
        sheet,
        "nobody",
        mask=(people == 0),
        warn=True,
        says="population is 0: the place counts for nothing",
        remedy="check the figure",
    )
    if people.sum() > 0 or people.isna().all():
        return nobody
    return [
        Issue(
            "demand.no_people",
            "the whole population is 0",
            ("population",),
            "check that the right column is called population",
            "demand",
        )
    ]


def check_parts_of_population(sheets: Sheets) -> list[Issue]:
    """Parts are no larger than their whole: ages and households against people, and so on."""
    sheet = sheets["demand"]
    frame = sheet.frame
    ages = frame["under_5"].fillna(0) + frame["over_65"].fillna(0)
    pairs = (
        ("under_5 and over_65 together", ages, "population"),
        ("households", frame["households"], "population"),
        ("no_car_households", frame["no_car_households"], "households"),
    )
    issues = []
    for what, part, whole in pairs:
        issues += _found(
            sheet,
            "part_exceeds_whole",
            mask=part > frame[whole],
            warn=True,
            says=f"{what} exceed {whole}",
            remedy="check the figures",
        )
    return issues


def check_weights_complete(sheets: Sheets) -> list[Issue]:
    """A weight is given for every place, or for none."""
    sheet = sheets["demand"]
    issues = []
    for name in (*weights(sheet.layer)[1:], *sheet.extra):
        values = sheet.frame[name]
        blank = values.isna()
        if name in sheet.unread:
            blank &= ~sheet.unread[name][0]
        if not blank.all():
            issues += _found(
                sheet,
                "weight_blank",
                mask=blank,
                warn=True,
                says=f"{name} is blank: it counts as 0",
                remedy=f"fill in {name}",
            )
    return issues


def check_code_levels(sheets: Sheets) -> list[Issue]:
    """Demand holds areas of one level: LSOAs beside output areas would count people twice."""
    sheet = sheets["demand"]
    level = census_codes(sheet.frame["demand_id"])["level"]
    counts = level[level != ""].value_counts()
    if len(counts) < 2:
        return []
    rest = (level != "") & (level != counts.index[0])
    told = ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items()))
    return _found(
        sheet,
        "code_levels",
        mask=rest & ~level.isin(_SAME_SIZE.get(str(counts.index[0]), ())),
        warn=True,
        says=f"the ids are codes of areas of different levels ({told}): people may count twice",
        remedy="keep the areas of one level",
    )


#: Levels that lie side by side (in England and Wales, and in Scotland), so may stand together.
_SAME_SIZE = {"LSOA": ("data zone",), "data zone": ("LSOA",)} | {
    "MSOA": ("intermediate zone",),
    "intermediate zone": ("MSOA",),
}


def check_code_generation(sheets: Sheets) -> list[Issue]:
    """Codes of demand are of one census, and of the one its heading names.

    A code that is older than its census proves nothing (areas that did not change keep their
    code), except in Scotland; one that is newer does.
    """
    sheet = sheets["demand"]
    codes = census_codes(sheet.frame["demand_id"])
    since = codes["since"]
    issues = []
    for prefix in RENUMBERED:
        here = since.where(codes["prefix"] == prefix)
        usual = here.mode()
        issues += _found(
            sheet,
            "code_generation",
            mask=here.notna() & (here != usual.iloc[0]) if len(usual) else here.notna(),
            warn=True,
            says="the ids are codes of different censuses, whose areas overlap",
            remedy="keep the areas of one census, or people count twice",
        )
    named = _census_named(sheet)
    return issues + (_against_heading(sheet, since, *named) if named else [])


def _census_named(sheet: Sheet) -> tuple[str, int] | None:
    """Heading of the ids that names a census, and the census."""
    if sheet.mapping.empty:
        return None
    headings_ = sheet.mapping.loc[sheet.mapping["column"] == "demand_id", "heading"]
    found = [(str(heading), census_of_heading(str(heading))) for heading in headings_]
    return next(((heading, census) for heading, census in found if census), None)


def _against_heading(sheet: Sheet, since: pd.Series, heading: str, census: int) -> list[Issue]:
    """Codes that the census of the heading did not have, or that it would not all have kept."""
    newer = since > census
    known = since.notna().to_numpy(dtype=np.bool_)
    none_new = known.sum() >= MANY_AREAS and not (since >= census).any()
    return _found(
        sheet,
        "code_generation",
        mask=newer,
        warn=True,
        says=lambda rows: (
            f"the heading '{heading}' names the census of {census}, but these codes "
            f"came in with that of {since[rows].max():.0f}"
        ),
        remedy="take ids, places and figures from one census, or people are lost or counted twice",
    ) + _found(
        sheet,
        "code_generation",
        mask=known & none_new,
        warn=True,
        says=f"the heading '{heading}' names the census of {census}, but not one code is new "
        "since the census before: they look older",
        remedy="check which census the figures are for",
    )


# --- leases ---------------------------------------------------------------------------------


def check_lease_buildings(sheets: Sheets) -> list[Issue]:
    """A lease belongs to a building that exists."""
    sheet = sheets["leases"]
    asset = sheet.frame["asset_id"]
    known = set(sheets["buildings"].frame["asset_id"])
    lost = (asset != "") & ~asset.isin(known) & bool(known)
    return _found(
        sheet,
        "unknown_building",
        mask=lost,
        says=f"asset_id is no building of the buildings layer: {_quoted(asset[lost])}",
        remedy="correct the asset_id or add the building",
    )


def check_lease_dates(sheets: Sheets) -> list[Issue]:
    """A lease starts before it expires, and breaks lie between."""
    sheet = sheets["leases"]
    frame = sheet.frame
    backwards = frame["start"] > frame["expiry"]
    issues = _found(
        sheet,
        "dates_order",
        mask=backwards,
        says="start is after expiry",
        remedy="check the two dates",
    )
    breaks = pd.to_datetime(frame["break_dates"].str.split(";").explode().replace("", None))
    outside = (breaks < frame["start"].reindex(breaks.index)) | (
        breaks > frame["expiry"].reindex(breaks.index)
    )
    return issues + _found(
        sheet,
        "break_outside",
        mask=frame.index.isin(breaks.index[outside]),
        says="a break date lies outside the lease",
        remedy="correct break_dates, start or expiry, or take the date out",
    )


def check_leases_follow(sheets: Sheets) -> list[Issue]:
    """Leases of one building follow each other; no two are of the same days."""
    sheet = sheets["leases"]
    asset = sheet.frame["asset_id"]
    pairs, terms = list(overlapping(sheet.frame)), _terms(sheet)
    both = np.isin(np.arange(len(asset)), [row for pair in pairs for row in pair])
    several = (asset != "") & asset.duplicated(keep=False)
    told = "; ".join(f"{asset.iloc[a]} has {terms[a]} and {terms[b]}"
                     for a, b in pairs[:VALUES_SHOWN])  # fmt: skip
    more = f" and {len(pairs) - VALUES_SHOWN} more" if len(pairs) > VALUES_SHOWN else ""
    return _found(
        sheet,
        "overlap",
        mask=both,
        says=f"leases of one building overlap: {told}{more}",
        remedy="correct the dates; leases of parts of a building: add them up to one, or make "
        "each part a building",
    ) + _found(
        sheet,
        "successive",
        mask=several & ~asset.isin(asset[both]),
        warn=True,
        says="several leases of one building follow each other: the one in force on 1 April of "
        f"the base year counts, and what begins within {CONTINUES_DAYS} days of its end "
        "continues it, at its rent",
        remedy="leave out those that are not meant",
    )


def _terms(sheet: Sheet) -> list[str]:
    """Each lease's days and where it is: ``2016-04-01 to 2041-03-31 (row 2)``."""
    days = [sheet.frame[name].dt.strftime("%Y-%m-%d") for name in ("start", "expiry")]
    ends = zip(*(day.fillna("an unknown day") for day in days), sheet.rows, strict=True)
    return [f"{start} to {expiry} (row {row})" for start, expiry, row in ends]


def check_lease_tenure(sheets: Sheets) -> list[Issue]:
    """Leasehold buildings have a lease, and leases belong to leasehold buildings."""
    buildings, leases = sheets["buildings"], sheets["leases"]
    held = buildings.frame["tenure"].isin(("leasehold", "licence"))
    leased = buildings.frame["asset_id"].isin(leases.frame["asset_id"])
    may_go = buildings.frame["in_scope"] & (buildings.frame["status"] != "candidate")
    may_go &= ~unplaced(buildings)
    owned = buildings.frame.loc[~held & ~buildings.frame["tenure"].isin(("other", "")), "asset_id"]
    return _found(
        buildings,
        "leasehold_without_lease",
        warn=True,
        mask=(buildings.frame["tenure"] == "leasehold") & ~leased & may_go,
        says="leasehold without a row in leases: it can end at any time at no cost",
        remedy="add the lease's dates and costs",
    ) + _found(
        leases,
        "lease_of_freehold",
        mask=leases.frame["asset_id"].isin(owned),
        warn=True,
        says="a lease of a building that is not leasehold",
        remedy="correct the building's tenure or delete the lease",
    )


# --- compatibility --------------------------------------------------------------------------


def _pairs(sheet: Sheet) -> pd.DataFrame:
    """Compatibility rows with the pair in alphabetical order."""
    frame = sheet.frame
    swap = frame["service_a"] > frame["service_b"]
    return pd.DataFrame(
        {
            "a": frame["service_a"].where(~swap, frame["service_b"]),
            "b": frame["service_b"].where(~swap, frame["service_a"]),
            "rule": frame["rule"],
            "cost": frame["cost_gbp"].fillna(0.0),
        }
    )


def check_pairs_agree(sheets: Sheets) -> list[Issue]:
    """Rows about the same pair, in either order, say the same."""
    sheet = sheets["compatibility"]
    if sheet.frame.empty:
        return []
    pairs = _pairs(sheet)
    repeated = pairs.duplicated(["a", "b"], keep=False) & (pairs["a"] != "") & (pairs["b"] != "")
    different = pairs.drop_duplicates()
    several = different.loc[different.duplicated(["a", "b"]), ["a", "b"]].drop_duplicates()
    seen = pairs[["a", "b"]].merge(several, how="left", on=["a", "b"], indicator=True)
    clash = repeated.to_numpy() & (seen["_merge"] == "both").to_numpy()
    return _found(
        sheet,
        "contradiction",
        mask=clash,
        says="several rows about the same pair say different things",
        remedy="keep one row per pair, in either order",
    ) + _found(
        sheet,
        "pair_repeated",
        mask=repeated.to_numpy() & ~clash,
        warn=True,
        says="the same pair is listed several times; one row is used",
        remedy="delete the repeats",
    )


def check_conditional_cost(sheets: Sheets) -> list[Issue]:
    """A conditional pair has a cost, or it would be no condition."""
    sheet = sheets["compatibility"]
    blank = (sheet.frame["rule"] == "conditional") & _blank(sheet, sheet.layer.column("cost_gbp"))
    return _found(
        sheet,
        "conditional_without_cost",
        mask=blank,
        says="a conditional pair has no cost_gbp",
        remedy="fill in cost_gbp (0 if there is none)",
    )


def check_types_delivered(sheets: Sheets) -> list[Issue]:
    """Compatibility names service types somebody delivers."""
    sheet = sheets["compatibility"]
    known = set(sheets["services"].frame["service_type"]) - {""}
    if not known:
        return []
    named = pd.concat([sheet.frame["service_a"], sheet.frame["service_b"]])
    unknown = named[(named != "") & ~named.isin(known)]
    if unknown.empty:
        return []
    return [
        Issue(
            "compatibility.unknown_service",
            "no unit delivers these service types",
            _ids(unknown),
            "correct the name; such a row changes nothing",
            "compatibility",
            "warning",
        )
    ]


def check_forbidden_together(sheets: Sheets) -> list[Issue]:
    """Forbidden pairs do not share a building today."""
    if sheets["compatibility"].frame.empty:
        return []
    units = sheets["services"].frame.loc[:, ["asset_id", "service_type", "unit_id"]]
    units = units[(units["asset_id"] != "") & (units["service_type"] != "")]
    pairs = _pairs(sheets["compatibility"])
    banned = pairs.loc[pairs["rule"] == "forbidden", ["a", "b"]].drop_duplicates()
    first = units.merge(banned, left_on="service_type", right_on="a")
    both = first.merge(units, left_on=["asset_id", "b"], right_on=["asset_id", "service_type"])
    both = both[both["unit_id_x"] != both["unit_id_y"]]
    if both.empty:
        return []
    ids = [
        f"{asset} ({a} + {b})"
        for asset, a, b in zip(both["asset_id"], both["a"], both["b"], strict=True)
    ]
    return [
        Issue(
            "compatibility.together_now",
            "services that may not share a building share one now",
            _ids(ids),
            "a plan has to part them; free their locks or change the rule",
            "compatibility",
            "warning",
        )
    ]


# --- areas ----------------------------------------------------------------------------------


def _is_polygon(shapes: npt.NDArray[np.object_]) -> Mask:
    """Which geometries are polygons with something in them."""
    areal = np.isin(shapely.get_type_id(shapes), (3, 6))
    return areal & ~shapely.is_empty(shapes)


def check_area_shapes(sheets: Sheets) -> list[Issue]:
    """Areas are polygons; a crossed outline is mended and named."""
    sheet = sheets["areas"]
    polygon = _is_polygon(sheet.shapes)
    crossed = polygon & ~shapely.is_valid(sheet.shapes)
    return _found(
        sheet,
        "no_polygon",
        mask=~polygon,
        says="an area has no polygon",
        remedy="read the areas from a file with polygons (GeoPackage, GeoJSON ...)",
    ) + _found(
        sheet,
        "crossed_outline",
        mask=crossed,
        warn=True,
        says="the outline crosses itself; it is mended",
        remedy="repair the geometry in a GIS if the mended area is wrong",
    )


def check_area_overlaps(sheets: Sheets) -> list[Issue]:
    """Areas of one kind do not overlap (by more than a hectare's tenth and 1 % of the smaller)."""
    sheet = sheets["areas"]
    issues = []
    usable = _is_polygon(sheet.shapes)
    for kind in sorted(set(sheet.frame["kind"]) - {""}):
        rows = np.flatnonzero(usable & (sheet.frame["kind"] == kind).to_numpy())
        shapes = shapely.make_valid(sheet.shapes[rows])
        first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        first, second = first[first < second], second[first < second]
        shared_m2 = shapely.area(shapely.intersection(shapes[first], shapes[second]))
        smaller_m2 = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
        over = (shared_m2 > OVERLAP_M2) & (shared_m2 > OVERLAP_SHARE * smaller_m2)
        mask = np.zeros(len(sheet.frame), dtype=np.bool_)
        mask[rows[np.concatenate([first[over], second[over]])]] = True
        issues += _found(
            sheet,
            "overlap",
            mask=mask,
            warn=True,
            says=f"areas of kind {kind} overlap; a place in two counts in the first",
            remedy="correct the outlines",
        )
    return issues


CHECKS: tuple[Check, ...] = (
    check_layers_there,
    check_required_columns,
    check_required_cells,
    check_readable_cells,
    check_number_limits,
    check_allowed_values,
    check_usual_values,
    check_unique_ids,
    check_ranges,
    check_coordinates,
    check_sources_of_place_agree,
    check_stray_swaps,
    check_far_from_neighbours,
    check_many_at_one_spot,
    check_postcodes_at_one_spot,
    check_stations_apart,
    check_placed,
    check_station_ids,
    check_candidates,
    check_market_value,
    check_grants,
    check_percentages,
    check_capacity,
    check_empty_buildings,
    check_vacant_buildings,
    check_same_spot,
    check_uprn,
    check_wards_exist,
    check_service_buildings,
    check_stay_in_closing,
    check_over_border,
    check_fire_crews,
    check_fleet,
    check_host_types,
    check_population,
    check_parts_of_population,
    check_weights_complete,
    check_code_levels,
    check_code_generation,
    check_lease_buildings,
    check_lease_dates,
    check_leases_follow,
    check_lease_tenure,
    check_pairs_agree,
    check_conditional_cost,
    check_types_delivered,
    check_forbidden_together,
    check_area_shapes,
    check_area_overlaps,
)

#: Checks that see stations among the buildings and services; the others see each layer as given.
OF_THE_WHOLE: frozenset[Check] = frozenset(
    {
        check_layers_there,
        check_required_columns,
        check_required_cells,
        check_placed,
        check_station_ids,
        check_candidates,
        check_market_value,
        check_grants,
        check_capacity,
        check_empty_buildings,
        check_vacant_buildings,
        check_same_spot,
        check_uprn,
        check_service_buildings,
        check_stay_in_closing,
        check_over_border,
        check_fire_crews,
        check_fleet,
        check_host_types,
        check_lease_buildings,
        check_lease_tenure,
        check_types_delivered,
        check_forbidden_together,
    }
)
