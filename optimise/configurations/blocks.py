"""The compact model as arrays, and how it falls apart into neighbourhoods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: First part of the names of rows that join neighbourhoods: standards, counts, money.
JOINING_ROWS = (
    "serves", "cover", "at_5fleast", "at_5fmost", "receipts", "saving", "capital_5fbudget",
    "served_5fif", "kept", "growth", "fair", "fall", "fall_5for_5fgain",
    "floor", "ceiling", "gap", "below_5fhighest", "above_5flowest",
    "set_5fleast", "set_5fmost", "hubs_5fleast",
    "moves_5fmost", "closures_5fmost", "withdrawals_5fmost",
    "limit", "stage", "differs", "worst_5flevel", "worst_5fserved", "partner", "regret",
)  # fmt: skip
#: First part of the names of the rows that place each unit once.
PLACING_ROW = "placed"
#: A neighbourhood of more columns is cut: it would take too long to price.
LARGEST = 400
#: First part of the names of columns that belong to no neighbourhood.
JOINING_COLUMNS = (
    "served", "short", "one", "fall", "gains", "highest", "lowest", "level", "regret",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Program:
    """A mixed-integer program: min cost·x, lower ≤ A·x ≤ upper, low ≤ x ≤ high."""

    cost: Floats
    low: Floats
    high: Floats
    integer: Bools
    matrix: csr_array
    lower: Floats
    upper: Floats

    def holds(self, values: Floats, *, within: float = 1e-6) -> bool:
        """Whether columns keep their ends, every row, and are whole where they should be."""
        did = self.matrix @ values
        rows = (did >= self.lower - within) & (did <= self.upper + within)
        ends = (values >= self.low - within) & (values <= self.high + within)
        whole = np.abs(values - np.round(values)) <= within
        return bool(rows.all() and ends.all() and whole[self.integer].all())

    def part(self, rows: Ints, columns: Ints) -> Program:
        """The program of some rows and columns alone."""
        return Program(
            self.cost[columns],
            self.low[columns],
            self.high[columns],
            self.integer[columns],
            csr_array(self.matrix[rows][:, columns]),
            self.lower[rows],
            self.upper[rows],
        )


@dataclass(frozen=True, eq=False)
class Block:
    """One neighbourhood.

    Attributes:
        columns: its columns in the whole program.
        program: its own rules alone.
        joint: how its columns enter the joining rows.
    """

    columns: Ints
    program: Program
    joint: csr_array


@dataclass(frozen=True, eq=False)
class Split:
    """A program that fell apart.

    Attributes:
        whole: the program itself.
        blocks: the neighbourhoods, largest first.
        free: columns of no neighbourhood (people served, shortfalls, the constant).
        rows: the joining rows.
        places: which of them place a unit.
    """

    whole: Program
    blocks: tuple[Block, ...]
    free: Ints
    rows: Ints
    places: Bools

    @property
    def largest_share(self) -> float:
        """Share of the whole-number columns that the largest neighbourhood holds."""
        total = int(self.whole.integer.sum())
        most = max((int(b.program.integer.sum()) for b in self.blocks), default=0)
        return most / total if total else 1.0


def program_of(engine: highspy.Highs) -> Program:
    """The arrays of a model that has been passed to HiGHS."""
    lp = engine.getLp()
    stored = lp.a_matrix_
    kind = csc_array if stored.format_ == highspy.MatrixFormat.kColwise else csr_array
    data = (np.array(stored.value_), np.array(stored.index_), np.array(stored.start_))
    whole = highspy.HighsVarType.kInteger
    kinds = list(lp.integrality_) or [highspy.HighsVarType.kContinuous] * lp.num_col_
    return Program(
        cost=np.array(lp.col_cost_),
        low=np.array(lp.col_lower_),
        high=np.array(lp.col_upper_),
        integer=np.array([kind_ == whole for kind_ in kinds], dtype=bool),
        matrix=csr_array(kind(data, shape=(lp.num_row_, lp.num_col_))),
        lower=np.array(lp.row_lower_),
        upper=np.array(lp.row_upper_),
    )


def split(
    program: Program,
    row_names: Sequence[str],
    column_names: Sequence[str],
    *,
    most: int = LARGEST,
) -> Split:
    """Neighbourhoods: columns that some rule other than a joining one holds together.

    A neighbourhood of more than ``most`` columns is cut where few units cross: the rules
    that place those units join as well. With ``most`` nil every unit crosses, and what is
    left in one piece is one building.
    """
    kinds = [name.split("__", 1)[0] for name in row_names]
    placing = np.array([kind == PLACING_ROW for kind in kinds], dtype=np.bool_)
    joins = np.array([kind in JOINING_ROWS for kind in kinds], dtype=np.bool_)
    joins |= _crossing(program.matrix, np.flatnonzero(~joins & ~placing), placing, most)
    free = np.array([n.split("__", 1)[0] in JOINING_COLUMNS for n in column_names], dtype=bool)
    # What stands in a neighbourhood's rule is of the neighbourhood, whatever it is called.
    own = csr_array(program.matrix[np.flatnonzero(~joins)])
    inside = ~free
    count, label = _together(own, len(free))
    blocks = []
    rows = np.flatnonzero(~joins)
    first = own.indices[own.indptr[:-1]] if own.shape[0] else np.array([], dtype=np.int64)
    joint = csr_array(program.matrix[np.flatnonzero(joins)])
    for block in range(count):
        columns = np.flatnonzero((label == block) & inside)
        if len(columns):
            mine = program.part(rows[label[first] == block], columns)
            blocks.append(Block(columns, mine, csr_array(joint[:, columns])))
    blocks.sort(key=lambda b: (-len(b.columns), int(b.columns[0])))
    return Split(
        program, tuple(blocks), np.flatnonzero(free), np.flatnonzero(joins), placing[joins]
    )


def _crossing(matrix: csr_array, own: Ints, placing: Bools, most: int) -> Bools:
    """Rows that place a unit which would make a neighbourhood of too many columns.

    The units with the fewest places come first, since they cross the least.
    """
    count, label = _together(csr_array(matrix[own]), matrix.shape[1])
    size = np.bincount(label, minlength=count)
    parent = np.arange(count)

    def root(part: int) -> int:
        while parent[part] != part:
            parent[part] = part = parent[parent[part]]
        return part

    crossing = np.zeros(len(placing), dtype=np.bool_)
    rows = np.flatnonzero(placing)
    places = np.diff(matrix.indptr)[rows]
    for row in rows[np.argsort(places, kind="stable")]:
        columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        parts = sorted({root(int(part)) for part in label[columns]})
        if not parts:
            continue
        whole = int(size[parts].sum())
        if whole > most:
            crossing[row] = True
            continue
        parent[parts] = parts[0]
        size[parts[0]] = whole
    return crossing


def _together(own: csr_array, columns: int) -> tuple[int, Ints]:
    """Connected components of columns that share a row."""
    row, column = own.nonzero()
    start = own.indices[own.indptr[row]]
    links = coo_array((np.ones(len(row)), (start, column)), shape=(columns, columns))
    count, label = connected_components(links, directed=False)
    return int(count), np.asarray(label, dtype=np.int64)
