"""Observed runs (or another engine's times) from a table: who drove from where to where, how long.

Headings are known by name (`ALIASES`) or told. Nothing is dropped: a run that cannot be used
keeps its row and a reason (`REASONS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from assets.cells import as_text, numbers, without_mark
from assets.issues import InputError, Issue, nearest
from assets.places import locate
from assets.read import read_table, sha256_of
from assets.schema import heading_key
from coverage.network import Floats

PERIODS = ("peak", "off-peak", "night")
"""Peak: 07:00 to 09:59 and 16:00 to 18:59, Monday to Friday (any day where the date is not
given); night: 22:00 to 05:59; off-peak: the rest. *Default*."""
LONGEST_S, SHORTEST_S = 4 * 3600.0, 15.0
DAY_S = 86_400.0
COLUMNS = (
    "origin", "destination", "from_x", "from_y", "to_x", "to_y", "seconds", "period", "day",
    "blue", "area", "reason",
)  # fmt: skip

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_origin": "no place for the origin: no coordinates, and no such id among the places",
        "no_destination": "no place for the destination: no coordinates, and no such id",
        "bad_place": "coordinates that are no place in Great Britain, or the two swapped",
        "no_time": "no time, or one that cannot be read",
        "not_positive": "a time of nothing or less",
        "too_short": f"a time under {SHORTEST_S:.0f} seconds",
        "too_long": f"a time over {LONGEST_S / 3600:.0f} hours",
        "not_blue": "not driven on blue lights, and the profile is",
        "blue": "driven on blue lights, and the profile is not",
        "origin_off_network": "the origin is too far from any road the profile may use",
        "destination_off_network": "the destination is too far from any road the profile may use",
        "no_route": "no route between the two ends",
        "no_drive": "both ends at one place on the road (under 50 m of driving)",
        "too_fast": "faster than 200 km/h along the road",
        "too_slow": "slower than 3 km/h along the road",
        "spare": "sound, but more runs than a fit needs: a fixed sample is taken",
    }
)

_AXES = {
    "easting": ("easting", "eastings", "eastingm", "eastingrounded", "east", "x", "xcoordinate"),
    "northing": ("northing", "northings", "northingm", "northingrounded", "north", "y",
                 "ycoordinate"),
    "lon": ("lon", "long", "lng", "longitude"),
    "lat": ("lat", "latitude"),
}  # fmt: skip
_SIDES = {
    "from": ("from", "origin", "orig", "start", "station", "base", "deployedfrom", "o"),
    "to": ("to", "destination", "dest", "end", "incident", "scene", "d", ""),
}
_DRIVES = ("", "drive", "drivetime", "travel", "traveltime", "journeytime", "duration", "run",
           "runtime", "time", "driving", "drivingtime", "elapsed")  # fmt: skip


@cache
def aliases() -> Mapping[str, tuple[str, ...]]:
    """Role -> keys of the headings it is known by, the better first."""
    known: dict[str, tuple[str, ...]] = {
        "from_id": ("fromid", "from", "originid", "origin", "stationid", "baseid", "stationcode",
                    "station", "base", "stationname", "basename", "deployedfromstationcode",
                    "deployedfromstationname"),
        "to_id": ("toid", "to", "destinationid", "destination", "incidentid", "incidentnumber",
                  "incidentno", "incident", "destid", "dest"),
        "mobile": ("timemobile", "mobile", "mobileat", "mobiletime", "dateandtimemobile",
                   "datetimemobile", "timemobilised", "enroute", "departed", "timedeparted"),
        "arrived": ("timearrived", "arrived", "arrivedat", "arrivaltime", "arrival",
                    "dateandtimearrived", "datetimearrived", "timearrive", "inattendance",
                    "timeinattendance", "atscene", "timeatscene"),
        "when": ("timeofday", "period", "hour", "hourofday", "timeofcall", "hourofcall",
                 "datetime", "dateandtime", "starttime", "time"),
        "blue": ("bluelight", "bluelights", "blue", "onbluelights", "emergency", "lights"),
        "area": ("ward", "wardname", "wardcode", "area", "locality", "district"),
    }  # fmt: skip
    units = {"seconds": ("seconds", "secs", "sec", "s"), "minutes": ("minutes", "mins", "min")}
    for role, words in units.items():
        known[role] = tuple(drive + word for word, drive in product(words, _DRIVES))
    for (side, befores), (axis, names) in product(_SIDES.items(), _AXES.items()):
        pairs = [(before, name) for before in befores for name in names]
        keys = [before + name for before, name in pairs] + [name + before for before, name in pairs]
        known[f"{side}_{axis}"] = tuple(dict.fromkeys(keys))
    return MappingProxyType(known)


_PLACE_ID = ("id", "placeid", "siteid", "stationid", "baseid", "incidentid", "incidentnumber",
             "demandid", "buildingid", "assetid", "fromid", "toid", "code", "stationcode",
             "lsoa11cd", "lsoa21cd", "oa21cd", "name", "stationname", "basename")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs as read (r runs, every row of the file).

    Attributes:
        table: index = row of the file; `COLUMNS`. ``reason`` is blank for a run that may be used,
            else a key of `REASONS`.
        name: the file's name.
        sha256: its checksum.
        headings: role -> heading it was read from.
        routed: times of another routing engine, not of driven vehicles.
        places: name of each file of places -> its checksum.
    """

    table: pd.DataFrame
    name: str
    sha256: str
    headings: Mapping[str, str]
    routed: bool = False
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> tuple[str, str] | None:
        """First and last day of the runs, where dates are given."""
        days = self.table.loc[self.table["day"] != "", "day"]
        return (str(days.min()), str(days.max())) if len(days) else None


