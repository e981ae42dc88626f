"""A set of scenarios in, its study written out: what ``python app.py robust`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from optimise.inputs import Progress
from optimise.plan import Plan
from optimise.robust.futures import Future, Known, Read, futures_of, left_in, solved
from optimise.robust.study import Robustness, chosen_case, plan_in, study
from optimise.robust.written import refuse_folder, write_robust
from optimise.variants import ScenarioSet


@dataclass(frozen=True)
class Wanted:
    """What is asked of a study.

    Attributes:
        batch: folder of a batch whose plans are taken; None = each scenario is solved now.
        rules: ``every``: the plan of least worst regret keeps the rules of every scenario;
            ``base``: those of the base.
        draw: draws the pages of a run folder; None draws none.
    """

    batch: Path | None = None
    rules: str = "every"
    draw: Callable[[Path], object] | None = None


@dataclass(frozen=True, eq=False)
class Done:
    """A study and where it lies."""

    found: Robustness
    record: Path


def robust(
    asked: ScenarioSet,
    read: Read,
    folder: Path,
    wanted: Wanted | None = None,
    progress: Progress = None,
) -> Done:
    """Study a set of scenarios and write what is found.

    The base is one of the scenarios, whether it is named or not: what differs differs from it.
    Its solver's options are those of the search for the plan of least worst regret.

    Args:
        asked: the set.
        read: inputs of a scenario.
        folder: to write into.
        wanted: what else is asked of the study; None = all as it is by default.
        progress: told of each stage.

    Raises:
        InputError: a scenario cannot be read, or the batch's plans are not of these scenarios, or
            the folder cannot take the study.
    """
    wanted = wanted or Wanted()
    batch = wanted.batch
    tell = progress or (lambda stage, done: None)
    refuse_folder(folder)
    futures, same = futures_of(asked)
    known = left_in(batch, futures, read) if batch else solved(futures, read, progress)
    found = study(known, asked.base.solver, rules=wanted.rules, progress=progress)
    tell("Writing", 0.0)
    about = {"name": asked.name, "source": asked.source,
             "batch": str(batch) if batch else None, "runs": dict(known.keys),
             "same_as": dict(same)}  # fmt: skip
    plan = _plan(found, futures, known, read)
    return Done(found, write_robust(folder, found, about=about, plan=plan, draw=wanted.draw))


def _plan(found: Robustness, futures: tuple[Future, ...], known: Known, read: Read) -> Plan | None:
    """The plan of least worst regret in the first scenario it is for."""
    if found.least is None or found.least.plan is None:
        return None
    case = chosen_case(known.cases, found.least)
    one = next(future for future in futures if future.name == case.name)
    return plan_in(case, found.least, one.scenario, read(one.scenario))
