"""What robustness comes to, in words for members. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from optimise.goals import Goal
from optimise.robust.judged import Case
from optimise.robust.kept import MOST, SOME
from optimise.robust.least import LEAST_WORST, LeastWorst

#: Rows that a table on a screen shows.
TABLE_ROWS = 25
#: What each verdict means.
VERDICTS = {
    "always": "in every scenario",
    "most": f"in {MOST:.0%} of them or more, but not all",
    "some": f"in {SOME:.0%} of them or more, but in fewer than {MOST:.0%}",
    "few": f"in fewer than {SOME:.0%} of them",
    "never": "in none of the scenarios",
}


def kept_sentences(kept: pd.DataFrame) -> list[str]:
    """What happens whatever comes, and what depends on it: a sentence each.

    Args:
        kept: of `optimise.robust.kept.kept_counts`.
    """
    if kept.empty:
        return ["No scenario has a plan, so nothing is known of any building."]
    count, missing = int(kept["scenarios"].max()), int(kept["without_plan"].max())
    mine = kept[kept["decided"]]
    stands, sites = mine[~mine["candidate"]], mine[mine["candidate"]]
    among = f"Whichever of the {count} scenarios comes" if count > 1 else "In the one scenario"
    said = [
        f"{among}, {_buildings(stands['verdict'] == 'never', 'go', 'goes')} and "
        f"{_buildings(stands['verdict'] == 'always', 'stay', 'stays')}."
    ]
    depends = stands[stands["verdict"].isin(("most", "some", "few"))]
    if len(depends):
        each = [f"{n} {'stays' if n == 1 else 'stay'} {VERDICTS[v]}" for v in
                ("most", "some", "few") if (n := int((depends["verdict"] == v).sum()))]  # fmt: skip
        one = len(depends) == 1
        said.append(f"{len(depends)} {'depends' if one else 'depend'} on it: {', '.join(each)}.")
    if len(sites):
        built = int((sites["verdict"] == "always").sum())
        never = int((sites["verdict"] == "never").sum())
        one = len(sites) == 1
        are = "is" if built == 1 else "are"
        said.append(
            f"Of {len(sites)} possible new {'site' if one else 'sites'}, {built} {are} built in "
            f"every scenario and {never} in none."
        )
    if missing:
        said.append(f"{missing} more {'scenario has' if missing == 1 else 'scenarios have'} no "
                    "plan and no part in these counts.")  # fmt: skip
    said.append(
        "Every scenario counts once: these are counts of what was tried, not probabilities."
    )
    return said


def _buildings(which: pd.Series, many: str, one: str) -> str:
    count = int(which.sum())
    return f"{count} building{'' if count == 1 else 's'} {one if count == 1 else many}"


def span(goal: Goal, low: float, high: float) -> str:
    """A regret that is known as an interval, in words."""
    if math.isnan(low):
        return "not known"
    if not math.isfinite(high):
        return f"{goal.told(low)} or more"
    if high - low <= goal.unit.tolerance:
        return goal.told(low)
    return f"{goal.told(low)} to {goal.told(high)}"


def regret_sentences(
    worst: pd.DataFrame,
    cases: Sequence[Case],
    goal: Goal,
    alike: Mapping[str, Sequence[str]] = MappingProxyType({}),
    rules: str = "every",
) -> list[str]:
    """How far each plan is behind at worst, and where: a sentence for each plan.

    Args:
        worst: of `optimise.robust.judged.worst_regrets`.
        cases: for the scenarios' titles.
        goal: that regret is measured in.
        alike: scenario whose best plan it is → others whose best plan is the same one.
        rules: ``base``: regret is counted where a scenario's rules are broken, too.
    """
    titles = {case.name: case.title for case in cases}
    said = []
    for row in worst.to_dict("records"):
        name = _plan(str(row["plan"]), titles, alike)
        failed, of = int(row["breaks"]) + int(row["impossible"]), f"of {row['scenarios']} scenarios"
        uncounted = int(row["without_regret"]) if rules == "base" else 0
        where = titles.get(str(row["worst_in"]), str(row["worst_in"]))
        behind = span(goal, float(row["worst_low"]), float(row["worst_high"]))
        facts = []
        if uncounted:
            facts.append(f"cannot be made at all in {uncounted} {of}")
        if failed > uncounted:
            facts.append(f"breaks rules in {failed - uncounted} {of}")
        parts = [", ".join(facts)] if facts else []
        if not math.isnan(float(row["worst_low"])):
            parts.append(f"is at worst {behind} behind what could have been done, if it is "
                         f"“{where}”")  # fmt: skip
        joint = " and elsewhere "
        if rules == "base" and failed > uncounted:
            joint = f" and, {'the latter' if uncounted else 'these'} counted too, "
        said.append(f"{name} {joint.join(parts)}.")
    return said


def _plan(name: str, titles: Mapping[str, str], alike: Mapping[str, Sequence[str]]) -> str:
    if name == LEAST_WORST:
        return f"The plan of {LEAST_WORST}"
    others = len(alike.get(name, ()))
    more = f" (the same for {others} more)" if others else ""
    return f"The plan made for “{titles.get(name, name)}”{more}"


def least_sentence(least: LeastWorst, goal: Goal) -> str:
    """What is proved of the plan of least worst regret."""
    if least.plan is None:
        return (f"No plan for all {len(least.scenarios)} scenarios was found in "
                f"{least.seconds:.0f} s; that there is none is not shown.")  # fmt: skip
    behind = span(goal, least.worst_low, least.worst_high)
    head = (f"Over {len(least.scenarios)} scenarios the least worst regret found is {behind} "
            f"({least.seconds:.0f} s)")  # fmt: skip
    if least.status == "optimal" and least.gap <= goal.unit.tolerance:
        return f"{head}: proved, against the best plans found, to be the least possible."
    return f"{head}: no plan can have less than {goal.told(least.bound)}, as far as is proved."


def kept_table(kept: pd.DataFrame) -> pd.DataFrame:
    """The buildings that not every scenario decides alike, as a table for a screen.

    Returns:
        building, kept ("3 of 5"), verdict in words, decisions; in the order of ``kept``.
    """
    mine = kept[kept["decided"] & kept["verdict"].isin(("most", "some", "few"))]
    rows = [
        (str(row["name"]), f"{row['kept']} of {row['scenarios']}", str(row["verdict"]),
         str(row["decisions"]))
        for row in mine.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["building", "kept", "verdict", "decisions"])


def regret_table(worst: pd.DataFrame, cases: Sequence[Case], goal: Goal | None) -> pd.DataFrame:
    """The worst regret of each plan, as a table for a screen.

    Returns:
        plan, keeps the rules of ("4 of 5"), worst regret, in (the scenario); least first.
    """
    titles = {case.name: case.title for case in cases}
    rows = [
        (str(row["plan"]), f"{row['holds']} of {row['scenarios']}",
         span(goal, float(row["worst_low"]), float(row["worst_high"])) if goal else "",
         titles.get(str(row["worst_in"]), str(row["worst_in"])))
        for row in worst.to_dict("records")
    ]  # fmt: skip
    columns = ["plan", "keeps the rules of", "worst regret", "in"]
    return pd.DataFrame(rows, columns=columns)