def read_runs(
    path: Path | str,
    *,
    places: Sequence[Path | str] = (),
    told: Mapping[str, str] | None = None,
    routed: bool = False,
) -> Runs:
    """Read runs from a CSV, workbook or other table.

    Args:
        path: one row per run: both ends as coordinates (easting and northing, or lon and lat) or
            as ids of ``places``; ``seconds``, ``minutes``, or the times at which the crew was
            mobile and arrived. A time of day, blue lights (yes or no) and a ward may follow.
        places: tables of ids with coordinates.
        told: heading -> role, where a heading is not known by itself (e.g. ``osrm_s: seconds``).
        routed: the times are another routing engine's.

    Raises:
        InputError: a file cannot be read; no time, origin or destination is found; an unknown
            role or heading; a place given twice in different spots.
    """
    frame = read_table(path)
    chosen = _roles(frame, told or {}, Path(path).name, bool(places))
    spots = places_of(places)
    origin = _end(frame, chosen, "from", spots)
    destination = _end(frame, chosen, "to", spots)
    seconds, moments = _seconds(frame, chosen)
    period, day = _when(frame, chosen, moments)
    table = pd.DataFrame(
        {
            "origin": origin["label"],
            "destination": destination["label"],
            "from_x": origin["x"],
            "from_y": origin["y"],
            "to_x": destination["x"],
            "to_y": destination["y"],
            "seconds": seconds,
            "period": period,
            "day": day,
            "blue": _yes_no(frame, chosen),
            "area": _texts(frame, chosen, "area"),
        },
        index=frame.index,
    )
    table["reason"] = _reasons(table, origin["fault"], destination["fault"])
    table.index.name = "row"
    checksums = {Path(p).name: sha256_of(p) for p in places}
    return Runs(table[list(COLUMNS)], Path(path).name, sha256_of(path),
                MappingProxyType(chosen), routed, MappingProxyType(checksums))  # fmt: skip


# ---- headings -----------------------------------------------------------------------------


def _roles(
    frame: pd.DataFrame, told: Mapping[str, str], layer: str, placed: bool
) -> dict[str, str]:
    """Role -> heading: as told, else the best alias; refuses a table that lacks what is needed."""
    headings = [str(name) for name in frame.columns if name != "geometry"]
    known = aliases()
    issues = [_unknown("heading", name, headings) for name in told if name not in headings]
    issues += [_unknown("role", role, known) for role in told.values() if role not in known]
    chosen = {role: name for name, role in told.items() if name in headings}
    taken = set(chosen.values())
    keys: dict[str, str] = {}
    for name in headings:
        if name not in taken:
            keys.setdefault(heading_key(name), name)
    for role, names in known.items():
        found = next((keys[key] for key in names if key in keys), None)
        if role not in chosen and found is not None:
            chosen[role] = found
    if not issues:
        issues = _missing(chosen, headings, placed)
    if issues:
        raise InputError(
            [Issue(i.rule, i.message, i.ids, i.remedy, layer=layer) for i in issues]
        )  # fmt: skip
    return chosen


