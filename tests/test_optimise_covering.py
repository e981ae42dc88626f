"""The covering models against toys solved by hand, brute force, and published optima.

The toy: a road with a mark every kilometre, demand at the letters, sites at the digits.

    km       0    1    2    3    4    5    6    7    8
    demand   a         b    c         d              e
    people   10        20   30        40             50
    sites         1              2         3    4
"""

from __future__ import annotations

import itertools
import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, eye_array, hstack, kron, vstack

from assets.issues import InputError
from benchmarks import covering_files as files
from optimise.covering import (
    Instance,
    Limits,
    from_pairs,
    from_table,
    least_mean,
    least_worst,
    most_covered,
    set_cover,
)
from optimise.covering.joined import shared_out

DEMAND = {"a": (0, 10.0), "b": (2, 20.0), "c": (3, 30.0), "d": (5, 40.0), "e": (8, 50.0)}
SITES = {"1": 1, "2": 4, "3": 6, "4": 7}


def road() -> Instance:
    apart = [[abs(km - at) for at in SITES.values()] for km, _ in DEMAND.values()]
    weight = np.array([people for _, people in DEMAND.values()])
    return from_table(list(DEMAND), list(SITES), np.array(apart, dtype=float), weight=weight)


def some(table: np.ndarray, weight: np.ndarray | None = None, **more) -> Instance:
    ids = [f"d{k}" for k in range(len(table))], [f"s{k}" for k in range(table.shape[1])]
    return from_table(*ids, table, weight=weight, **more)


def choices(instance: Instance, sites: int):
    return itertools.combinations(range(len(instance.site_ids)), sites)


def by_hand(instance: Instance, sites: int) -> dict[str, float]:
    """Most covered, least mean, least worst, over every choice of so many sites."""
    table = instance.dense()
    nearest = [table[:, list(c)].min(axis=1) for c in choices(instance, sites)]
    counted = instance.weight > 0
    return {
        "cover": max(float(instance.weight[np.isfinite(n)].sum()) for n in nearest),
        "mean": min(float((instance.weight[counted] * n[counted]).sum()) for n in nearest),
        "worst": min(float(n.max()) for n in nearest),
    }


def cheapest_by_hand(instance: Instance, depth: int) -> float:
    near = np.isfinite(instance.dense()).astype(float)
    best = np.inf
    for chosen in itertools.product((0.0, 1.0), repeat=near.shape[1]):
        if (near @ np.array(chosen) >= depth).all():
            best = min(best, float(instance.price @ np.array(chosen)))
    return best


# --- the toy --------------------------------------------------------------------------------


def test_one_site_within_two_kilometres_covers_most_from_two():
    # Site 1 reaches a, b, c (60); 2 reaches b, c, d (90); 3 reaches d, e (90); 4 reaches d, e.
    answer = most_covered(road().within(2), sites=1)
    assert (answer.objective, answer.bound, answer.status) == (90.0, 90.0, "optimal")
    assert answer.figures["weight_no_site_reaches"] == 0


def test_two_sites_within_two_kilometres_cover_everybody():
    answer = most_covered(road().within(2), sites=2)
    assert answer.objective == 150.0
    assert set_cover(road().within(2)).objective == 2.0


def test_a_tie_at_the_threshold_is_within_it():
    # a is exactly 1 km from site 1, and nothing else is nearer than 1 km to it.
    at, short = road().within(1.0), road().within(np.nextafter(1.0, 0.0))
    assert most_covered(at, sites=4).objective == 150.0
    assert most_covered(short, sites=4).objective == 0.0


def test_the_mean_and_the_worst_of_the_road():
    # 2 and 4: a 4·10 + b 2·20 + c 1·30 + d 1·40 + e 1·50 = 200; 1 and 4: 10+20+60+80+50 = 220.
    # 1 and 3: 10 + 20 + 60 + 40 + 100 = 230.
    mean = least_mean(road(), sites=2)
    assert (mean.objective, mean.chosen, mean.bound) == (200.0, ("2", "4"), 200.0)
    assert mean.figures["mean"] == 200 / 150
    worst = least_worst(road(), sites=2)
    assert (worst.objective, worst.bound) == (2.0, 2.0)
    assert "1" in worst.chosen


def test_backup_cover_needs_two_sites_each():
    # Within 4 km a reaches 1 and 2 only, e reaches 2, 3 and 4, d reaches all.
    answer = set_cover(road().within(4), depth=2)
    assert answer.objective == cheapest_by_hand(road().within(4), 2) == 3.0
    assert answer.figures["least_depth"] == 2.0


