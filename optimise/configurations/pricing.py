"""The best plan of one neighbourhood at given prices of the joining rules."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from optimise.clock import Clock, run
from optimise.configurations.blocks import Block, Floats, Program

#: What HiGHS says where no plan exists, and where it has one.
INFEASIBLE = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)
FEASIBLE = highspy.SolutionStatus.kSolutionStatusFeasible


def engine_of(program: Program, *, seed: int = 0) -> highspy.Highs:
    """A silent HiGHS that holds the program."""
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("threads", 1)
    engine.setOptionValue("random_seed", seed)
    matrix = program.matrix
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.cost), matrix.shape[0]
    model.col_cost_ = program.cost
    model.col_lower_, model.col_upper_ = program.low, program.high
    model.row_lower_, model.row_upper_ = program.lower, program.upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(whole)] for whole in program.integer]
    engine.passModel(model)
    return engine


class Pricer:
    """One neighbourhood, kept in its solver so that only prices change between calls."""

    def __init__(self, block: Block, *, seed: int) -> None:
        self.block = block
        self._seed = seed
        self._engine = engine_of(block.program, seed=seed)

    def best(
        self, prices: Floats, known: Sequence[Floats], *, gaps: tuple[float, float], clock: Clock
    ) -> tuple[Floats | None, float]:
        """(columns of the best local plan found, lower bound on its reduced cost).

        reduced cost = (cost − prices · joint) · x

        ``known`` are plans had already, the best of which is where the search starts; ``gaps``
        are the relative and the absolute gap at which to stop.

        The plan is None when none was found in time; the bound then is −∞
        unless the solver has one.
        """
        engine, count = self._engine, len(self.block.columns)
        reduced = self.block.program.cost - self.block.joint.T @ prices
        every = np.arange(count, dtype=np.int32)
        engine.changeColsCost(count, every, reduced)
        start = min(known, key=lambda plan: float(reduced @ plan), default=None)
        if start is not None:
            engine.setSolution(count, every, start)
        engine.setOptionValue("mip_rel_gap", gaps[0])
        engine.setOptionValue("mip_abs_gap", gaps[1])
        if not run(engine, clock):
            self._engine = engine_of(self.block.program, seed=self._seed)
            return None, -np.inf
        info = engine.getInfo()
        if not self.block.program.integer.any():
            bound = float(info.objective_function_value)
        else:
            bound = float(info.mip_dual_bound)
        if not np.isfinite(bound):
            bound = -np.inf
        if info.primal_solution_status != FEASIBLE:
            return None, bound
        return self._tidy(np.array(engine.getSolution().col_value)), bound

    def _tidy(self, x: Floats) -> Floats:
        """Whole numbers made exactly whole."""
        whole = self.block.program.integer
        return np.where(whole, np.round(x), x)