def _unknown(what: str, name: str, known: Iterable[str]) -> Issue:
    return Issue(f"calibrate.unknown_{what}", f"no such {what}", (name,), nearest(name, known))


def _missing(chosen: Mapping[str, str], headings: Sequence[str], placed: bool) -> list[Issue]:
    issues = []
    if not ({"seconds", "minutes"} & set(chosen) or {"mobile", "arrived"} <= set(chosen)):
        issues.append(
            Issue(
                "calibrate.no_time",
                "no column of driving times is recognised",
                tuple(headings),
                "call it seconds or minutes (or give the times mobile and arrived), or name it: "
                "--map HEADING=seconds",
            )
        )
    for side, words in (("from", "origin"), ("to", "destination")):
        axes = {role.removeprefix(f"{side}_") for role in chosen if role.startswith(f"{side}_")}
        here = {"easting", "northing"} <= axes or {"lon", "lat"} <= axes
        if "id" in axes and not (here or placed):
            column = chosen[f"{side}_id"]
            message = f"the {words} is told by its id, and there are no places to find it in"
            remedy = "give --places FILE: ids with easting and northing (or lon and lat)"
            issues.append(Issue("calibrate.no_places", message, (column,), remedy))
        elif not ("id" in axes or here):
            remedy = f"call the columns {side}_easting and {side}_northing, {side}_lon and "
            remedy += f"{side}_lat, or {side}_id with --places FILE"
            message = f"no columns of the {words} are recognised"
            issues.append(Issue(f"calibrate.no_{words}", message, tuple(headings), remedy))
    return issues


# ---- ends ---------------------------------------------------------------------------------


def places_of(paths: Sequence[Path | str]) -> pd.DataFrame:
    """Places by id: index id; x, y (EPSG:27700 metres).

    Raises:
        InputError: a file cannot be read, lacks ids or coordinates, or two rows of one id are
            more than a metre apart.
    """
    parts = [_places(Path(path)) for path in paths]
    if not parts:
        return pd.DataFrame({"x": [], "y": []}, index=pd.Index([], dtype=object), dtype=float)
    every = pd.concat(parts)
    spread = every.groupby(level=0, sort=True).agg(["min", "max"])
    apart = np.maximum(
        spread["x"]["max"] - spread["x"]["min"], spread["y"]["max"] - spread["y"]["min"]
    )
    twice = tuple(str(name) for name in spread.index[apart > 1.0])
    if twice:
        remedy = "give each place an id of its own"
        raise InputError(
            Issue("calibrate.place_twice", "places of one id lie apart", twice, remedy)
        )
    return every[~every.index.duplicated()]


def _places(path: Path) -> pd.DataFrame:
    frame = read_table(path)
    keys: dict[str, str] = {}
    for name in frame.columns:
        keys.setdefault(heading_key(str(name)), str(name))
    label = next((keys[key] for key in _PLACE_ID if key in keys), None)
    found = {
        axis: heading
        for axis in _AXES
        if (heading := next((keys[k] for k in aliases()[f"to_{axis}"][::-1] if k in keys), None))
    }
    spots = _spots(frame, found)
    if label is None or spots["x"].isna().all():
        lacking = "an id" if label is None else "coordinates"
        remedy = "columns id, easting and northing (or lon and lat)"
        message = f"the places lack {lacking}"
        names = tuple(map(str, frame.columns))
        raise InputError(Issue("calibrate.places", message, names, remedy, layer=path.name))
    spots.index = pd.Index(_ids(frame[label]))
    return spots.loc[spots["x"].notna() & (spots.index != ""), ["x", "y"]]


def _ids(cells: pd.Series) -> list[str]:
    return [without_mark(text).strip() for text in as_text(cells)]


