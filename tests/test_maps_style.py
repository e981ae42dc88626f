from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import style


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_234_567, "£1.2m"),
        (12_000_000_000, "£12,000.0m"),
        (999_499, "£999k"),
        (999_500, "£1.0m"),
        (850_000, "£850k"),
        (999, "£999"),
        (0, "£0"),
        (-0.2, "£0"),
        (-1_250_000, "\u2212£1.2m"),
        (-4_000, "\u2212£4k"),
        (math.nan, "not known"),
    ],
)
def test_money_for_headlines(value, text):
    assert style.money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1_234_567.4, "£1,234,567"), (-4_000, "\u2212£4,000"), (0, "£0"), (math.nan, "not known")],
)
def test_pounds_are_whole_and_grouped(value, text):
    assert style.pounds(value) == text


def test_minutes_people_and_words():
    assert style.minutes(12.34) == "12.3 min"
    assert style.minutes(math.nan) == "no route"
    assert style.count(12_345.4) == "12,345"
    assert style.words("register_office") == "Register office"
    assert style.words("<b>Not a slug</b>") == "<b>Not a slug</b>"
    assert style.service_words("childrens_centre") == "Children's centre"
    assert style.service_words("ice_rink") == "Ice rink"


def test_a_missed_target_is_never_shown_as_reached():
    assert style.percent(0.7996, against=0.8) == "79.96%"
    assert style.percent(0.8, against=0.8) == "80.0%"
    assert style.percent(0.7996) == "80.0%"


@given(st.floats(0, 1), st.integers(0, 1000))
def test_a_percentage_stands_on_the_right_side_of_its_target(share, thousandths):
    target = thousandths / 1000
    shown = float(style.percent(share, against=target).rstrip("%"))
    if abs(share - target) > 1e-6:
        assert (shown >= 100 * target - 1e-9) == (share >= target)


@given(st.floats(1, 120))
def test_shades_rise_to_the_threshold_and_beyond(threshold):
    bands = style.time_bands(threshold)
    edges = [band.upto for band in bands[:-1]]
    assert edges == sorted(set(edges))
    assert bands[-1].upto is None
    assert [band.upto for band in bands if not band.hatched][-1] == threshold
    assert [band.hatched for band in bands] == [False] * 3 + [True] * 3


def test_shades_have_round_edges():
    assert [band.upto for band in style.time_bands(10)] == [3, 7, 10, 15, 20, None]
    assert style.time_bands(7.5)[2].label == "5 to 7.5 min"


def test_change_is_symmetric_about_nought():
    edges = [band.upto for band in style.CHANGE_BANDS[:-1]]
    assert edges == [-edge for edge in reversed(edges)]


def test_every_decision_has_its_own_shape_and_colour():
    looks = {d.key: d for d in style.DECISIONS}
    firm = [looks[key] for key in ("retain", "share", "extend", "build", "dispose")]
    assert len({d.shape for d in firm}) == len(firm)
    assert len({d.colour for d in firm}) == len(firm)
    assert len({(d.shape, d.colour) for d in style.DECISIONS}) == len(style.DECISIONS)


def test_an_unknown_decision_is_shown_as_itself():
    assert style.decision_style("mothball").label == "Mothball"


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("key", ["retain", "share", "extend", "build", "dispose"])
def test_symbols_stand_out_from_every_shade(key):
    # WCAG 1.4.11 asks 3:1 of symbols; against the darkest shade their white edge carries it.
    symbol = luminance(style.decision_style(key).colour)
    for shade in (*style.WITHIN_COLOURS, *style.BEYOND_COLOURS[:2]):
        assert (luminance(shade) + 0.05) / (symbol + 0.05) >= 3
