"""A matrix file's rows, whatever its shape, as pairs of ids with a time and perhaps a length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from assets.issues import nearest
from coverage.matrices.cells import Figures, Names, clean_id, read_figures
from coverage.matrices.form import MatrixForm, refused
from coverage.matrices.headings import Figure, Headings, as_time, read_headings, side_of
from coverage.matrices.sources import Table
from coverage.network import Floats, Ints

LONG, WIDE = "long", "wide"
SNAP_COLUMNS = ("from_snap_m", "to_snap_m")
_SHOWN = 12


@dataclass
class _Faults:
    """Rows whose figure cannot be read: positions, and what the first of them hold."""

    rows: list[Ints] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def add(self, found: Figures, first: int) -> None:
        if len(found.bad):
            self.rows.append(found.bad + first)
            self.said += found.said[: 5 - len(self.said)]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of figures of a matrix file.

    Attributes:
        figure: its heading and unit.
        values: in that unit, NaN for blank, float64[n].
        bad: rows that hold neither a number of at least 0 nor a blank.
        said: what the first few of those hold.
    """

    figure: Figure
    values: Floats
    bad: Ints
    said: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Pairs:
    """A matrix file's n pairs.

    Attributes:
        shape: ``long`` or ``wide``.
        oriented: whether the file says which ids are starts; if not, ``starts`` are its rows.
        starts, stops: distinct ids of each side, in the order of the file.
        start, stop: places in those, int32[n].
        time: the times.
        length: the lengths of the routes, or None.
        start_snap_m, stop_snap_m: distance of each id from the road, NaN if not given.
        notes: what the planner should know about the reading.
    """

    shape: str
    oriented: bool
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    start: Ints
    stop: Ints
    time: Column
    length: Column | None
    start_snap_m: Floats
    stop_snap_m: Floats
    notes: tuple[str, ...] = ()


def read_pairs(table: Table, form: MatrixForm, known: frozenset[str]) -> Pairs:
    """The pairs of a table.

    Args:
        table: the file, opened.
        form: what is told about it.
        known: ids of the plan, by which a wide table is recognised.

    Raises:
        InputError: it is neither long nor wide, its times cannot be told from other columns,
            a row of a wide table stands twice.
    """
    headings = read_headings(table.names)
    if _shape(table, form, headings, known) == LONG:
        return _read_long(table, form, headings)
    return _read_wide(table)


def _shape(table: Table, form: MatrixForm, headings: Headings, known: frozenset[str]) -> str:
    if form.shape == WIDE or (form.shape != LONG and not headings.long):
        columns = set(map(clean_id, table.names[1:]))
        if form.shape == WIDE or columns & known:
            return WIDE
    if headings.long:
        return LONG
    shown = tuple(name or "(blank)" for name in table.names[:_SHOWN])
    missing = " and ".join(
        what for what, found in (("starts", headings.starts), ("ends", headings.stops)) if not found
    )
    raise refused(
        "columns",
        f"no column of {missing} found, and no column is called by an id of the plan",
        "a long table has columns from_id, to_id and minutes (or origin_id, destination_id, "
        "duration ...); a wide one has ids in its first column and in its headings",
        shown,
        layer=table.path.name,
    )


# ---- long ------------------------------------------------------------------------------


def _read_long(table: Table, form: MatrixForm, headings: Headings) -> Pairs:
    start, stop = (_only(table, ids) for ids in (headings.starts, headings.stops))
    time = _time_column(table, form, headings)
    length, notes = _length_column(headings, time)
    snaps = [name for name in SNAP_COLUMNS if name in table.names]
    wanted = [start, stop, time.name, *([length.name] if length else []), *snaps]
    gathered = _Gathered(wanted, table.textual)
    for block in table.blocks([table.names.index(name) for name in wanted]):
        gathered.add(block)
    columns = gathered.columns([time, *([length] if length else [])])
    return Pairs(
        shape=LONG,
        oriented=True,
        starts=gathered.sides[0].ids(),
        stops=gathered.sides[1].ids(),
        start=gathered.whole(0),
        stop=gathered.whole(1),
        time=columns[0],
        length=columns[1] if length else None,
        start_snap_m=gathered.snap("from_snap_m", 0),
        stop_snap_m=gathered.snap("to_snap_m", 1),
        notes=notes,
    )


