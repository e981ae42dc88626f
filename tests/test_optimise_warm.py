"""What an earlier solve left: a quicker beginning, never another answer.

Two toy counties 60 km apart (`test_optimise_configurations`), joined only by county-wide rules, so
that they fall into neighbourhoods; the toy county alone (`toy_county`) is all in one piece.
"""

from __future__ import annotations

import functools
import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise import engine as engines
from optimise import solve as solving
from optimise.audit import audit
from optimise.clock import Clock
from optimise.configurations import bounds
from optimise.configurations.again import beginning, left_by
from optimise.configurations.bounds import Proof, Task, prove
from optimise.configurations.mending import mended
from optimise.knobs import Solver
from optimise.making import SCALE, row_name
from optimise.problem import Problem
from optimise.solution import Solution
from optimise.warm import COLD, Warm
from optimise.warm_file import NAME, SCHEMA, read_warm, warm_bytes
from tests import toy_county
from tests.test_optimise_configurations import compiled, parts_of, problem_of, two_counties

EXACT = Solver(gap=0.0)
BASE: dict[str, Any] = {"targets__receipts_gbp": 1_000_000}
#: What if: a lock, a target that binds, a price, two at once, a move, another aim.
WHAT_IFS: tuple[dict[str, Any], ...] = (
    {},
    {"locks__C": "retain"},
    {"locks__A": "close"},
    {"locks__B2": "retain"},
    {"targets__receipts_gbp": 2_600_000},
    {"targets__capital_budget_gbp": 0, "finance__reinvest_cap_pct": 10},
    {"standards__library_6__target": "baseline"},
    {"finance__hosting_cost_gbp_per_m2_pa": 200},
    {"locks__B2": "retain", "finance__hosting_cost_gbp_per_m2_pa": 54},
    {"targets__receipts_gbp": 9_000_000},
    {"locks__C": "close"},
    {"objective": "buildings_open"},
)


@functools.cache
def proved() -> tuple[Proof, Warm]:
    """The proof of the base, by neighbourhoods alone, and what it leaves."""
    program, _, names = compiled(problem_of(two_counties(), **BASE))
    parts, _ = parts_of(problem_of(two_counties(), **BASE))
    proof = prove(parts, Task(0.001, Clock(20)))
    assert proof.start is not None
    values = dict(zip(names[1], map(float, proof.start), strict=True))
    return proof, replace(left_by(proof, parts, names), values=values, aim="npv_gbp")


def left() -> Warm:
    return proved()[1]


def asked(changes: dict[str, Any]) -> Problem:
    return problem_of(two_counties(), **{**BASE, **changes})


def same_answer(problem: Problem, warm: Warm) -> Solution:
    """Solved from `warm` and from nothing, to proved optimality: the same."""
    cold, made = solving.solve(problem, EXACT), solving.solve(problem, EXACT, warm)
    assert made.status == cold.status
    if made.outcome is not None:
        assert made.value == pytest.approx(cold.value, abs=2.0, rel=1e-7)
        assert not audit(problem, made.outcome)
        better = made.goal.better
        assert not better(cold.value, made.bound) or made.bound == pytest.approx(cold.value)
    return made


# --- the same answer ---------------------------------------------------------------------------


@pytest.mark.parametrize("changes", WHAT_IFS, ids=str)
def test_what_if_has_the_answer_it_has_from_nothing(changes: dict[str, Any]) -> None:
    same_answer(asked(changes), left())


@pytest.mark.parametrize("changes", WHAT_IFS[1:5], ids=str)
def test_a_county_in_one_piece_too(changes: dict[str, Any]) -> None:
    """`left` is of two counties: what it says of the second is passed over."""
    same_answer(toy_county.problem(**{k.replace("B2", "B"): v for k, v in changes.items()}), left())


NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 1.0, 1e300, -1e9])


@st.composite
def hostile(draw: Any) -> Warm:
    """Random numbers under names of the program, and under others."""
    known = left()
    columns = st.sampled_from([*sorted(known.values), "", "at__nobody__nowhere", "<script>"])
    rows = st.sampled_from([*sorted(known.prices), "receipts__of__Mars"])
    values = st.dictionaries(columns, NUMBERS, max_size=40)
    return Warm(
        values=draw(values),
        prices=draw(st.dictionaries(rows, NUMBERS, min_size=1, max_size=30)),
        pieces=tuple(draw(st.lists(values, max_size=3))),
        aim="npv_gbp",
    )


