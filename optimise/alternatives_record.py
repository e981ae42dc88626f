"""Alternatives in words, as tables, and as a folder of run folders."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from assets.cells import neutral
from assets.issues import InputError, Issue
from optimise.alternatives import Alternative, Alternatives
from optimise.apart import differing
from optimise.runs import filled_beside, plain, refuse_in_use, write_run
from optimise.written import share

#: The page that sets plans side by side takes so many.
COMPARED = 6
#: Names of buildings told in a sentence, at most.
NAMED = 6
RECORD = "alternatives.json"

#: Draws the pages of a run folder; sets run folders beside each other on a page.
Draw = Callable[[Path], object]
Compare = Callable[[Sequence[Path], Path, Sequence[str]], object]


def loss_from(text: str) -> float:
    """A loss as it is written: ``2%``, ``2 %`` or ``0.02``.

    Raises:
        InputError: it is neither.
    """
    try:
        return float(share(text))
    except (TypeError, ValueError):
        issue = Issue(
            "alternatives.bad_value", f"'{text}' is no share", (text,), "write 2% or 0.02"
        )
        raise InputError(issue) from None


def names_of(found: Alternatives) -> dict[str, str]:
    """Building names by asset_id."""
    frame = found.plans[0].plan.inputs.estate.buildings
    return {str(i): str(name) for i, name in frame["name"].items()}


def kept_instead(one: Alternative, found: Alternatives) -> tuple[str, ...]:
    """Buildings in use after this plan that the best plan lets go (or does not build)."""
    best = found.plans[0].plan.after.open
    return tuple(s for s in differing(one.plan.after.open, best) if s not in best)


def let_go_instead(one: Alternative, found: Alternatives) -> tuple[str, ...]:
    """Buildings that this plan lets go (or does not build) and the best plan has in use."""
    best = found.plans[0].plan.after.open
    return tuple(s for s in differing(one.plan.after.open, best) if s in best)


def plan_words(one: Alternative, found: Alternatives) -> str:
    """What a member is told of a plan beside the best: what it costs, and what it does instead."""
    goal = found.plans[0].plan.solution.goal
    if one.number == 1:
        return f"is the best found: {goal.words} {goal.told(one.plan.solution.value)}"
    names = names_of(found)
    told = [_behind(one, found)]
    sites = found.plans[0].plan.problem.sites
    kept, gone = kept_instead(one, found), let_go_instead(one, found)
    for verb, which, today in (
        ("keeps", kept, True),
        ("brings into use", kept, False),
        ("lets go of", gone, True),
        ("does without", gone, False),
    ):
        ids = [s for s in which if sites[s].in_use_today == today]
        if ids:
            told.append(f"{verb} {_list([names.get(i, i) for i in ids])}")
    return "; ".join(told)


def _behind(one: Alternative, found: Alternatives) -> str:
    goal = found.plans[0].plan.solution.goal
    if one.loss <= goal.unit.tolerance:
        return "is as good as plan 1"
    amount = goal.told(one.loss)
    if goal.is_npv:
        return f"saves {amount} less than plan 1 over the whole horizon"
    return f"comes to {amount} {'less' if goal.more_is_better else 'more'} ({goal.words})"


def _list(names: Sequence[str]) -> str:
    shown = list(names[:NAMED])
    if len(names) > NAMED:
        shown.append(f"{len(names) - NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def loss_words(one: Alternative) -> str:
    """How far a plan can be behind the best possible one."""
    if not math.isfinite(one.loss_at_most):
        if one.number == 1:
            return "how far behind the best possible is not shown"
        return f"{one.loss_share:.2%} behind the best found"
    most = f"at most {one.loss_at_most:.2%} behind the best possible"
    return most if one.number == 1 else f"{one.loss_share:.2%}; {most}"


def end_words(found: Alternatives) -> str:
    """Why there are no more plans than these; "" where as many were found as asked for."""
    wanted, count = found.wanted, len(found.plans)
    if not found.ended:
        return ""
    asked = (
        f"gives up no more than {wanted.loss:.6g} of the best plan's value and differs from "
        f"{'each of these' if count > 1 else 'it'} in {wanted.distance} buildings or more"
    ).replace(f"{wanted.loss:.6g}", f"{100 * wanted.loss:.6g} %")
    if found.ended == "proved":
        return f"It is proved that no further plan {asked}."
    return (
        f"In the time allowed no further plan was found that {asked}. That there is none is not "
        "shown: allow more seconds, a larger loss or a smaller distance."
    )


def record(found: Alternatives) -> dict[str, Any]:
    """What ``alternatives.json`` says."""
    best, wanted = found.plans[0].plan, found.wanted
    goal = best.solution.goal
    told: dict[str, Any] = plain({
        "name": best.scenario.name,
        "title": best.scenario.title or best.scenario.name,
        "scenario_file": best.scenario.origin.source,
        "goal": {"key": goal.key, "words": goal.words, "unit": goal.unit.key,
                 "more_is_better": goal.more_is_better},
        "asked": {"count": wanted.count, "loss": wanted.loss, "distance": wanted.distance,
                  "most_different": wanted.most_different},
        "distance_counts": "in-scope buildings in use after one plan and not after the other",
        "bound": best.solution.bound,
        "ended": found.ended or "all",
        "ended_words": end_words(found),
        "farthest_proved": list(found.farthest_proved),
        "plans": [
            {
                "number": one.number,
                "run": place_of(one),
                "value": one.plan.solution.value,
                "loss": one.loss,
                "loss_share": one.loss_share,
                "loss_at_most": one.loss_at_most,
                "distances": list(one.distances),
                "keeps_instead": list(kept_instead(one, found)),
                "lets_go_instead": list(let_go_instead(one, found)),
                "words": plan_words(one, found),
            }
            for one in found.plans
        ],
    })  # fmt: skip
    return told


def table(found: Alternatives) -> pd.DataFrame:
    """One row for each plan and building whose fate differs from that in the best plan.

    Columns: plan, value, loss, loss_share, loss_at_most, distance (from plan 1), asset_id, name,
    in_use_best, in_use (0/1). A plan like the best in every building has no row.
    """
    names, best = names_of(found), found.plans[0].plan.after.open
    rows = [
        (
            one.number, one.plan.solution.value, one.loss, one.loss_share, one.loss_at_most,
            one.distances[0], asset_id, names.get(asset_id, ""), int(asset_id in best),
            int(asset_id not in best),
        )
        for one in found.plans[1:]
        for asset_id in differing(one.plan.after.open, best)
    ]  # fmt: skip
    columns = ["plan", "value", "loss", "loss_share", "loss_at_most", "distance", "asset_id",
               "name", "in_use_best", "in_use"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def place_of(one: Alternative) -> str:
    """The run folder of a plan in the folder of its set."""
    return f"plans/{one.number}"


def refuse_folder(folder: Path) -> None:
    """Refuse a folder that cannot become a set's, before the plans are looked for.

    Raises:
        InputError: it holds something else, or may not be made or replaced.
    """
    refuse_in_use(folder, (RECORD,), what="set of alternatives")


def write_alternatives(
    found: Alternatives,
    folder: Path,
    seconds: Mapping[str, float],
    *,
    draw: Draw | None = None,
    compare: Compare | None = None,
) -> Path:
    """Write ``plans/<n>`` (run folders), ``alternatives.json`` and ``.csv``, ``compare.html``.

    The folder appears whole or not at all; one of an earlier set is replaced.

    Args:
        found: plans.
        folder: where to.
        seconds: by stage, beside each plan's own.
        draw: draws the pages of a run folder.
        compare: sets run folders beside each other on one page.

    Raises:
        InputError: the folder holds something else, or the disk refuses.
    """
    refuse_folder(folder)
    with filled_beside(folder) as made:
        made.chmod(0o755)
        runs = [made / place_of(one) for one in found.plans]
        told = record(found)
        for one, run, said in zip(found.plans, runs, told["plans"], strict=True):
            run.mkdir(parents=True)
            write_run(one.plan, run, seconds, about={"alternative": said})
            if draw is not None:
                draw(run)
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)
        (made / RECORD).write_text(text + "\n", encoding="utf-8")
        cells = table(found).map(neutral)
        cells.to_csv(made / "alternatives.csv", index=False, lineterminator="\n")
        if compare is not None and len(runs) > 1:
            labels = [f"Plan {one.number}" for one in found.plans[:COMPARED]]
            compare(runs[:COMPARED], made / "compare.html", labels)
    return folder