def test_sites_cost_what_they_cost():
    prices = np.array([1.0, 9.0, 3.0, 3.5])
    dear = from_table(list(DEMAND), list(SITES), road().dense(), price=prices)
    assert set_cover(dear.within(2)).objective == cheapest_by_hand(dear.within(2), 1) == 4.0
    assert set_cover(dear.within(2)).chosen == ("1", "3")


def test_as_many_sites_as_asked_for_are_chosen_even_if_fewer_do():
    answer = most_covered(road().within(2), sites=3)
    assert len(answer.chosen) == 3
    assert answer.objective == 150.0
    assert answer.figures["sites_needed"] == 2
    assert len(most_covered(road().within(0.5), sites=3).chosen) == 3


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "rule", "says"),
    [
        (lambda: most_covered(road(), sites=5), "covering.sites", "5 sites are asked for, of 4"),
        (lambda: least_mean(road(), sites=0), "covering.sites", "0 sites"),
        (lambda: set_cover(road().within(0.5)), "covering.unreached", "5 of 5 demand points"),
        (lambda: set_cover(road(), depth=0), "covering.depth", "covers nothing"),
        (lambda: set_cover(road().within(2), depth=2), "covering.unreached", "near 2 sites"),
        (lambda: road().within(float("nan")), "covering.threshold", "nan"),
        (lambda: least_mean(road().within(2), sites=1), "covering.too_few", "2 or more"),
        (lambda: least_worst(road().within(2), sites=1), "covering.too_few", "reach everybody"),
        (lambda: least_mean(road().within(0.5), sites=1), "covering.unreached", "near any site"),
        (lambda: some(np.array([[-1.0]])), "covering.distance", "less than nought"),
        (lambda: some(np.array([[-np.inf]])), "covering.distance", "less than nought"),
        (lambda: some(np.ones((2, 1)), np.array([1.0, np.nan])), "covering.weight", "missing"),
        (lambda: some(np.ones((1, 2)), price=-np.ones(2)), "covering.price", "less than"),
        (lambda: some(np.ones((1, 2)), price=np.ones(3)), "covering.price", "2 ids, but 3"),
        (lambda: from_table(["a"], ["1", "1"], np.ones((1, 2))), "covering.id_twice", "site"),
        (lambda: from_table(["a"], ["1"], np.ones((1, 2))), "covering.shape", "(1, 2)"),
        (lambda: from_table([], ["1"], np.ones((0, 1))), "covering.empty", "demand point"),
    ],
)
def test_what_cannot_be_is_refused_in_words(run, rule, says):
    with pytest.raises(InputError) as caught:
        run()
    assert caught.value.issues[0].rule == rule
    assert says in str(caught.value)


def test_a_pair_told_twice_is_refused():
    at = (np.array([0, 0]), np.array([0, 0]), np.array([1.0, 2.0]))
    with pytest.raises(InputError, match="a – 1"):
        from_pairs(["a"], ["1"], at)


def test_an_instance_keeps_routes_of_no_length_and_drops_missing_ones():
    made = from_pairs(
        ["a", "b"], ["1", "2"], (np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([0, np.nan, 3]))
    )
    assert made.dense().tolist() == [[0.0, np.inf], [np.inf, 3.0]]
    assert most_covered(made.within(0), sites=1).chosen == ("1",)


# --- brute force and properties -------------------------------------------------------------


@st.composite
def instances(draw, *, whole: bool = False) -> Instance:
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    table = draw(arrays(float, (rows, columns), elements=st.sampled_from([0, 1, 2, 3, 5, 8, 13])))
    missing = draw(arrays(bool, (rows, columns)))
    table = np.where(missing & (not whole), np.inf, table)
    figure = st.sampled_from([0.0, 1.0, 2.0, 7.0, 0.25])
    return some(
        table,
        draw(arrays(float, rows, elements=figure)),
        price=draw(arrays(float, columns, elements=st.sampled_from([1.0, 2.0, 2.5]))),
    )


@given(instances(), st.data())
def test_most_cover_equals_brute_force(instance, data):
    sites = data.draw(st.integers(1, len(instance.site_ids)))
    near = instance.within(data.draw(st.sampled_from([0, 2, 5, 13])))
    answer = most_covered(near, sites=sites)
    assert answer.objective == pytest.approx(by_hand(near, sites)["cover"])
    assert answer.status == "optimal"
    assert answer.bound == pytest.approx(answer.objective)


