"""Stations -> the building and the unit that each of them is. Pure.

A list of fire stations, police stations or libraries says where a place is and who works from
it in one row. The planner knows buildings and the units in them, so a row becomes one of each;
every message about them still speaks of the row in its own list (`Sheet.origins`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.cells import missing
from assets.schema import EMERGENCY_SERVICES
from assets.sheets import Sheet, Sheets

STATIONS = "stations"
#: Layers that a station has a row in.
JOINED = ("buildings", "services")
#: Columns of a building or unit that every station has, or whose lack is told of the station.
GIVEN_BY_STATIONS = frozenset(
    {"asset_id", "unit_id", "name", "owner", "operator", "service_type", "asset_type", "status"}
)
#: Service type -> the type of building it is at home in, where the two are not called the same.
_HOMES: Mapping[str, str] = MappingProxyType(
    {service: f"{service}_station" for service in EMERGENCY_SERVICES}
    | {"advice": "advice_centre", "adult_learning": "adult_learning_centre"}
    | {"customer_access": "office", "health": "health_centre"}
)


def home_types(service_types: pd.Series) -> pd.Series:
    """Asset type of a building that holds only a unit of each service type (``""`` for ``""``)."""
    return service_types.map(_HOMES).where(service_types.isin(_HOMES), service_types)


def with_stations(sheets: Sheets) -> Sheets:
    """The sheets with each station among the buildings and among the services.

    Args:
        sheets: every layer, as `assets.sheets.sheet_of` gives them.

    Returns:
        The same, unchanged where there are no stations. A station's building has its id as
        ``asset_id`` and its unit ``<station_id>-<service_type>`` as ``unit_id``; a blank
        ``asset_type`` is that of the service, a blank ``status`` operational (a crew works from
        it), a blank ``operator`` the owner; a station over the border is out of scope. Ids that
        stand in both layers stay twice: `assets.checks.check_station_ids` reports them.
    """
    stations = sheets[STATIONS]
    if stations.frame.empty:
        return sheets
    parts = {"buildings": _buildings(stations.frame), "services": _units(stations.frame)}
    return {
        name: _joined(sheet, stations, parts[name]) if name in parts else sheet
        for name, sheet in sheets.items()
    }


def _buildings(stations: pd.DataFrame) -> pd.DataFrame:
    """Each station as a building."""
    return stations.assign(
        asset_id=stations["station_id"],
        asset_type=_or(stations["asset_type"], home_types(stations["service_type"])),
        status=_or(stations["status"], "operational"),
        in_scope=stations["in_scope"] & ~stations["over_border"],
    )


def _units(stations: pd.DataFrame) -> pd.DataFrame:
    """Each station as a unit in that building."""
    tail = ("-" + stations["service_type"]).where(stations["service_type"] != "", "")
    named = stations["station_id"] != ""
    return stations.assign(
        asset_id=stations["station_id"],
        unit_id=(stations["station_id"] + tail).where(named, ""),
        operator=_or(stations["operator"], stations["owner"]),
    )


def _or(cells: pd.Series, other: pd.Series | str) -> pd.Series:
    """The text of the cells, and ``other`` where it is blank."""
    return cells.mask(cells == "", other)


def _joined(own: Sheet, stations: Sheet, part: pd.DataFrame) -> Sheet:
    """A layer's rows and, after them, the stations' rows that belong to it."""
    count = len(own.frame)
    added = part.loc[:, [name for name in part.columns if own.layer.find(str(name)) is not None]]
    frame = _below(own, added)
    places = [p for p in (own.places, stations.places) if len(p)]
    return replace(
        own,
        frame=frame,
        labels=np.concatenate([own.labels, stations.labels]),
        present=own.present if count else frozenset(added.columns) & stations.present,
        unread=_unread(own, stations, frame.index),
        places=pd.concat(places, ignore_index=True) if own.layer.geometry else own.places,
        rows=np.concatenate([own.rows, stations.rows]),
        origins=np.array([own.layer.name] * count + [STATIONS] * len(part), dtype=object),
    )


def _below(own: Sheet, added: pd.DataFrame) -> pd.DataFrame:
    """Both frames under all columns of either, each column of its own kind."""
    names = list(dict.fromkeys((*own.frame.columns, *added.columns)))
    count = len(own.frame) + len(added)
    values: dict[str, pd.Series] = {}
    for name in names:
        column = own.layer.column(name)
        parts = [
            frame[name] if name in frame.columns else missing(column, frame.index)
            for frame in (own.frame, added)
            if len(frame)
        ]
        cells = np.concatenate([part.to_numpy() for part in parts])
        values[name] = pd.Series(cells, index=pd.RangeIndex(count), dtype=cells.dtype)
    return pd.DataFrame(values)


def _unread(
    own: Sheet, stations: Sheet, index: pd.Index
) -> Mapping[str, tuple[pd.Series, pd.Series]]:
    """Cells that could not be read, of both."""
    found: dict[str, tuple[pd.Series, pd.Series]] = {}
    names = [name for name in {**own.unread, **stations.unread} if own.layer.find(name) is not None]
    for name in names:
        parts = [_unread_cells(sheet, name) for sheet in (own, stations)]
        masks, cells = zip(*parts, strict=True)
        found[name] = (
            pd.Series(np.concatenate(masks), index=index),
            pd.Series(np.concatenate(cells), index=index, dtype=object),
        )
    return found


def _unread_cells(sheet: Sheet, name: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.object_]]:
    """Mask and text of a column's unread cells; none and blank where all were read."""
    count = len(sheet.frame)
    if name not in sheet.unread:
        return np.zeros(count, dtype=np.bool_), np.full(count, "", dtype=object)
    mask, cells = sheet.unread[name]
    return mask.to_numpy(dtype=np.bool_), cells.to_numpy(dtype=object)