@settings(max_examples=6, deadline=None)
@given(warm=hostile(), changes=st.sampled_from(WHAT_IFS[:5]))
def test_nonsense_changes_nothing_but_the_time(warm: Warm, changes: dict[str, Any]) -> None:
    same_answer(asked(changes), warm)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, -7.5, 0.5])
def test_a_number_that_is_none_is_not_believed_anywhere(value: float) -> None:
    known = left()
    warm = Warm(dict.fromkeys(known.values, value), dict.fromkeys(known.prices, value),
                (dict.fromkeys(known.values, value),), "npv_gbp")  # fmt: skip
    same_answer(toy_county.problem(), warm)


@settings(max_examples=6, deadline=None)
@given(warm=hostile())
def test_no_prices_make_a_bound_that_is_none(warm: Warm) -> None:
    """L(y) ≤ the least cost, whatever y; a plan keeps every row."""
    program, _, names = compiled(asked({}))
    parts, _ = parts_of(asked({}))
    best = proved()[0]
    made = prove(parts, Task(0.001, Clock(5)), beginning(parts, names, warm, Clock(5)))
    assert best.start is not None
    assert made.bound <= program.cost @ best.start + 1e-4
    assert np.isfinite(made.prices).all()
    if made.start is not None:
        assert program.holds(made.start)
        assert program.cost @ made.start >= best.bound - 1e-4


def test_the_same_again_is_the_same_to_the_bit() -> None:
    changes = {"locks__B2": "retain"}
    one, two = (solving.solve(asked(changes), Solver(gap=0.001), left()) for _ in range(2))
    alone = solving.solve(asked(changes), Solver(gap=0.001, threads=1), left())
    assert one.outcome == two.outcome == alone.outcome
    assert one.bound == two.bound == alone.bound
    assert warm_bytes(one.warm) == warm_bytes(two.warm) == warm_bytes(alone.warm)


# --- what is saved -----------------------------------------------------------------------------


def test_nothing_changed_is_proved_in_one_round() -> None:
    program, _, names = compiled(asked({}))
    parts, _ = parts_of(asked({}))
    before, known = proved()[0], proved()[0].start
    begin = beginning(parts, names, left(), Clock(5))
    assert begin.prices == pytest.approx(before.prices)
    again = prove(parts, Task(0.02, Clock(10)), begin, known)
    assert again.rounds == 1
    assert again.start is known and known is not None
    assert again.bound >= program.cost @ known - 0.02 * abs(program.cost @ known)


def test_the_compact_model_is_not_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices of an earlier solve give bound and plan by themselves."""
    seen: list[str] = []
    monkeypatch.setattr(engines, "_run", lambda *given: seen.append("looked"))
    made = solving.solve(asked({"locks__B2": "retain"}), Solver(gap=0.05), left())
    assert seen == [] and made.status == "optimal" and 0 <= made.gap_on_savings <= 0.05
    assert made.warm.prices and made.warm.aim == "npv_gbp"


def test_a_plan_that_a_lock_breaks_is_mended_before_the_first_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The building that is to stay is let go in every piece: its columns are loose."""
    monkeypatch.setattr(bounds, "ROUNDS_SHARE", 0.0)
    gone = [k for k, v in left().values.items() if k.startswith("open__") and v < 0.5]
    assert gone
    site = gone[0].removeprefix("open__")
    problem = asked({f"locks__{site}": "retain"})
    program, _, names = compiled(problem)
    parts, _ = parts_of(problem)
    begin = beginning(parts, names, left(), Clock(5))
    assert not program.holds(begin.pieces[0])
    at = names[1].index(gone[0])
    assert begin.loose[at]
    made = prove(parts, Task(0.001, Clock(10)), begin)
    assert made.rounds == 0
    assert made.start is not None and program.holds(made.start) and made.start[at] == 1.0


