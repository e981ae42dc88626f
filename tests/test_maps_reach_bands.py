from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from maps import reach_bands

PAIRS = st.dictionaries(st.integers(0, 40_000), st.floats(0, 90), max_size=60)


@given(PAIRS)
def test_what_is_packed_comes_out_again_in_half_minutes_rounded_up(pairs):
    cells, minutes = np.array(list(pairs), np.int64), np.array(list(pairs.values()), float)
    back = reach_bands.unpack(reach_bands.pack(cells, minutes))
    assert sorted(back) == sorted(pairs)
    for cell, value in pairs.items():
        assert round(value, 2) <= back[cell] < round(value, 2) + 0.5


@given(st.lists(st.decimals(0, 60, places=2), min_size=1, max_size=40))
def test_an_area_is_in_a_band_exactly_when_its_minutes_are(values):
    minutes = np.array([float(v) for v in values], np.float32)
    back = reach_bands.unpack(reach_bands.pack(np.arange(len(values)), minutes.astype(float)))
    for index, value in enumerate(values):
        for end, _ in reach_bands.BANDS:
            assert (back[index] <= end) == (value <= end)


def test_steps_of_one_two_and_three_bytes():
    """Steps of 1 (from -1), 127, 128, 16,383 and 16,384: a byte, a byte, two, two, three."""
    cells = np.cumsum([0, 127, 128, 16_383, 16_384])
    text = reach_bands.pack(cells, np.full(5, 1.0))
    assert list(reach_bands.unpack(text)) == cells.tolist()
    assert len(text) == 4 * -(-(1 + 1 + 2 + 2 + 3 + 5) // 3)  # base64: four letters for three bytes


def test_very_long_times_are_told_as_the_longest_there_is():
    assert reach_bands.unpack(reach_bands.pack(np.array([3]), np.array([500.0]))) == {3: 127.5}


def reach():
    """
    b1 -car- d0 2.5 min, d2 10 min          b2 -car- d1 0 min
    b1 -blue light- d1 4.01 min             gone -car- d0 (not a building of the page)
    """
    return pd.DataFrame(
        [
            ("car", "b1", "d2", 10.0),
            ("blue_light", "b1", "d1", 4.01),
            ("car", "b1", "d0", 2.5),
            ("car", "b1", "elsewhere", 3.0),
            ("car", "gone", "d0", 1.0),
            ("car", "b2", "d1", 0.0),
        ],
        columns=["profile", "asset_id", "demand_id", "min"],
    )


def test_each_building_has_its_areas_by_profile_and_no_other_is_told_of():
    out = reach_bands.packed(reach(), ["d0", "d1", "d2"], ["b1", "b2", "b3"])
    assert [p["key"] for p in out["profiles"]] == ["blue_light", "car"]
    assert [p["words"] for p in out["profiles"]] == ["blue-light drive", "drive by car"]
    read = {b: [reach_bands.unpack(t) for t in texts] for b, texts in out["of"].items()}
    assert read == {"b1": [{1: 4.5}, {0: 2.5, 2: 10.0}], "b2": [{}, {1: 0.0}]}


def test_shuffled_rows_are_packed_alike():
    args = (["d0", "d1", "d2"], ["b1", "b2"])
    assert reach_bands.packed(reach().iloc[::-1], *args) == reach_bands.packed(reach(), *args)


def test_no_reach_no_buildings():
    out = reach_bands.packed(reach().iloc[:0], ["d0"], ["b1"])
    assert (out["profiles"], out["of"]) == ([], {})


def test_the_bands_are_those_asked_for_with_what_lies_beyond():
    bands = reach_bands.bands()
    assert [b["upto"] for b in bands] == [5.0, 10.0, 15.0, 20.0, 30.0, None]
    assert bands[0]["label"] == "up to 5 min" and bands[1]["label"] == "5 to 10 min"
    assert bands[-1]["hatched"]


def test_polygons_of_isochrones_are_kept_for_the_buildings_of_the_page():
    frame = gpd.GeoDataFrame(
        {
            "site_id": ["b1", "b1", "other"],
            "from_min": [5.0, 0.0, 0.0],
            "to_min": [10.0, 5.0, 5.0],
            "profile": ["car", "car", "car"],
            "population": [12.4, np.nan, 5.0],
        },
        geometry=[box(0, 0, 2000, 2000), box(0, 0, 1000, 1000), box(0, 0, 1, 1)],
        crs=27700,
    )
    out = reach_bands.drawn(frame, ["b1", "b2"])
    assert list(out) == ["b1"]
    assert [(band["upto"], band["people"]) for band in out["b1"]] == [(5.0, None), (10.0, 12)]
    assert reach_bands.drawn(frame.iloc[:0], ["b1"]) == {}


@pytest.mark.parametrize("asset_id", ["b1", "b2"])
def test_a_building_left_out_leaves_no_trace(asset_id):
    """What the public may not see is not there, not merely hidden."""
    left = [b for b in ("b1", "b2") if b != asset_id]
    out = reach_bands.packed(reach(), ["d0", "d1", "d2"], left)
    assert asset_id not in str(out)
