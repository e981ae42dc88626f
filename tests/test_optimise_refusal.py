"""What clashes, and the least that would have to give: held against trying every plan.

The toy is `tests/toy_county.py`. A rule is dropped by taking its key out of the scenario, and
whether a plan exists is found by trying every one (`tests/brute_force.py`), not by a solver.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app import app
from assets.issues import IDS_SHOWN
from optimise.constraints import FAMILIES
from optimise.making import row_name
from optimise.plan import make_plan
from optimise.refusal import clash
from optimise.refusal.explain import explain
from optimise.refusal.names import ON_THE_WAY, STRUCTURE, TABLE, parts_of
from optimise.refusal.opened import opened
from optimise.refusal.oracle import Oracle
from optimise.refusal.record import Clashing, Refusal, WayOut, some
from optimise.refusal.terms import LAYER
from tests import brute_force, toy_county
from tests.golden_lp import CHANGES, FOLDER, name_of

Changes = dict[str, Any]
#: What the toy asks of its own accord, as `toy_county.scenario` takes it.
BASE: Changes = {
    "standards__fire_10__target": 0.9,
    "standards__library_6__target": 0.8,
    "services__library__at_least": 1,
}
#: What of a scenario is a rule that can be dropped by its key.
RULES = ("standards", "services", "targets")


def explained(changes: Changes) -> Refusal:
    return explain(toy_county.scenario(**changes), toy_county.inputs())


def exists(changes: Changes) -> bool:
    """Whether any plan keeps the scenario, by trying every one."""
    return _exists(json.dumps(changes, sort_keys=True))


@cache
def _exists(text: str) -> bool:
    return brute_force.best(toy_county.problem(**json.loads(text))) is not None


def asked(changes: Changes) -> list[str]:
    """Keys of every rule that the scenario asks."""
    keys = [k.replace("__", ".") for k in {**BASE, **changes} if k.split("__")[0] in RULES]
    return [*keys, *(f"locks.{s}" for s in changes.get("locks", {}))]


def without(changes: Changes, *keys: str) -> Changes:
    """The scenario with rules taken out."""
    left = {**BASE, **changes}
    for key in keys:
        if key.startswith("locks."):
            left["locks"] = {s: x for s, x in left["locks"].items() if s != key[6:]}
        else:
            nothing = None if key.startswith("targets") else 0
            nothing = 99 if key.endswith("at_most") else nothing
            left[key.replace(".", "__")] = nothing
    return left


def only(changes: Changes, *keys: str) -> Changes:
    return without(changes, *(k for k in asked(changes) if k not in keys))


def hold(changes: Changes, found: Refusal) -> None:
    """Everything the refusal claims, held against trying every plan."""
    core = [r.key for r in found.rules]
    assert not exists(only(changes, *core)), "the core does not clash"
    assert found.needed and found.fewest
    for key in core:
        assert exists(only(changes, *(k for k in core if k != key))), f"{key} is not needed"
    for way in found.ways:
        if way.key in core:
            _hold_way(changes, way)


def _hold_way(changes: Changes, way: WayOut) -> None:
    if not way.enough:
        assert not exists(without(changes, way.key))
    elif way.value is None:
        assert exists(without(changes, way.key))
    else:
        name = way.key.replace(".", "__")
        now = {**BASE, **changes}[name]
        assert exists({**changes, name: way.value}), f"{way} is not enough"
        step = {"tar": 200.0, "sta": 0.0002, "ser": 1}[way.key[:3]]
        harder = way.value + step if now > way.value else way.value - step
        if (harder - now) * (way.value - now) > 0:
            assert not exists({**changes, name: harder}), f"{way} is not the least"


# --- the table of names -----------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_every_row_of_every_family_is_in_the_table(family: ModuleType) -> None:
    prefixes = set()
    for line in (FOLDER / f"{name_of(family)}.lp").read_text().splitlines():
        head, colon, _ = line.partition(":")
        if colon and head != "OBJ":
            prefix, *parts = parts_of(head)
            prefixes.add(parts[0] if ON_THE_WAY.fullmatch(prefix) else prefix)
    assert prefixes, "a golden program without rows"
    assert prefixes <= set(TABLE), f"add to optimise.refusal.names.TABLE: {prefixes - set(TABLE)}"


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_whatever_a_scenario_asks_can_give_way(family: ModuleType) -> None:
    """With every rule giving way there is a plan, and every rule has words and a key."""
    changes = dict(CHANGES.get(name_of(family), {}))
    made = changes.pop("made", toy_county.estate)
    # What an earlier plan asks of the next one is no rule of the scenario: it has no way out.
    changes.pop("further", None)
    rules = opened(toy_county.scenario(**changes), toy_county.inputs(made()))
    assert Oracle(rules, math.inf).possible(frozenset()) is True
    assert len({r.key for r in rules.rules}) == len(rules.rules) > 0
    assert all(r.words and r.columns for r in rules.rules)


def test_a_name_is_read_back_as_it_was_written() -> None:
    for parts in (("cover", "fire_10", ""), ("at_least", "x y"), ("kept", "keep.é–ü", "B__1", "")):
        assert parts_of(row_name(*parts)) == parts


def test_structure_is_never_loosened() -> None:
    made = opened(toy_county.scenario(), toy_county.inputs())
    keys = {r.key.split(".")[0] for r in made.rules}
    assert keys == {"standards", "services", "buildings", "compatibility"}
    assert "placed" in STRUCTURE


# --- by hand ----------------------------------------------------------------------------------


def test_one_rule_alone() -> None:
    """A, B and E can be let go together with the hub built: £1,274,000 is A and E... and no more.

    B would have to be let go as well; then its children's centre and a library need the hub,
    which the crew of the Hall takes up.
    """
    found = explained({"targets__receipts_gbp": 1_500_000})
    assert [r.key for r in found.rules] == ["targets.receipts_gbp"]
    assert [w.value for w in found.ways] == [1_274_000]
    assert "£1,500,000 → £1,274,000" in found.text()
    hold({"targets__receipts_gbp": 1_500_000}, found)


def test_two_rules() -> None:
    """Two libraries keep the Hall (£882,000) and B: of what may go, B and E are left, not both."""
    changes = {"services__library__at_least": 2, "targets__receipts_gbp": 1_000_000}
    found = explained(changes)
    assert [r.key for r in found.rules] == ["targets.receipts_gbp", "services.library.at_least"]
    assert [(w.value, w.least) for w in found.ways if w.enough][:2] == [(588_000, True), (1, True)]
    assert "no smaller set does" in found.headline
    hold(changes, found)


def test_two_rules_of_money() -> None:
    """£1,200,000 needs the Hall sold, so its crew at the hub: £310,000 and £24,800 for the move."""
    changes = {
        "targets__receipts_gbp": 1_200_000,
        "targets__capital_budget_gbp": 200_000,
        "finance__reinvest_cap_pct": 0,
    }
    found = explained(changes)
    keys = [r.key for r in found.rules]
    assert keys == ["targets.capital_budget_gbp", "targets.receipts_gbp"]
    ways = {w.key: w.words for w in found.ways if w.enough}
    assert ways["targets.receipts_gbp"] == "£1,200,000 → £588,000"
    assert ways["targets.capital_budget_gbp"] == "£200,000 → £334,800"
    hold(changes, found)


def test_three_rules_each_pair_of_which_can_be_kept() -> None:
    """The Hall kept, B let go, two libraries: B's library may join neither the Hall's nor a crew.

    The hub takes the library from B (60 m²) if nobody may not be hosted there: locked, it may not.
    """
    changes = {"locks": {"B": "close", "D": "no_host"}, "services__library__at_least": 2}
    found = explained(changes)
    assert {r.key for r in found.rules} == {"locks.B", "locks.D", "services.library.at_least"}
    assert {w.key: w.words for w in found.ways if w.key in asked(changes)} == {
        "locks.B": "unlock it",
        "locks.D": "unlock it",
        "services.library.at_least": "2 → 1",
    }
    assert {r.key for r in found.behind} == {"services.library.same_site"}
    hold(changes, found)


def test_where_nothing_alone_is_enough_two_together_are() -> None:
    """The crew at C has nowhere to go, and receipts above all there is: two clashes in one."""
    changes = {"locks": {"C": "close"}, "targets__receipts_gbp": 2_000_000}
    found = explained(changes)
    assert len(found.rules) == 1 and not any(w.enough for w in found.ways)
    assert {w.key for w in found.joint} == {"locks.C", "targets.receipts_gbp"}
    assert "these together would be" in found.text()
    eased = {w.key.replace(".", "__"): w.value for w in found.joint if w.value is not None}
    assert exists(without({**changes, **eased}, "locks.C"))


def test_a_set_kept_whole_gives_up_as_few_buildings_as_will_do() -> None:
    """A, B and C kept leave E to be sold (£392,000); £500,000 needs B (£196,000) as well."""
    changes = {"keep": {"towns": {"buildings": ["A", "B", "C"], "reason": "promised"}},
               "targets__receipts_gbp": 500_000}  # fmt: skip
    found = explained(changes)
    assert [r.key for r in found.rules] == ["targets.receipts_gbp", "keep.towns"]
    assert "all 3 of A, B, C stay in use (promised)" in found.text()
    ways = {w.key: w.words for w in found.ways}
    assert ways["targets.receipts_gbp"] == "£500,000 → £392,000"
    assert ways["keep.towns"] in {"leave out A", "leave out B"}


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        (
            {"moves": {"kidsB": "D"}, "targets__receipts_gbp": 1_274_000},
            "moves.kidsB",
            "drop it",
        ),
        (
            {"delivery": {"all": {"closures_at_most": 0}}, "targets__receipts_gbp": 1_000_000},
            "delivery.all.closures_at_most",
            "0 → 1",
        ),
        (
            {"limits": {"buildings_open": {"at_most": 1}}},
            "limits.buildings_open.at_most",
            "1 building → 2 buildings",
        ),
        (
            {
                "standards__library_6__statistic": "mean",
                "standards__library_6__target": 1.5,
            },
            "standards.library_6.target",
            "1.5 minutes → 1.8 minutes",
        ),
        (
            {
                "no_detriment": {"stay": {"standard": "library_6"}},
                "locks": {"B": "close", "D": "no_host"},
            },
            "no_detriment.stay.allowance",
            "0 → 0.2",
        ),
        (
            {
                "equity": {"all": {"standard": "library_6", "floor": 0.5, "groups": ["rural"]}},
                "locks": {"B": "close", "D": "no_host"},
            },
            "equity.all.floor",
            "0.5 → 0",
        ),
    ],
)
def test_rules_of_other_kinds_are_named_and_give_way(
    changes: Changes, key: str, words: str
) -> None:
    found = explained(changes)
    assert key in {r.key for r in found.rules}, found.text()
    assert {w.key: w.words for w in found.ways if w.enough}.get(key) == words, found.text()


def test_locks_of_the_layers_are_opened_like_the_scenario_s() -> None:
    """A lock in the buildings layer and one of a unit clash with receipts, and can be given up."""
    estate = toy_county.estate(
        buildings=toy_county.buildings().assign(decision_lock=["", "retain", "", "", ""]),
        services=toy_county.services().assign(lock=["", "", "", "stay", ""]),
    )
    chosen = toy_county.scenario(targets__receipts_gbp=600_000)
    found = explain(chosen, toy_county.inputs(estate))
    assert {r.key for r in found.rules} == {"targets.receipts_gbp", "services.libA.lock"}
    assert {w.key: w.words for w in found.ways} == {
        "targets.receipts_gbp": "£600,000 → £392,000",
        "services.libA.lock": "unlock it",
    }


def test_what_is_offered_can_be_had_and_planned() -> None:
    found = explained({"targets__revenue_saving_gbp_pa": 90_000})
    (way,) = found.ways
    assert way.value is not None
    made = make_plan(
        toy_county.scenario(targets__revenue_saving_gbp_pa=way.value), toy_county.inputs()
    )
    assert made.after.money.saving_gbp_pa >= way.value - 1


# --- the words --------------------------------------------------------------------------------


def test_words_claim_no_more_than_was_shown() -> None:
    rules = (Clashing("a", "one"), Clashing("b", "two"))
    assert "no smaller set does" in Refusal(rules, fewest=True).headline
    assert "any 1 of them can be kept" in Refusal(rules).headline
    assert "time ran out" in Refusal(rules, needed=False).headline
    assert "could not be shown" in Refusal((), proof="none").headline
    assert "does exist" in Refusal((), proof="none", possible=True).headline


def test_a_scenario_that_can_be_planned_is_not_said_to_clash() -> None:
    found = explained({})
    assert found.possible and not found.rules and not found.ways


def test_no_time_at_all_shows_nothing_and_says_so() -> None:
    chosen = toy_county.scenario(targets__receipts_gbp=1_500_000, solver__refusal_limit_s=1e-6)
    found = explain(chosen, toy_county.inputs())
    # That rules clash is shown by the linear program, which is solved in any case.
    assert "targets.receipts_gbp" in {r.key for r in found.rules}
    assert not found.needed and not any(w.enough for w in found.ways)
    assert "time" in found.headline or len(found.rules) == 1
    assert "not looked into in the time allowed" in found.text()


def test_long_lists_are_counted_and_begun() -> None:
    ids = [f"B{i:02d}" for i in range(12)]
    assert some(ids) == f"{', '.join(ids[:IDS_SHOWN])} and 2 more (12 in all)"


def test_same_question_same_answer() -> None:
    changes = {"services__library__at_least": 2, "targets__receipts_gbp": 1_000_000}
    assert explained(changes).record() | {"seconds": 0} == explained(changes).record() | {
        "seconds": 0
    }


def test_record_is_plain() -> None:
    found = explained({"targets__receipts_gbp": 1_500_000}).record()
    assert json.loads(json.dumps(found))["ways_out"][0]["value"] == 1_274_000


def test_the_command_line_tells_it(tmp_path: Any) -> None:
    path = toy_county.write(
        tmp_path, services__library__at_least=2, targets__receipts_gbp=1_000_000
    )
    told = CliRunner().invoke(app, ["plan", str(path), "--out", str(tmp_path / "run")])
    assert told.exit_code == 2
    assert "2 rules clash" in told.output
    assert "targets.receipts_gbp: £1,000,000 → £588,000" in told.output
    assert not (tmp_path / "run").exists()


# --- hitting sets -----------------------------------------------------------------------------


@given(st.lists(st.frozensets(st.integers(0, 5), min_size=1), max_size=6))
@settings(max_examples=24)
def test_hitting_sets_are_smallest(sets: list[frozenset[int]]) -> None:
    found = clash.hitting_set(sets, [r % 2 == 0 for r in range(6)])
    assert all(found & some for some in sets)
    smaller = _subsets(max(0, len(found) - 1)) if found else iter(())
    assert not any(all(chosen & some for some in sets) for chosen in smaller)


def _subsets(size: int) -> Iterator[frozenset[int]]:
    return (frozenset(c) for c in combinations(range(6), size))


# --- against every plan -----------------------------------------------------------------------

LOCKS = ("retain", "close", "host_only", "no_host")


@st.composite
def scenarios(draw: st.DrawFn) -> Changes:
    """Targets about as high as can be, with a few locks."""
    changes: Changes = {
        "standards__library_6__target": draw(st.sampled_from([0.5, 0.8, 1.0])),
        "standards__fire_10__target": draw(st.sampled_from([0.5, 0.7, 1.0])),
        "services__library__at_least": draw(st.integers(0, 2)),
    }
    receipts = draw(st.sampled_from([None, 300_000, 600_000, 1_000_000, 1_300_000]))
    if receipts:
        changes["targets__receipts_gbp"] = receipts
    if draw(st.booleans()):
        changes["targets__revenue_saving_gbp_pa"] = draw(st.sampled_from([20_000, 45_000, 60_000]))
    if draw(st.booleans()):
        changes["targets__capital_budget_gbp"] = 0
    sites = draw(st.lists(st.sampled_from("ABCD"), unique=True, max_size=3))
    if sites:
        changes["locks"] = {s: draw(st.sampled_from(LOCKS)) for s in sorted(sites)}
    return changes


def test_pressing_on_a_rule_says_the_same_as_searching() -> None:
    """Of two rules that clash each alone is possible, whatever the others would have to give."""
    changes = {"services__library__at_least": 2, "targets__receipts_gbp": 1_000_000}
    made = opened(toy_county.scenario(**changes), toy_county.inputs())
    oracle = Oracle(made, math.inf)
    key = {rule.key: r for r, rule in enumerate(made.rules)}
    receipts, count = key["targets.receipts_gbp"], key["services.library.at_least"]
    layers = frozenset(r for r, rule in enumerate(made.rules) if rule.rank == LAYER)
    assert oracle._pressed(layers | {receipts}, 20.0) is not False
    assert oracle._pressed(layers | {count}, 20.0) is not False
    assert oracle._pressed(layers | {receipts, count}, 20.0) is False


@given(scenarios())
@settings(max_examples=20)
def test_refusals_agree_with_trying_every_plan(changes: Changes) -> None:
    found = explained(changes)
    if exists(changes):
        assert found.possible, found.text()
    else:
        hold(changes, found)