def test_mending_gives_back_what_is_known_where_nothing_is_better() -> None:
    program, _, _ = compiled(asked({}))
    best = proved()[0].start
    assert best is not None
    none = np.zeros(len(program.cost), dtype=bool)
    assert mended(program, [], best, none, clock=Clock(5), gap=0.0) is best
    assert mended(program, [], None, none, clock=Clock(5), gap=0.0) is None


# --- aims ---------------------------------------------------------------------------------------


def test_prices_of_another_aim_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[bool] = []
    real = solving.search

    def noted(model: Any, options: Solver, clock: Clock, warm: Warm) -> Any:
        used.append(bool(warm.prices))
        return real(model, options, clock, warm)

    monkeypatch.setattr(solving, "search", noted)
    solving.solve(asked({"objective": ["npv", "moves"]}), EXACT, left())
    assert used[0] and not any(used[1:])
    used.clear()
    solving.solve(asked({"objective": "buildings_open"}), EXACT, left())
    assert not any(used)


def test_what_is_left_has_the_first_aims_prices_and_the_last_ones_plan() -> None:
    found = solving.solve(asked({"objective": ["npv", "moves"]}), Solver(gap=0.05), left())
    assert found.warm.aim == "npv_gbp" and found.warm.prices
    assert found.outcome is not None
    for unit_id, site in found.outcome.placed.items():
        name = row_name("at", unit_id, site)
        assert not site or found.warm.values.get(name, 1.0) == 1.0


# --- the file -----------------------------------------------------------------------------------


def written(folder: Path, data: bytes) -> Path:
    (folder / NAME).write_bytes(data)
    return folder


def test_the_file_gives_back_what_was_left(tmp_path: Path) -> None:
    data = warm_bytes(left())
    assert data == warm_bytes(left())
    read, note = read_warm(written(tmp_path, data))
    assert note == "" and read == left()
    assert read_warm(written(tmp_path, warm_bytes(COLD))) == (COLD, "")


def rows(*told: tuple[str, int, str, float | None]) -> bytes:
    columns = [list(column) for column in zip(*told, strict=True)]
    table = pa.Table.from_arrays(
        [pa.array(c, kind.type) for c, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
    made = io.BytesIO()
    pq.write_table(table, made)
    return made.getvalue()


HEAD = ("version", 0, "1", 0.0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cannot be used"),
        (b"PAR1 and no more", "cannot be used"),
        (warm_bytes(COLD)[:-9], "cannot be used"),
        (rows(HEAD, ("value", 0, "one", math.nan)), "a number or a name is missing"),
        (rows(HEAD, ("value", 0, "one", None)), "a number or a name is missing"),
        (rows(HEAD, ("value", 0, "one", math.inf)), "a number is infinite"),
        (rows(HEAD, ("spell", 0, "one", 1.0)), "unknown kind of row 'spell'"),
        (rows(("version", 0, "2", 0.0)), "it is of another version"),
        (rows(("value", 0, "one", 1.0)), "it is of another version"),
    ],
)
def test_a_damaged_file_is_told_and_nothing_is_known(
    tmp_path: Path, data: bytes, said: str
) -> None:
    warm, note = read_warm(written(tmp_path, data))
    assert warm == COLD
    assert said in note and NAME in note


def test_no_file_is_told(tmp_path: Path) -> None:
    assert read_warm(tmp_path) == (COLD, f"{tmp_path} has no {NAME}, so nothing is known of it")


def test_columns_of_another_kind_are_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    pq.write_table(pa.table({"kind": ["version"], "value": [1]}), made)
    assert "its columns are not those" in read_warm(written(tmp_path, made.getvalue()))[1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_byte_that_flipped_never_raises(
    tmp_path_factory: pytest.TempPathFactory, at: int, by: int
) -> None:
    data = bytearray(warm_bytes(left()))
    data[at % len(data)] ^= by
    warm, note = read_warm(written(tmp_path_factory.mktemp("warm"), bytes(data)))
    assert (warm == COLD) == bool(note)


def test_scale_is_the_solvers() -> None:
    """Prices are in £k a unit of the row: a pound of receipts is worth pounds."""
    assert SCALE == 1e-3
    assert abs(left().prices.get("receipts", 0.0)) < 100
