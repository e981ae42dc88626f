"""The story of a refusal: open the rules, find what clashes, find the ways out, tell it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from optimise.inputs import Inputs, Progress
from optimise.refusal import clash, ways_out
from optimise.refusal.opened import Opened, opened
from optimise.refusal.oracle import Oracle
from optimise.refusal.record import Clashing, Refusal, WayOut
from optimise.refusal.terms import LAYER
from optimise.scenario import Scenario

#: Shares of the time: for the clash, for showing that none is smaller, for the layers behind it.
CLASH_SHARE, FEWEST_SHARE, BEHIND_SHARE = 0.35, 0.1, 0.05
#: Share of the time at which the ways out have been looked for, if none of them is enough alone:
#: the rest is for what would be enough together.
ALONE_SHARE = 0.85
#: More figures of the layers than this behind a clash say nothing to anybody.
MOST_BEHIND = 10
#: More rules than this, not all of which are needed for the clash, say nothing either.
MOST_TOLD = 12
#: Seconds there are at least for what to give together, where nothing alone is enough.
LAST_LOOK_S = 1.0


def explain(
    scenario: Scenario,
    inputs: Inputs,
    *,
    seconds: float | None = None,
    certain: bool = False,
    progress: Progress = None,
) -> Refusal:
    """Why a scenario has no plan, and what would make one.

    Args:
        scenario: one for which no plan exists, or none was found.
        inputs: its layers and times.
        seconds: for everything; the scenario's ``solver.refusal_limit_s`` if that is less, or
            if none is given.
        certain: that no plan exists has been shown before.
        progress: called with (stage, fraction).
    """
    if progress is not None:
        progress("Looking for what clashes", 0.0)
    started = time.perf_counter()
    limit = scenario.solver.refusal_limit_s
    limit = limit if seconds is None else min(limit, seconds)
    made = opened(scenario, inputs)

    def until(share: float) -> float:
        return started + limit * share

    oracle = Oracle(made, until(CLASH_SHARE), seed=scenario.solver.random_seed)
    found = clash.find(oracle, until(CLASH_SHARE + FEWEST_SHARE), certain=certain)
    if found is None or (not found.needed and len(found.rules) > MOST_TOLD):
        told = replace(_not_shown(oracle, until(1.0)), proof=oracle.by if certain else "none")
    else:
        told = _shown(oracle, found, until)
    return replace(told, seconds=time.perf_counter() - started)


def _shown(oracle: Oracle, found: clash.Clash, until: Callable[[float], float]) -> Refusal:
    """A clash that was shown, what is behind it, and the ways out."""
    made = oracle.opened
    oracle.deadline = until(CLASH_SHARE + FEWEST_SHARE + BEHIND_SHARE)
    behind = _behind(oracle, found.rules)
    oracle.deadline = until(ALONE_SHARE)
    rules, layers = _told(made, found.rules), _told(made, behind)
    ways = ways_out.alone(oracle, [*rules, *layers])
    # A figure of the layers that would not help is no news.
    ways = tuple(w for k, w in enumerate(ways) if k < len(rules) or w.enough)
    joint = () if any(w.enough for w in ways) else _joint(oracle, until(1.0))
    return Refusal(
        rules=_named(made, rules),
        behind=_named(made, layers),
        ways=ways,
        joint=joint,
        needed=found.needed,
        fewest=found.fewest,
        proof=found.proof,
    )


def _not_shown(oracle: Oracle, deadline: float) -> Refusal:
    """No clash was shown: the plan found that comes nearest, or one that keeps everything."""
    oracle.deadline = max(deadline, time.perf_counter() + LAST_LOOK_S)
    joint = ways_out.together(oracle)
    return Refusal((), joint=joint or (), needed=False, proof="none", possible=joint == ())


def _behind(oracle: Oracle, core: frozenset[int]) -> frozenset[int]:
    """Figures of the layers that the clash needs; none where they are too many to be told."""
    rules = oracle.opened.rules
    layers = frozenset(r for r, rule in enumerate(rules) if rule.rank == LAYER)
    start = oracle.certificate(layers, core)
    found = clash.shrunk(oracle, layers if start is None else start, core)
    return found.rules if found.needed and len(found.rules) <= MOST_BEHIND else frozenset()


def _joint(oracle: Oracle, deadline: float) -> tuple[WayOut, ...]:
    oracle.deadline = max(deadline, time.perf_counter() + LAST_LOOK_S)
    return ways_out.together(oracle) or ()


def _told(made: Opened, chosen: frozenset[int]) -> list[int]:
    """In the order they are told: targets first, locks last."""
    return sorted(chosen, key=lambda r: (-made.rules[r].rank, made.rules[r].key))


def _named(made: Opened, chosen: list[int]) -> tuple[Clashing, ...]:
    return tuple(Clashing(made.rules[r].key, made.rules[r].words) for r in chosen)
