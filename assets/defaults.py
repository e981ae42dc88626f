"""Blank figures of a register -> the figures of a default table, each said. Pure but for `table`.

The table is the one a draft is made from (`assets/drafting/assumptions.yml`): figures by type of
building and by service, none of them evidence of anything, made to be replaced. Nothing is
filled unless the user asks for it; each row filled says so in ``source_ref``, and each column
filled is one warning that names the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.checks import KEPT_LOCKS, by_origin, decided, ids_of, unplaced
from assets.drafting.assumptions import Assumptions, read_assumptions
from assets.issues import Issue
from assets.schema import RANGE_SUFFIXES
from assets.sheets import Sheet, Sheets
from assets.stations import home_types

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

STANDARD = "standard"
#: Begins the note in `source_ref` that names the cells filled.
ASSUMED = "assumed"
#: Buildings with one of these locks take nobody in, so they need no capacity.
_NO_HOSTS = ("no_host", "close")
_NOUNS = {"buildings": "building", "services": "unit", "stations": "station"}
#: Column -> (what is missing, what is done about it); the count and the noun stand between.
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "asset_type": ("an asset type", "typed by the only service inside, else 'other'"),
        "status": ("a status", "taken as {status}"),
        "tenure": ("a tenure", "taken as {tenure}"),
        "gia_m2": ("a floor area", "sized from the default table"),
        "running_cost_gbp_pa": ("running costs", "priced from the default table"),
        "capacity_m2": ("a capacity", "given room for services from the default table"),
        "market_value_gbp": ("a market value", "valued from the default table"),
        "operator": ("an operator", "taken as run by the owner of the building"),
        "duty_system": ("a duty system", "taken as {duty_system}"),
        "space_m2": ("a floor space", "given space from the default table"),
        "move_cost_gbp": ("the cost of a move", "priced from the default table"),
        "host_types": ("a list of hosts", "limited to the hosts of the default table"),
    }
)


def table(said: str, path: Callable[[str], Path] = Path) -> Assumptions:
    """The table a scenario asks for.

    Args:
        said: ``standard`` for the packaged table, else a YAML file with figures that go before it.
        path: how a path of the scenario is resolved.

    Raises:
        InputError: the file cannot be read, or holds what the table does not know.
    """
    return read_assumptions(None if said == STANDARD else path(said))


@dataclass
class _Filling:
    """One layer while its blanks are filled: columns so far, and which cells were filled."""

    sheet: Sheet
    frame: pd.DataFrame
    filled: dict[str, Mask]

    def blank(self, column: str) -> Mask:
        """Cells that are blank (one that cannot be read is not)."""
        values = self.frame[column]
        blank = values == "" if values.dtype == object else values.isna()
        if column in self.sheet.unread:
            blank &= ~self.sheet.unread[column][0]
        mask: Mask = blank.to_numpy(dtype=np.bool_)
        return mask

    def fill(self, column: str, values: npt.ArrayLike, where: Mask) -> None:
        """Fill the blanks of a column under a mask, where there is a value for them."""
        given = pd.Series(values, index=self.frame.index, dtype=self.frame[column].dtype)
        known = given != "" if given.dtype == object else given.notna()
        mask = self.blank(column) & where & known.to_numpy(dtype=np.bool_)
        self.frame = self.frame.assign(**{column: self.frame[column].mask(mask, given)})
        self.filled[column] = self.filled.get(column, np.zeros(len(mask), dtype=np.bool_)) | mask

    def done(self) -> Sheet:
        """The sheet with its blanks filled, each row saying which."""
        notes = np.full(len(self.frame), "", dtype=object)
        for column, mask in self.filled.items():
            if column.removesuffix("_low").removesuffix("_high") == column:
                notes[mask] += np.where(notes[mask] == "", column, ", " + column).astype(object)
        any_ = notes != ""
        before = self.frame["source_ref"].to_numpy(dtype=object)
        told = np.where(before == "", "", before + "; ") + f"{ASSUMED}: " + notes
        refs = pd.Series(np.where(any_, told, before), index=self.frame.index, dtype=object)
        return replace(self.sheet, frame=self.frame.assign(source_ref=refs))


def filled(sheets: Sheets, given: Assumptions) -> tuple[Sheets, tuple[Issue, ...]]:
    """Blank figures of buildings and services filled from a table.

    Args:
        sheets: every layer, stations among buildings and services (`assets.stations`).
        given: the table (`table`).

    Returns:
        The sheets, and a warning for each column filled. Filled are, where blank: of buildings
        asset_type and status; of those the plan decides about tenure, gia_m2,
        running_cost_gbp_pa (by floor area), market_value_gbp with its range (freehold, not
        candidates, not to be kept) and capacity_m2 (operational, of a type that may be a host);
        of units operator and duty_system (fire); of those the plan decides about space_m2. As
        a blank means nil in move_cost_gbp and any host in host_types, each is filled only
        where it is blank for every unit.
    """
    if sheets["buildings"].frame.empty and sheets["services"].frame.empty:
        return sheets, ()
    buildings = _Filling(sheets["buildings"], sheets["buildings"].frame, {})
    services = _Filling(sheets["services"], sheets["services"].frame, {})
    ours = decided(sheets, "buildings")
    _kinds_and_tenure(buildings, services, given, ours)
    _areas_and_costs(buildings, given, ours)
    _crews(buildings, services, given)
    _spaces(buildings, services, given, decided(sheets, "services"))
    _moves(buildings, services, given, decided(sheets, "services"))
    _capacities(buildings, services, given, ours)
    _values(buildings, given, ours)
    done = {**sheets, "buildings": buildings.done(), "services": services.done()}
    words = {name: str(given.words[name]) for name in ("status", "tenure", "duty_system")}
    return done, (*_told(buildings, words), *_told(services, words))


def _figures(given: Assumptions, name: str, kinds: pd.Series) -> Floats:
    """The table's figure for each row by its type or service."""
    known = {kind: given.figure(name, kind) for kind in kinds.unique()}
    values: Floats = kinds.map(known).to_numpy(dtype=np.float64)
    return values