def _spots(frame: pd.DataFrame, axes: Mapping[str, str]) -> pd.DataFrame:
    """x, y and fault of rows by the headings of their axes (and geometry, where there is one)."""
    plain = pd.DataFrame(
        {axis: numbers(frame[name])[0].to_numpy() for axis, name in axes.items()},
        index=frame.index,
    ).reindex(columns=list(_AXES))
    drawn = getattr(frame, "geometry", None)
    shapes = None if drawn is None or len(axes) > 0 else drawn.to_numpy()
    return locate(plain, shapes)[["x", "y", "fault"]]


def _end(
    frame: pd.DataFrame, chosen: Mapping[str, str], side: str, places: pd.DataFrame
) -> pd.DataFrame:
    """Where runs begin (or end): their own coordinates, else their id's among the places."""
    axes = {axis: chosen[f"{side}_{axis}"] for axis in _AXES if f"{side}_{axis}" in chosen}
    plain = pd.DataFrame({"x": np.nan, "y": np.nan, "fault": "missing"}, index=frame.index)
    found = _spots(frame, axes) if axes else plain
    role = f"{side}_id"
    label = pd.Series(_ids(frame[chosen[role]]) if role in chosen else "", index=frame.index)
    at = places.index.get_indexer(pd.Index(label))
    use = (at >= 0) & (found["fault"] == "missing").to_numpy()
    x, y = found["x"].to_numpy(copy=True), found["y"].to_numpy(copy=True)
    x[use], y[use] = places["x"].to_numpy()[at[use]], places["y"].to_numpy()[at[use]]
    fault = found["fault"].mask(pd.Series(use, index=frame.index), "")
    spot = [f"{e:.0f}, {n:.0f}" if np.isfinite(e) else "" for e, n in zip(x, y, strict=True)]
    label = label.where(label != "", pd.Series(spot, index=frame.index))
    return pd.DataFrame({"label": label, "x": x, "y": y, "fault": fault}, index=frame.index)


# ---- times --------------------------------------------------------------------------------

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d+)?)")


def _seconds(
    frame: pd.DataFrame, chosen: Mapping[str, str]
) -> tuple[pd.Series, pd.DataFrame | None]:
    """Seconds driven, and the moments of departure where they are given."""
    moments = moments_of(frame[chosen["mobile"]]) if "mobile" in chosen else None
    for role, factor in (("seconds", 1.0), ("minutes", 60.0)):
        if role in chosen:
            return _duration(frame[chosen[role]], factor), moments
    assert moments is not None
    arrived = moments_of(frame[chosen["arrived"]])
    took = arrived["second"] - moments["second"]
    days = (arrived["days"] - moments["days"]).fillna(0.0) * DAY_S
    dated = arrived["days"].notna() & moments["days"].notna()
    over_midnight = ~dated & (took < -DAY_S / 2)
    return took + np.where(dated, days, 0.0) + np.where(over_midnight, DAY_S, 0.0), moments


def _duration(cells: pd.Series, factor: float) -> pd.Series:
    """Plain figures in the unit of the column, or ``m:ss`` and ``h:mm:ss``; NaN unreadable."""
    plain = numbers(cells)[0]
    text = as_text(cells)
    clocks = text.str.fullmatch(_CLOCK.pattern).fillna(False).to_numpy(dtype=bool)
    seconds = (plain * factor).to_numpy(dtype=float, copy=True)
    for at in np.flatnonzero(clocks):
        match = _CLOCK.fullmatch(str(text.iloc[at]))
        hours, minutes, rest = match.groups() if match else ("0", "0", "nan")
        seconds[at] = int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    return pd.Series(seconds, index=cells.index)


_DATED = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%y %H:%M:%S",
    "%d/%m/%y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%Y-%m-%d",
    "%d/%m/%Y",
)
_UNDATED = ("%H:%M:%S", "%H:%M")  # fmt: skip


def moments_of(cells: pd.Series) -> pd.DataFrame:
    """Date-times or times of day as written in Britain.

    Returns:
        ``days`` since 1970 (NaN without a date) and ``second`` of the day (NaN unreadable).
    """
    text = as_text(cells).str.replace(r"(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$", "", regex=True)
    stamp = pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns]")
    dated = np.zeros(len(text), dtype=bool)
    for form in (*_DATED, *_UNDATED):
        open_ = stamp.isna() & (text != "")
        if open_.any():
            read = pd.to_datetime(text[open_], format=form, errors="coerce")
            stamp[open_] = read.astype("datetime64[ns]")
            dated |= open_.to_numpy() & stamp.notna().to_numpy() & (form in _DATED)
    day = stamp.dt.normalize()
    days = (day - pd.Timestamp(0)) / pd.Timedelta(days=1)
    second = (stamp - day) / pd.Timedelta(seconds=1)
    return pd.DataFrame({"days": days.where(dated), "second": second}, index=text.index)