@given(instances(whole=True), st.data())
def test_mean_and_worst_equal_brute_force(instance, data):
    sites = data.draw(st.integers(1, len(instance.site_ids)))
    hand = by_hand(instance, sites)
    mean, worst = least_mean(instance, sites=sites), least_worst(instance, sites=sites)
    assert mean.objective == pytest.approx(hand["mean"])
    assert worst.objective == hand["worst"]
    assert mean.status == worst.status == "optimal"
    assert len(mean.chosen) == len(worst.chosen) == sites


@given(instances(), st.data())
def test_pairs_without_a_route_are_never_used(instance, data):
    sites = data.draw(st.integers(1, len(instance.site_ids)))
    hand = by_hand(instance, sites)
    for model, name in ((least_mean, "mean"), (least_worst, "worst")):
        if np.isfinite(hand[name]):
            assert model(instance, sites=sites).objective == pytest.approx(hand[name])
        else:
            with pytest.raises(InputError, match="cannot reach everybody|are not near any site"):
                model(instance, sites=sites)


@given(instances(), st.integers(1, 3))
def test_set_cover_equals_brute_force(instance, depth):
    hand = cheapest_by_hand(instance, depth)
    if np.isinf(hand):
        with pytest.raises(InputError, match="are not near"):
            set_cover(instance, depth=depth)
        return
    answer = set_cover(instance, depth=depth)
    assert answer.objective == pytest.approx(hand)
    assert answer.bound == pytest.approx(hand)


@given(instances(), st.data())
def test_more_sites_and_longer_thresholds_never_cover_less(instance, data):
    sites = data.draw(st.integers(1, len(instance.site_ids)))
    short, far = sorted(data.draw(st.tuples(st.sampled_from([0, 1, 3, 8]), st.integers(0, 13))))
    base = most_covered(instance.within(short), sites=sites).objective
    assert most_covered(instance.within(far), sites=sites).objective >= base - 1e-9
    if sites < len(instance.site_ids):
        assert most_covered(instance.within(short), sites=sites + 1).objective >= base - 1e-9


@given(instances(whole=True), st.data())
def test_the_order_of_rows_and_columns_changes_no_objective(instance, data):
    rows = data.draw(st.permutations(range(len(instance.demand_ids))))
    columns = data.draw(st.permutations(range(len(instance.site_ids))))
    other = some(
        instance.dense()[np.ix_(rows, columns)],
        instance.weight[rows],
        price=instance.price[columns],
    )
    sites = data.draw(st.integers(1, len(columns)))
    for model in (least_mean, least_worst):
        there = model(other, sites=sites).objective
        assert model(instance, sites=sites).objective == pytest.approx(there)
    near, far = instance.within(5), other.within(5)
    assert most_covered(near, sites=sites).objective == most_covered(far, sites=sites).objective


def random_map(seed: int, places: int, sites: int, towns: int) -> Instance:
    """Towns far apart, so that cover falls into as many parts."""
    made = np.random.default_rng(seed)
    at = made.uniform(0, 1, (places, 2)) + 10 * made.integers(0, towns, places)[:, None]
    of = made.uniform(0, 1, (sites, 2)) + 10 * made.integers(0, towns, sites)[:, None]
    apart = np.hypot(*(at[:, None, :] - of[None, :, :]).transpose(2, 0, 1))
    return some(apart, made.integers(1, 100, places).astype(float))


@pytest.mark.parametrize("sites", [1, 3, 5])
@pytest.mark.parametrize("seed", range(4))
def test_parts_joined_by_their_number_equal_brute_force(seed, sites):
    near = random_map(seed, 60, 13, 3).within(0.35)
    answer = most_covered(near, sites=sites)
    assert answer.sizes["parts"] >= 3
    assert answer.objective == answer.bound == by_hand(near, sites)["cover"]


