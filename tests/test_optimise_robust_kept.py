"""What is kept in how many scenarios: counted by hand, thresholds at exactly themselves."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest

from optimise.goals import NPV
from optimise.robust.judged import Case, worst_regrets
from optimise.robust.kept import kept_counts, verdict
from optimise.robust.least import LEAST_WORST
from optimise.robust.tables import Tables
from optimise.robust.told import kept_sentences, kept_table, regret_sentences, regret_table, span


def frames(decisions: dict[str, str], without: int = 0) -> Tables:
    """Tables from asset_id → a letter for each scenario, and scenarios without a plan.

    k retain, s share, g let go, b built, n not built, o out of scope.
    """
    words = {"k": "retain", "s": "share", "g": "dispose", "b": "build", "n": "not_built",
             "o": "out_of_scope"}  # fmt: skip
    count = len(next(iter(decisions.values())))
    rows = [
        (f"s{n}", aid, words[letters[n]], int(letters[n] in "ksbo"))
        for n in range(count)
        for aid, letters in decisions.items()
    ]
    # A scenario without a plan may have left rows behind; they are no part of it.
    rows += [(f"x{n}", aid, "dispose", 0) for n in range(without) for aid in decisions]
    runs = [(f"s{n}", "optimal" if n % 2 else "feasible") for n in range(count)]
    runs += [(f"x{n}", ("impossible", "no_plan", "bad_input")[n % 3]) for n in range(without)]
    buildings = pd.DataFrame({"asset_id": list(decisions)}).assign(name="=x", owner="County")
    return Tables(
        pd.DataFrame(runs, columns=["run_id", "status"]),
        pd.DataFrame(rows, columns=["run_id", "asset_id", "decision", "in_use_after"]),
        buildings,
    )


def test_counts_are_those_of_the_drawing() -> None:
    """Five scenarios, two more without a plan.

    A kkkkk always    B kkkkg most (80 %)    C kkksg most    D gggsg some (20 %)
    E ggggg never     F bnnnn some, a site   G ooooo always, nothing decided
    """
    made = kept_counts(
        frames({"A": "kkkkk", "B": "kkkkg", "C": "kkksg", "D": "gggsg", "E": "ggggg",
                "F": "bnnnn", "G": "ooooo"}, without=2)
    ).set_index("asset_id")  # fmt: skip
    assert made["verdict"].to_dict() == {
        "A": "always", "B": "most", "C": "most", "D": "some", "E": "never", "F": "some",
        "G": "always",
    }  # fmt: skip
    assert made["kept"].to_dict() == {"A": 5, "B": 4, "C": 4, "D": 1, "E": 0, "F": 1, "G": 5}
    assert (made["scenarios"] == 5).all() and (made["without_plan"] == 2).all()
    assert (made["kept"] + made["gone"] == 5).all()
    assert made.loc["C", "decisions"] == "retain 3, let go 1, share 1"
    assert made["candidate"].to_dict() == dict.fromkeys("ABCDEG", False) | {"F": True}
    assert not made.loc["G", "decided"] and made["decided"].sum() == 6
    assert list(made.index[:2]) == ["B", "C"] or set(made.index[:4]) == {"B", "C", "D", "F"}


def test_a_plan_made_of_a_batchs_plans_is_no_scenario_of_it() -> None:
    three = frames({"A": "kgg"})
    runs = three.runs.assign(batch=["", "b", "b"])
    made = kept_counts(Tables(runs, three.decisions, three.buildings))
    assert made.loc[0, "scenarios"] == 2 and made.loc[0, "verdict"] == "never"
    alone = kept_counts(Tables(runs.assign(batch=""), three.decisions, three.buildings))
    assert alone.loc[0, "scenarios"] == 3


@pytest.mark.parametrize(
    ("kept", "count", "said"),
    [
        (0, 7, "never"), (7, 7, "always"), (4, 5, "most"), (79, 100, "some"), (80, 100, "most"),
        (1, 5, "some"), (19, 100, "few"), (1, 100, "few"), (1, 1, "always"), (0, 1, "never"),
    ],
)  # fmt: skip
def test_thresholds_are_inclusive(kept: int, count: int, said: str) -> None:
    assert verdict(kept, count) == said


def test_no_plan_at_all_is_said_and_counts_nothing() -> None:
    none = frames({"A": ""}, without=3)
    made = kept_counts(none)
    assert made.empty
    assert kept_sentences(made) == ["No scenario has a plan, so nothing is known of any building."]


def test_members_are_told_in_words() -> None:
    made = kept_counts(
        frames({"A": "kkk", "B": "ggg", "C": "ggg", "D": "kgg", "F": "bbb", "G": "ooo"}, without=1)
    )
    said = kept_sentences(made)
    assert said[0] == "Whichever of the 3 scenarios comes, 2 buildings go and 1 building stays."
    assert said[1] == "1 depends on it: 1 stays in 20% of them or more, but in fewer than 80%."
    assert said[2] == "Of 1 possible new site, 1 is built in every scenario and 0 in none."
    assert said[3] == "1 more scenario has no plan and no part in these counts."
    assert list(kept_table(made)["kept"]) == ["1 of 3"]


def matrix(rows: Sequence[tuple[str, str, float, float, str]]) -> pd.DataFrame:
    """(plan, scenario, regret from, to, status) as `regret_matrix` gives them."""
    frame = pd.DataFrame(rows, columns=["plan", "scenario", "regret_low", "regret_high", "status"])
    return frame.assign(value=1.0, best=1.0, bound=1.0, broken="")


def test_regret_is_told_as_an_interval_and_never_without_what_is_broken() -> None:
    nan, inf = float("nan"), float("inf")
    worst = worst_regrets(
        matrix(
            [
                ("a", "low", 2.1e6, 2.4e6, "holds"),
                ("a", "high", 0.0, 3e6, "holds"),
                ("b", "low", nan, nan, "breaks"),
                ("b", "high", 1e5, inf, "holds"),
                (LEAST_WORST, "low", 5e5, 5e5, "holds"),
                (LEAST_WORST, "high", 4e5, 4e5, "holds"),
            ]
        )
    )
    assert list(worst["plan"]) == [LEAST_WORST, "a", "b"]
    cases = [Case(n, f"Receipts {n}", None, nan, nan, "optimal") for n in ("low", "high")]
    said = regret_sentences(worst, cases, NPV, {"a": ("c", "d")})
    assert said[0] == (
        "The plan of least worst regret is at worst £500.0k behind what could have been done, if "
        "it is “Receipts low”."
    )
    assert said[1].startswith("The plan made for “a” (the same for 2 more) is at worst £2.10m to "
                              "£3.00m behind")  # fmt: skip
    assert said[2] == (
        "The plan made for “b” breaks rules in 1 of 2 scenarios and elsewhere is at worst £100.0k "
        "or more behind what could have been done, if it is “Receipts high”."
    )
    table = regret_table(worst, cases, NPV)
    assert list(table["keeps the rules of"]) == ["2 of 2", "2 of 2", "1 of 2"]
    assert span(NPV, nan, nan) == "not known"
    assert span(NPV, 10.0, 10.5) == "£10"


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ("bb", "breaks rules in 2 of 3 scenarios and, these counted too, is at"),
        ("ii", "cannot be made at all in 2 of 3 scenarios and elsewhere is"),
        (
            "bi",
            "cannot be made at all in 1 of 3 scenarios, breaks rules in 1 of 3 scenarios and, "
            "the latter counted too, is at",
        ),
    ],
)
def test_what_cannot_be_made_has_no_regret_and_is_not_said_to_be_counted(
    statuses: str, said: str
) -> None:
    rows = [("a", "base", 0.0, 0.0, "holds")]
    for n, which in enumerate(statuses):
        regret, status = (1e5, "breaks") if which == "b" else (float("nan"), "impossible")
        rows.append(("a", f"s{n}", regret, regret, status))
    (told,) = regret_sentences(worst_regrets(matrix(rows)), (), NPV, rules="base")
    assert said in told and told.count(" and") == 1


def test_a_scenario_that_no_plan_meets_says_nothing_of_any_plan() -> None:
    rows = matrix([("a", "low", 1.0, 1.0, "holds"), ("a", "never", 0.0, 0.0, "breaks")])
    rows.loc[1, "best"] = float("nan")
    worst = worst_regrets(rows)
    assert worst.loc[0, "scenarios"] == 1
    assert bool(worst.loc[0, "everywhere"])