def _when(
    frame: pd.DataFrame, chosen: Mapping[str, str], moments: pd.DataFrame | None
) -> tuple[pd.Series, pd.Series]:
    """Period of the day of each run (blank unknown), and its day as ``YYYY-MM-DD``."""
    blank = pd.Series("", index=frame.index, dtype=object)
    told = moments
    words = pd.Series(np.nan, index=frame.index, dtype=object)
    if "when" in chosen:
        text = as_text(frame[chosen["when"]])
        said = text.str.lower().str.replace(r"[^a-z]", "", regex=True)
        words = said.map({"peak": "peak", "offpeak": "off-peak", "night": "night"})
        hour = pd.to_numeric(text, errors="coerce")
        said_at = moments_of(frame[chosen["when"]])
        said_at["second"] = said_at["second"].fillna((hour * 3600.0).where(hour.between(0, 24)))
        told = said_at if moments is None else said_at.fillna(moments)
    if told is None:
        return blank, blank
    period = pd.Series(_periods(told), index=frame.index)
    return words.fillna(period), _days(told["days"])


def _periods(moments: pd.DataFrame) -> Any:
    hour = np.floor(moments["second"] / 3600.0).to_numpy() % 24
    days = moments["days"].to_numpy()
    weekend = np.isin((np.nan_to_num(days, nan=0.0) + 3) % 7, (5, 6)) & ~np.isnan(days)
    rush = ((hour >= 7) & (hour < 10)) | ((hour >= 16) & (hour < 19))
    night = (hour >= 22) | (hour < 6)
    known = [np.isnan(hour), night, rush & ~weekend]
    return np.select(known, ["", "night", "peak"], default="off-peak")


def _days(days: pd.Series) -> pd.Series:
    """Days since 1970 as ``YYYY-MM-DD``; blank where there is none (or only a time of day)."""
    stamp = pd.to_datetime(days, unit="D", errors="coerce")
    return stamp.dt.strftime("%Y-%m-%d").fillna("").astype(object)


# ---- the rest -----------------------------------------------------------------------------


def _texts(frame: pd.DataFrame, chosen: Mapping[str, str], role: str) -> pd.Series:
    if role not in chosen:
        return pd.Series("", index=frame.index, dtype=object)
    return pd.Series(list(as_text(frame[chosen[role]])), index=frame.index, dtype=object)


def _yes_no(frame: pd.DataFrame, chosen: Mapping[str, str]) -> pd.Series:
    """``yes``, ``no`` or blank."""
    text = _texts(frame, chosen, "blue").str.lower().str.strip()
    words = dict.fromkeys(("y", "yes", "true", "1", "blue", "blue light"), "yes")
    words |= dict.fromkeys(("n", "no", "false", "0", "normal"), "no")
    return text.map(words).fillna("")


def _reasons(table: pd.DataFrame, origin: pd.Series, destination: pd.Series) -> Any:
    """Why a row cannot be a run, blank where it can."""
    seconds = table["seconds"]
    missing = ("missing", "half")
    tests = {
        "no_origin": origin.isin(missing),
        "no_destination": destination.isin(missing),
        "bad_place": (origin != "") | (destination != ""),
        "no_time": ~np.isfinite(seconds.to_numpy(dtype=float)),
        "not_positive": seconds <= 0,
        "too_short": seconds < SHORTEST_S,
        "too_long": seconds > LONGEST_S,
    }
    return np.select([np.asarray(test) for test in tests.values()], list(tests), default="")


def counted(reasons: pd.Series | Floats) -> list[tuple[str, int]]:
    """Reasons that occur and how often, in the order of `REASONS`."""
    counts = pd.Series(reasons).value_counts()
    return [(reason, int(counts[reason])) for reason in REASONS if reason in counts.index]