@pytest.mark.parametrize("sites", [2, 6, 15])
def test_means_of_a_larger_map_equal_the_plain_program(sites):
    instance = random_map(9, 40, 30, 1)
    costs = instance.weight[:, None] * instance.dense()
    # Columns: y row by row, then x. Rows: everybody served once, by an open site; sites counted.
    served = hstack([kron(eye_array(40), np.ones((1, 30))), coo_array((40, 30))])
    open_ = hstack([eye_array(1200), -vstack([eye_array(30)] * 40)])
    count = hstack([coo_array((1, 1200)), np.ones((1, 30))])
    plain = milp(
        np.concatenate([costs.ravel(), np.zeros(30)]),
        integrality=np.concatenate([np.zeros(1200), np.ones(30)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(served, 1, 1),
            LinearConstraint(open_, -np.inf, 0),
            LinearConstraint(count, sites, sites),
        ],
        options={"mip_rel_gap": 0.0},
    )
    answer = least_mean(instance, sites=sites)
    assert answer.objective == pytest.approx(plain.fun)
    assert answer.status == "optimal"


def test_a_share_out_is_the_best_one():
    columns = [np.array([0.0, 5.0, 6.0]), np.array([0.0, 1.0]), np.array([0.0, 4.0, 9.0])]
    assert shared_out(columns, 3) == (14.0, [1, 0, 2])
    assert shared_out(columns, 0) == (0.0, [0, 0, 0])


def test_the_same_instance_twice_gives_the_same_answer():
    near = random_map(3, 200, 60, 2).within(0.2)
    first, second = (most_covered(near, sites=12) for _ in range(2))
    assert first.chosen == second.chosen
    assert first.bound == second.bound


def test_a_limit_of_time_gives_a_plan_a_bound_and_says_so():
    hard = random_map(1, 1500, 150, 1)
    for run in (
        lambda limits: most_covered(hard.within(0.1), sites=20, limits=limits),
        lambda limits: least_mean(hard, sites=20, limits=limits),
        lambda limits: set_cover(hard.within(0.2), limits=limits),
        lambda limits: least_worst(hard, sites=20, limits=limits),
    ):
        answer = run(Limits(seconds=1e-6))
        sure = (answer.bound, answer.objective)
        assert sure == tuple(sorted(sure, reverse=answer.model == "most covered"))
        assert answer.status == ("optimal" if answer.gap == 0 else "feasible")


def test_a_wider_gap_is_proof_enough_and_is_told():
    near = random_map(2, 800, 100, 1).within(0.12)
    answer = most_covered(near, sites=15, limits=Limits(gap=0.05))
    exact = most_covered(near, sites=15)
    assert answer.status == exact.status == "optimal"
    assert exact.gap == 0
    assert answer.gap <= 0.05
    assert answer.objective <= exact.objective <= answer.bound


# --- published optima -----------------------------------------------------------------------


def published(folder, name) -> dict[str, list[str]]:
    lines = (folder / "REFERENCE_OPTIMA.csv").read_text().splitlines()
    return {row.split(",")[0]: row.split(",") for row in lines[1:]}[name]


@pytest.mark.parametrize("name", ["scp41", "scp42", "scp43", "scp44", "scp45"])
def test_published_set_covers_come_out_proved(shared_data, name):
    folder = shared_data / "bench_setcover"
    instance = files.set_cover_file(folder / f"{name}.txt")
    answer = set_cover(instance)
    assert answer.objective == answer.bound == float(published(folder, name)[1])
    chosen = [k for k, s in enumerate(instance.site_ids) if s in set(answer.chosen)]
    assert np.isfinite(instance.dense()[:, chosen]).any(axis=1).all()
    assert instance.price[chosen].sum() == answer.objective


@pytest.mark.parametrize("name", ["pmed1", "pmed2", "pmed3", "pmed4", "pmed5"])
def test_published_p_medians_come_out_proved(shared_data, name):
    folder = shared_data / "bench_pmedian"
    direct, sites = files.p_median_file(folder / f"{name}.txt")
    answer = least_mean(files.shortest(direct), sites=sites)
    assert answer.objective == answer.bound == float(published(folder, name)[4])
    assert len(answer.chosen) == sites


#: Known to everybody who has solved the p-centre on these files.
CENTRES = {"pmed1": 127.0, "pmed2": 98.0, "pmed3": 93.0, "pmed4": 74.0, "pmed5": 48.0}


@pytest.mark.parametrize("name", list(CENTRES))
def test_known_p_centres_come_out_proved(shared_data, name):
    direct, sites = files.p_median_file(shared_data / "bench_pmedian" / f"{name}.txt")
    answer = least_worst(files.shortest(direct), sites=sites)
    assert answer.objective == answer.bound == CENTRES[name]


def test_an_answer_is_plain_enough_for_json():
    answer = most_covered(road().within(2), sites=2)
    assert json.loads(json.dumps([answer.chosen, answer.objective, dict(answer.sizes)]))
    assert set(answer.seconds) == {"build", "solve"}
    assert all(0 <= s < time.perf_counter() for s in answer.seconds.values())