def _kinds_and_tenure(
    buildings: _Filling, services: _Filling, given: Assumptions, ours: Mask
) -> None:
    """Type by the service in it where there is only one, else `other`; tenure and status."""
    units = services.frame
    sole = units.groupby("asset_id")["service_type"].agg(["nunique", "first"])
    only = home_types(sole.loc[sole["nunique"] == 1, "first"])
    everyone = np.ones(len(buildings.frame), dtype=np.bool_)
    named = buildings.frame["asset_id"].map(only).fillna("").astype(object)
    buildings.fill("asset_type", named.mask(named == "", "other"), everyone)
    for column, where in (("status", everyone), ("tenure", ours)):
        word = str(given.words[column])
        buildings.fill(column, np.full(len(everyone), word, dtype=object), where)


def _areas_and_costs(buildings: _Filling, given: Assumptions, ours: Mask) -> None:
    """Floor area by type; running cost by floor area and type."""
    kinds = buildings.frame["asset_type"]
    buildings.fill("gia_m2", _figures(given, "gia_m2", kinds), ours)
    each = _figures(given, "running_cost_gbp_per_m2_pa", kinds)
    cost = _pounds(buildings.frame["gia_m2"].to_numpy(dtype=np.float64) * each)
    buildings.fill("running_cost_gbp_pa", cost, ours)


def _crews(buildings: _Filling, services: _Filling, given: Assumptions) -> None:
    """Operator: the building's owner. Crew of a fire unit that says neither crew nor turnout.

    A unit out of scope serves as well, so its crew counts; one out of the model does not.
    """
    units = services.frame
    lost = buildings.frame.loc[unplaced(buildings.sheet), "asset_id"]
    owner = _of_building(buildings, units, "owner").fillna("").astype(object)
    services.fill("operator", owner, np.ones(len(units), dtype=np.bool_))
    fire = (units["service_type"] == "fire") & units["turnout_s"].isna()
    fire &= ~units["asset_id"].isin(lost)
    crew = np.full(len(units), str(given.words["duty_system"]), dtype=object)
    services.fill("duty_system", crew, fire.to_numpy(dtype=np.bool_))


def _spaces(buildings: _Filling, services: _Filling, given: Assumptions, ours: Mask) -> None:
    """Space: the service's share of such a building, or the table's figure for the service.

    Together no more than the building holds, as long as what is known leaves room at all.
    """
    units = services.frame
    shares = {
        (kind.name, service): share
        for kind in given.kinds.values()
        for service, share in kind.services.items()
    }
    kinds = _of_building(buildings, units, "asset_type").fillna("").astype(object)
    pairs = pd.MultiIndex.from_arrays([kinds, units["service_type"]])
    share = pd.Series(shares, dtype=float).reindex(pairs).to_numpy(dtype=np.float64)
    gia_m2 = _of_building(buildings, units, "gia_m2").to_numpy(dtype=np.float64)
    figure = _figures(given, "space_m2", units["service_type"])
    wanted = np.where(np.isfinite(share * gia_m2), share * gia_m2, figure)
    wanted = np.where(services.blank("space_m2") & ours, wanted, 0.0)
    stated_m2 = _of_building(buildings, units, "capacity_m2").to_numpy(dtype=np.float64)
    room = np.where(np.isfinite(stated_m2), stated_m2, given.figure("capacity_share") * gia_m2)
    home = units["asset_id"]
    free = room - units["space_m2"].fillna(0.0).groupby(home).transform("sum").to_numpy()
    total = pd.Series(wanted, index=units.index).groupby(home).transform("sum").to_numpy()
    fits = ~((total > free) & (free > 0.0))
    scale = np.divide(free, total, out=np.ones_like(total), where=~fits & (total > 0.0))
    services.fill("space_m2", np.round(wanted * scale, 1), ours)


