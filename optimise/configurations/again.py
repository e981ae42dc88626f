"""Beginning a proof from what an earlier one of nearly the same program left, all by name.

Prices of the right signs give a bound at once, whatever has changed; local plans that still keep
their neighbourhood's rows are joined anew, so that a plan which a new lock or a higher target
breaks is mended by plans that were nearly chosen. What fits nothing is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from optimise.clock import Clock
from optimise.configurations.arrangements import EXACT
from optimise.configurations.blocks import LARGEST, Bools, Floats, Program, Split
from optimise.configurations.bounds import Beginning, Proof
from optimise.configurations.prices import first_prices, signed
from optimise.warm import BELIEVED, Warm


def beginning(
    parts: Split, names: tuple[Sequence[str], Sequence[str]], warm: Warm, clock: Clock
) -> Beginning:
    """Where a proof of the program begins.

    Args:
        parts: the program that fell apart.
        names: of the rows and columns of the whole program.
        warm: what the earlier solve left; rows it has no price for have the linear relaxation's.
        clock: of the relaxation.
    """
    relaxed, prices = first_prices(parts, clock)
    for at, row in enumerate(parts.rows):
        left = warm.prices.get(names[0][row], np.nan)
        if abs(left) < BELIEVED:
            prices[at] = left
    pieces = [as_columns(parts.whole, names[1], values) for values in pieces_of(warm)]
    loose = _loose(parts, pieces[0]) if pieces else np.zeros(len(parts.whole.cost), dtype=bool)
    return Beginning(relaxed, signed(parts, prices), tuple(pieces), loose)


def _loose(parts: Split, plan: Floats) -> Bools:
    """Columns that a plan may need otherwise: of neighbourhoods and joining rows that it breaks.

    A broken joining row of more columns than a neighbourhood may have says nothing.
    """
    loose = np.zeros(len(plan), dtype=bool)
    loose[parts.free] = True
    for block in parts.blocks:
        if not block.program.holds(plan[block.columns]):
            loose[block.columns] = True
    matrix = csr_array(parts.whole.matrix[parts.rows])
    did = matrix @ plan
    lower, upper = parts.whole.lower[parts.rows], parts.whole.upper[parts.rows]
    for row in np.flatnonzero((did < lower - EXACT) | (did > upper + EXACT)):
        columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        loose[columns if len(columns) <= LARGEST else columns[:0]] = True
    return loose


def pieces_of(warm: Warm) -> list[Mapping[str, float]]:
    """The plan and the pieces of plans that were left."""
    return [values for values in (warm.values, *warm.pieces) if values]


def as_columns(program: Program, names: Sequence[str], values: Mapping[str, float]) -> Floats:
    """Columns of a program from values by name, within their ends and whole where they must be.

    Nil, or the end nearest to it, where there is no value.
    """
    made = np.clip(_by_name(names, values), program.low, program.high)
    return np.where(program.integer, np.round(made), made)


def left_by(proof: Proof, parts: Split, names: tuple[Sequence[str], Sequence[str]]) -> Warm:
    """Prices and pieces of a proof by name, for a later one; no plan.

    Every joining row has its price, nil or not; of pieces only what is not nil is told.
    """
    prices = {names[0][row]: float(p) for row, p in zip(parts.rows, proof.prices, strict=True)}
    pieces = [
        {names[1][int(at)]: float(piece[at]) for at in np.flatnonzero(piece)}
        for piece in proof.pieces
    ]
    return Warm({}, prices, tuple(pieces))


def _by_name(names: Sequence[str], values: Mapping[str, float]) -> Floats:
    found = np.array([values.get(name, 0.0) for name in names], dtype=np.float64)
    return np.where(np.isfinite(found) & (np.abs(found) < BELIEVED), found, 0.0)
