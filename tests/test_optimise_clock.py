"""The time a solve may take: it ends when it should, whoever says so."""

from __future__ import annotations

import os
import signal
import threading
import time

import highspy
import numpy as np
import pytest

from optimise import clock as clocks
from optimise.clock import Clock, run


def hard_program(columns: int = 40, rows: int = 5) -> highspy.Highs:
    """A market-split problem: equalities that no solver settles in minutes."""
    rng = np.random.default_rng(7)
    weights = rng.integers(1, 100, (rows, columns))
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    picked = [engine.addBinary() for _ in range(columns)]
    over = [engine.addVariable(lb=0, obj=1.0) for _ in range(rows)]
    under = [engine.addVariable(lb=0, obj=1.0) for _ in range(rows)]
    for r in range(rows):
        total = sum(int(w) * x for w, x in zip(weights[r], picked, strict=True))
        engine.addConstr(total + over[r] - under[r] == int(weights[r].sum() // 2))
    return engine


def test_a_part_ends_with_the_whole_and_is_stopped_with_it() -> None:
    whole = Clock(60)
    part, longer = whole.part(10), whole.part(1000)
    assert part.left_s <= 10
    assert longer.left_s <= 60
    whole.stop()
    assert part.over and longer.over and part.stopped
    assert part.left_s == 0.0


def test_nothing_is_left_of_no_seconds() -> None:
    assert Clock(0).over
    assert not Clock(0).stopped


def test_a_run_ends_with_its_seconds_and_keeps_its_plan() -> None:
    engine, clock = hard_program(), Clock(60)
    assert run(engine, clock.part(1.0))
    assert not clock.over
    assert engine.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible


def test_ctrl_c_stops_the_clock_and_the_run_keeps_its_plan() -> None:
    engine, clock = hard_program(), Clock(120)
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    with clock.listening():
        timer.start()
        assert run(engine, clock)
    assert clock.stopped
    assert engine.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible


def test_a_solver_that_was_stopped_once_goes_on_when_it_is_run_again() -> None:
    """Of its own accord HiGHS would hear the first stop for ever after."""
    engine, clock = hard_program(), Clock(60)
    threading.Timer(0.5, clock.stop).start()
    assert run(engine, clock)
    assert engine.getModelStatus() == highspy.HighsModelStatus.kInterrupt
    began = time.perf_counter()
    assert run(engine, Clock(1.0))
    assert time.perf_counter() - began > 0.5, "it used its time"


def test_a_second_ctrl_c_ends_the_program() -> None:
    clock = Clock(60)
    with pytest.raises(KeyboardInterrupt), clock.listening():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)


def test_ctrl_c_is_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Clock(1).listening():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_solver_that_does_not_listen_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on by itself; the caller has its time back and knows that there is no answer."""
    free = threading.Event()

    class Deaf(highspy.Highs):
        def run(self) -> None:
            free.wait(30)

    engine = Deaf()
    monkeypatch.setattr(clocks, "GRACE_S", 0.2)
    monkeypatch.setattr(clocks, "_abandoned", [])
    assert not run(engine, Clock(0.1))
    assert clocks._abandoned == [engine]
    free.set()