def _moves(buildings: _Filling, services: _Filling, given: Assumptions, ours: Mask) -> None:
    """Cost of a move and types of host by service, where no unit says either.

    Where there is no building of any type that the service may move to, it is its own type.
    """
    kinds = services.frame["service_type"]
    if services.blank("move_cost_gbp").all():
        services.fill("move_cost_gbp", _figures(given, "move_cost_gbp", kinds), ours)
    if services.blank("host_types").all():
        there = set(buildings.frame["asset_type"])
        rules: Mapping[str, Mapping[str, Iterable[str]]] = given.words["services"]
        hosts = {
            service: ";".join(kind for kind in rule["host_types"] if kind in there)
            for service, rule in rules.items()
        }
        allowed = kinds.map(hosts).astype(object)
        own = _of_building(buildings, services.frame, "asset_type").fillna("").astype(object)
        services.fill("host_types", allowed.mask(allowed == "", own).fillna(""), ours)


def _capacities(buildings: _Filling, services: _Filling, given: Assumptions, ours: Mask) -> None:
    """Room for services in buildings of types that may be hosts: never less than is in them."""
    frame = buildings.frame
    kinds = frame["asset_type"]
    hosts = {kind.name for kind in given.kinds.values() if kind.host}
    used = services.frame.groupby("asset_id")["space_m2"].sum()
    held = frame["asset_id"].map(used).fillna(0.0).to_numpy(dtype=np.float64)
    share = _figures(given, "capacity_share", kinds)
    holds = np.maximum(share * frame["gia_m2"].to_numpy(dtype=np.float64), held)
    may = kinds.isin(hosts) & ~frame["decision_lock"].isin(_NO_HOSTS)
    may &= frame["status"] == "operational"  # what stands empty takes nobody in unless it is said
    buildings.fill("capacity_m2", np.round(holds, 1), ours & may.to_numpy(dtype=np.bool_))


def _values(buildings: _Filling, given: Assumptions, ours: Mask) -> None:
    """Receipt of a freehold that may be disposed of; its range only with it."""
    frame = buildings.frame
    may_go = (frame["tenure"] == "freehold") & (frame["status"] != "candidate")
    may_go &= ~frame["decision_lock"].isin(KEPT_LOCKS)
    each = _figures(given, "market_value_gbp_per_m2", frame["asset_type"])
    central = frame["gia_m2"].to_numpy(dtype=np.float64) * each
    where = ours & may_go.to_numpy(dtype=np.bool_) & buildings.blank("market_value_gbp")
    spread = given.figure("market_value_range_pct") / 100.0
    ends = dict(zip(RANGE_SUFFIXES, (max(1.0 - spread, 0.0), 1.0 + spread), strict=True))
    none = np.logical_and.reduce([buildings.blank("market_value_gbp" + end) for end in ends])
    for end, factor in ends.items():
        buildings.fill("market_value_gbp" + end, _pounds(_pounds(central) * factor), where & none)
    stated = where & ~none  # a range without its middle: the middle must lie in it
    low, high = (frame["market_value_gbp" + end].to_numpy() for end in RANGE_SUFFIXES)
    inside = np.fmin(np.fmax(_pounds(central), low), high)
    buildings.fill("market_value_gbp", np.where(stated, inside, _pounds(central)), where)


def _of_building(buildings: _Filling, units: pd.DataFrame, column: str) -> pd.Series:
    """A column of the building each unit sits in."""
    first = buildings.frame.drop_duplicates("asset_id").set_index("asset_id")[column]
    return units["asset_id"].map(first)


def _pounds(values: Floats) -> Floats:
    """To the nearest £100: an assumed figure should not look exact."""
    rounded: Floats = np.round(values / 100.0) * 100.0
    return rounded


def _told(filling: _Filling, words: Mapping[str, str]) -> list[Issue]:
    """A warning for each column filled, by the layer the rows were given in."""
    issues: list[Issue] = []
    for column, mask in filling.filled.items():
        if column not in _WORDS:
            continue  # the ends of a range, told with its middle
        missing, done = _WORDS[column]
        for origin, rows in by_origin(filling.sheet, mask):
            count, noun = int(rows.sum()), _NOUNS[origin]
            several = f"{count:,} {noun}s are" if count > 1 else f"1 {noun} is"
            issues.append(
                Issue(
                    f"{origin}.defaulted",
                    f"without {missing}, {several} {done.format(**words)}",
                    ids_of(filling.sheet, rows),
                    f"fill in {column} with the owner's own figures",
                    origin,
                    "warning",
                )
            )
    return issues
