"""No-detriment and equity records: what is wrong in one is said, and what they mean in words."""

from __future__ import annotations

from typing import Any

import pytest

from assets.issues import InputError
from optimise.fairness import relaxed
from tests import toy_county

LIBRARY = {"standard": "library_6"}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, "'no_detriment.a.standard' is missing"),
        ({**LIBRARY, "rule": "growth"}, "rule growth needs minutes"),
        ({**LIBRARY, "minutes": 3}, "no other rule takes it"),
        ({**LIBRARY, "rule": "group"}, "needs groups or a geography"),
        ({**LIBRARY, "rule": "group", "groups": ["poor"]}, "unknown group 'poor'"),
        ({**LIBRARY, "rule": "group", "groups": ["rurall"]}, "did you mean 'rural'?"),
        ({**LIBRARY, "rule": "group", "groups": ["rural", "rural"]}, "named twice"),
        ({**LIBRARY, "rule": "group", "groups": ["all"]}, "leave 'all' out"),
        ({**LIBRARY, "rule": "group", "groups": ["rural"], "allowance": 0.1}, "takes tolerance"),
        ({**LIBRARY, "rule": "group", "groups": ["rural"], "tolerance": 5}, "a point is 0.01"),
        ({**LIBRARY, "groups": ["rural"]}, "go with rule group"),
        ({**LIBRARY, "measure": "mean"}, "go with rule group"),
        ({**LIBRARY, "allowance": 1.2}, "less than or equal to 1"),
        ({**LIBRARY, "allowance_people": -1}, "greater than or equal to 0"),
        ({**LIBRARY, "allowance": 0.1, "allowance_people": 3}, "not both"),
        ({**LIBRARY, "geography": "parish"}, "'ward'"),
        ({**LIBRARY, "alowance": 0.1}, "did you mean 'allowance'?"),
    ],
)
def test_what_is_wrong_in_no_detriment_is_said(record: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        toy_county.scenario(no_detriment={"a": record})
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (LIBRARY, "give one of floor (a share), ceiling (minutes) and gap"),
        ({**LIBRARY, "floor": 0.5, "gap": 0.1}, "give one of floor"),
        ({**LIBRARY, "floor": 0.5}, "needs groups or a geography"),
        ({**LIBRARY, "floor": 50, "geography": "ward"}, "70 % is 0.70"),
        ({**LIBRARY, "floor": "today", "geography": "ward"}, "'baseline - 0.01'"),
        ({**LIBRARY, "floor": "baseline + 0.1", "geography": "ward"}, "'baseline - 0.01'"),
        ({**LIBRARY, "ceiling": "baseline - 1", "geography": "ward"}, "'baseline + 0.01'"),
        ({**LIBRARY, "ceiling": 300, "geography": "ward"}, "from 0 to 240"),
        ({**LIBRARY, "floor": 0.5, "groups": ["rural"], "between": ["rural", "urban"]}, "with gap"),
        ({**LIBRARY, "floor": 0.5, "groups": ["rural"], "measure": "mean"}, "give ceiling"),
        ({**LIBRARY, "ceiling": 9, "groups": ["rural"], "measure": "share"}, "give floor"),
        ({**LIBRARY, "gap": 0.1}, "needs between"),
        ({**LIBRARY, "gap": 0.1, "between": ["rural"]}, "two groups or more"),
        ({**LIBRARY, "gap": 0.1, "between": ["rural", "urban"], "geography": "ward"}, "one of"),
        ({**LIBRARY, "gap": 0.1, "between": ["rural", "urban"], "groups": ["all"]}, "in between"),
        ({**LIBRARY, "gap": 10, "between": ["rural", "urban"]}, "10 points are 0.10"),
        ({**LIBRARY, "gap": 0.1, "between": ["all", "rural"], "where_below": "hold"}, "with floor"),
    ],
)
def test_what_is_wrong_in_equity_is_said(record: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        toy_county.scenario(equity={"a": record})
    assert expected in str(caught.value)


@pytest.mark.parametrize("name", ["a b", "", "ü", "a.b", "x" * 65, "=1"])
@pytest.mark.parametrize("family", ["no_detriment", "equity"])
def test_names_that_would_not_do_in_a_table_are_refused(family: str, name: str) -> None:
    record = {**LIBRARY, "floor": 0.5, "groups": ["rural"]} if family == "equity" else LIBRARY
    with pytest.raises(InputError, match="cannot be a rule's name"):
        toy_county.scenario(**{family: {name: record}})


@pytest.mark.parametrize(
    ("asked", "today", "figure"),
    [
        (0.7, 0.9, 0.7),
        ("baseline", 0.9, 0.9),
        ("baseline - 0.2", 0.9, 0.7),
        ("baseline + 1.5", 8.0, 9.5),
        ("baseline-.2", 0.9, 0.7),
    ],
)
def test_a_figure_may_be_asked_for_relative_to_today(
    asked: float | str, today: float, figure: float
) -> None:
    assert relaxed(asked, today) == pytest.approx(figure)


def problem_error(**changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        toy_county.problem(**changes)
    return str(caught.value)


def test_every_misfit_with_the_layers_is_said_at_once() -> None:
    """The toy's demand has no wards, nobody over 65 and no cars counted; standards are named."""
    text = problem_error(
        no_detriment={
            "typo": {"standard": "libary_6"},
            "old": {"standard": "library_6", "rule": "group", "groups": ["over_65"]},
            "wards": {"standard": "library_6", "geography": "ward"},
        },
        equity={"cars": {"standard": "library_6", "floor": 0.5, "groups": ["no_car", "rural"]}},
    )
    assert "no_detriment.typo: there is no standard 'libary_6'" in text
    assert "did you mean 'library_6'?" in text
    assert "no_detriment.old: nobody of group 'over_65' counts in 'library_6'" in text
    assert "no_detriment.wards looks at each ward, but no demand point lies in one" in text
    assert "equity.cars: nobody of group 'no_car'" in text


def test_a_mean_without_a_threshold_has_nobody_within_it() -> None:
    mean = {"service_type": "library", "statistic": "mean", "target": 9}
    stays = {"stay": {"standard": "mean"}}
    assert "a mean without a threshold" in problem_error(standards__mean=mean, no_detriment=stays)
    grows = {"slow": {"standard": "mean", "rule": "growth", "minutes": 9}}
    assert toy_county.problem(standards__mean=mean, no_detriment=grows).fair
    limit = {**mean, "threshold_min": 6}
    assert toy_county.problem(standards__mean=limit, no_detriment=stays).fair


def test_people_cannot_be_followed_through_shares_of_hours() -> None:
    hours = {**toy_county.RECORD["standards"]["fire_10"], "availability": "night"}
    text = problem_error(standards__night=hours, no_detriment={"a": {"standard": "night"}})
    assert "counts shares of hours" in text


@pytest.mark.parametrize(
    ("family", "record", "words"),
    [
        ("no_detriment", LIBRARY, "Whoever is within today stays within: library within 6 minutes"),
        ("no_detriment", {**LIBRARY, "allowance": 0.02}, "but for 2.00%"),
        ("no_detriment", {**LIBRARY, "rule": "growth", "minutes": 2.5, "allowance_people": 1000},
         "Nobody's time grows by more than 2.5 minutes: library within 6 minutes, but for 1,000"),
        ("no_detriment", {**LIBRARY, "rule": "group", "groups": ["most_deprived_3", "rural"]},
         "No group or area loses more of its share than the average (most deprived 3, rural)"),
        ("equity", {**LIBRARY, "floor": 0.7, "groups": "rural"},
         "At least 70.0% everywhere (rural)"),
        ("equity", {**LIBRARY, "ceiling": 9, "groups": "rural"}, "A mean of at most 9 minutes"),
        ("equity", {**LIBRARY, "gap": "baseline", "between": ["urban", "rural"]},
         "A gap of at most today's (urban, rural)"),
        ("equity", {**LIBRARY, "gap": 0.1, "between": ["urban", "rural"], "title": "Fair"}, "Fair"),
    ],
)  # fmt: skip
def test_rules_are_told_in_words(family: str, record: dict[str, Any], words: str) -> None:
    (rule,) = toy_county.problem(**{family: {"a": record}}).fair
    assert words in rule.words
    assert rule.key == f"{family}.a"