def _only(table: Table, names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    raise refused("columns", "several columns could be the ids of one side",
                  "rename or remove all but one", tuple(names), layer=table.path.name)  # fmt: skip


def _time_column(table: Table, form: MatrixForm, headings: Headings) -> Figure:
    """The column of times: the one told, or the only one there is."""
    if form.column:
        if form.column not in table.names:
            remedy = nearest(form.column, [name for name in table.names if name])
            raise refused("columns", "there is no such column", remedy, (form.column,),
                          layer=table.path.name)  # fmt: skip
        return as_time(form.column) or Figure(form.column, "")
    if len(headings.times) == 1:
        return headings.times[0]
    if headings.times:
        names = tuple(figure.name for figure in headings.times)
        raise refused("columns", "several columns could be the times",
                      f"say which, such as column: {names[0]}", names,
                      layer=table.path.name)  # fmt: skip
    raise refused(
        "columns", "columns missing",
        "call the times minutes or seconds (or duration, travel_time ...), or say column:",
        ("minutes",), layer=table.path.name,
    )  # fmt: skip


def _length_column(headings: Headings, time: Figure) -> tuple[Figure | None, tuple[str, ...]]:
    """The lengths that go with the times: the only ones, or those of the same engine."""
    found = [f for f in headings.lengths if f.name != time.name]
    same = [f for f in found if f.stem == time.stem]
    for only in (same, found):
        if len(only) == 1:
            return only[0], ()
    if not found:
        return None, ()
    names = ", ".join(f.name for f in found)
    return None, (f"several columns could be lengths ({names}); none is used",)


class _Gathered:
    """Blocks of a long table, put together (ids numbered, figures read) as they come."""

    def __init__(self, names: Sequence[str], textual: bool) -> None:
        self.names, self.textual = names, textual
        self.sides = (Names(), Names())
        self._numbers: tuple[list[Ints], list[Ints]] = ([], [])
        self._figures: dict[str, list[Floats]] = {n: [] for n in self._of_pairs()}
        self._snaps: dict[str, Floats] = {n: np.zeros(0) for n in SNAP_COLUMNS}
        self._faults: dict[str, _Faults] = {n: _Faults() for n in names[2:]}
        self._rows = 0

    def _of_pairs(self) -> list[str]:
        return [name for name in self.names[2:] if name not in SNAP_COLUMNS]

    def add(self, block: Sequence[Any]) -> None:
        """One more block: its columns in the order of the names."""
        numbers = [side.number(cells) for side, cells in zip(self.sides, block[:2], strict=True)]
        found = [read_figures(cells, textual=self.textual) for cells in block[2:]]
        kept = self._not_blank(numbers, found)
        for own, new in zip(self._numbers, numbers, strict=True):
            own.append(new[kept] if kept is not None else new)
        for name, figures in zip(self.names[2:], found, strict=True):
            if kept is not None:
                new_row = np.cumsum(kept) - 1
                bad = figures.bad[kept[figures.bad]]
                figures = Figures(figures.values[kept], new_row[bad], figures.said)
            self._faults[name].add(figures, self._rows)
            if name in SNAP_COLUMNS:
                self._note_snap(name, figures.values)
            else:
                self._figures[name].append(figures.values)
        self._rows += len(self._numbers[0][-1])

    def _not_blank(self, numbers: Sequence[Ints], found: Sequence[Figures]) -> Any:
        """Which rows hold anything, where some hold nothing; such rows end many a spreadsheet."""
        blanks = [side.codes.get("") for side in self.sides]
        if None in blanks:
            return None
        empty = (numbers[0] == blanks[0]) & (numbers[1] == blanks[1])
        for figures in found:
            empty &= np.isnan(figures.values)
            empty[figures.bad] = False
        return ~empty if empty.any() else None

    def _note_snap(self, name: str, values: Floats) -> None:
        side = SNAP_COLUMNS.index(name)
        known = self._snaps[name]
        new = len(self.sides[side].codes) - len(known)
        known = np.concatenate([known, np.full(new, np.nan)])
        given = ~np.isnan(values)
        known[self._numbers[side][-1][given]] = values[given]
        self._snaps[name] = known

    def whole(self, side: int) -> Ints:
        """Numbers of one side's ids, row by row."""
        return np.concatenate([np.zeros(0, dtype=np.int32), *self._numbers[side]])

    def columns(self, figures: Sequence[Figure]) -> list[Column]:
        """The columns of figures, whole; bad snap distances count as blank."""
        made = []
        for figure in figures:
            values = np.concatenate([np.zeros(0), *self._figures.pop(figure.name)])
            faults = self._faults[figure.name]
            bad = np.concatenate([np.zeros(0, dtype=np.int64), *faults.rows])
            made.append(Column(figure, values, bad, tuple(faults.said)))
        return made

    def snap(self, name: str, side: int) -> Floats:
        """Distance from the road by id of a side; NaN where none is given."""
        known = self._snaps[name]
        return np.concatenate([known, np.full(len(self.sides[side].codes) - len(known), np.nan)])


# ---- wide ------------------------------------------------------------------------------


def _read_wide(table: Table) -> Pairs:
    side = side_of(table.names[0])
    across = _across(table)
    rows, blocks, faults = Names(), list[Floats](), _Faults()
    count = 0
    for block in table.blocks(range(len(table.names))):
        before = len(rows.codes)
        number = rows.number(block[0])
        _once(table, rows, number, before)
        values = np.empty((len(number), len(across)))
        for place, cells in enumerate(block[1:]):
            found = read_figures(cells, textual=table.textual)
            values[:, place] = found.values
            cell = Figures(found.values, (found.bad + count) * len(across) + place, found.said)
            faults.add(cell, 0)
        blocks.append(values)
        count += len(number)
    down = rows.ids()
    values = np.concatenate([np.zeros((0, len(across))), *blocks])
    bad = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *faults.rows]))
    time = Column(Figure("the table", ""), values.ravel(), bad, tuple(faults.said))
    start: Ints = np.repeat(np.arange(len(down), dtype=np.int32), len(across))
    stop: Ints = np.tile(np.arange(len(across), dtype=np.int32), len(down))
    turned = side == "to"
    return Pairs(
        shape=WIDE,
        oriented=bool(side),
        starts=across if turned else down,
        stops=down if turned else across,
        start=stop if turned else start,
        stop=start if turned else stop,
        time=time,
        length=None,
        start_snap_m=np.full(len(across if turned else down), np.nan),
        stop_snap_m=np.full(len(down if turned else across), np.nan),
    )


def _across(table: Table) -> tuple[str, ...]:
    """Ids in the headings of a wide table."""
    names = Names()
    number = names.number(pa.array(table.names[1:], pa.string()))
    if "" in names.codes or len(names.codes) < len(number):
        remedy = "give each column the id of its place"
        raise refused("headings", "headings of the wide table are blank or stand twice", remedy,
                      layer=table.path.name)  # fmt: skip
    return names.ids()


def _once(table: Table, rows: Names, number: Ints, before: int) -> None:
    """Refuses a wide table in which an id has two rows, or a row has none."""
    seen, times = np.unique(number, return_counts=True)
    again = seen[(times > 1) | (seen < before)]
    ids = rows.ids()
    if "" in rows.codes:
        raise refused("blank_id", "a row of the wide table has no id", "fill in the first column",
                      layer=table.path.name)  # fmt: skip
    if len(again):
        raise refused("duplicate_id", "ids have more than one row in the wide table",
                      "keep one row per place", tuple(sorted(ids[k] for k in again.tolist())),
                      layer=table.path.name)  # fmt: skip
