"""Census codes: what they name, when they came in, and what headings say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.codes import census_codes, census_of_heading


@pytest.mark.parametrize(
    ("code", "level", "since"),
    [
        ("E01032482", "LSOA", 2001),
        ("E01032483", "LSOA", 2011),
        ("E01033768", "LSOA", 2011),
        ("E01033769", "LSOA", 2021),
        ("W01001896", "LSOA", 2001),
        ("W01001897", "LSOA", 2011),
        ("W01001958", "LSOA", 2011),
        ("W01001959", "LSOA", 2021),
        ("E00176774", "output area", 2011),
        ("E00176775", "output area", 2021),
        ("W00010265", "output area", 2011),
        ("W00010266", "output area", 2021),
        ("S01006505", "data zone", 2001),
        ("S01006506", "data zone", 2011),
        ("S01013481", "data zone", 2011),
        ("S01013482", "data zone", 2022),
        ("E02000001", "MSOA", np.nan),
        ("E0100001", "", np.nan),
        ("E010000012", "", np.nan),
        ("E01O00001", "", np.nan),
        ("D1", "", np.nan),
        ("", "", np.nan),
    ],
)
def test_a_code_tells_its_level_and_the_census_that_brought_it_in(code, level, since):
    row = census_codes(pd.Series([code], dtype=object, index=[7])).loc[7]
    assert row["level"] == level
    assert row["since"] == since or (np.isnan(row["since"]) and np.isnan(since))


@pytest.mark.parametrize(
    ("heading", "census"),
    [
        ("lsoa11cd", 2011),
        ("OA21CD", 2021),
        ("LSOA code (2011)", 2011),
        ("2011 LSOA code", 2011),
        ("LSOA 2021", 2021),
        ("data zone 2022", 2022),
        ("lsoacd", None),
        ("demand_id", None),
        ("wd24cd", None),
        ("population 2021", None),
    ],
)
def test_a_heading_may_name_a_census(heading, census):
    assert census_of_heading(heading) == census


def test_real_codes_are_of_the_census_their_file_says(shared_data: Path):
    folder = shared_data / "lsoa_england_wales"
    of_2011 = pd.read_parquet(folder / "lsoa11_pwc_population_imd2019.parquet")["lsoa11cd"]
    of_2021 = pd.read_csv(folder / "lsoa21_population_about_mid2022_ew.csv")["lsoacd"]
    old, new = census_codes(of_2011.astype(object)), census_codes(of_2021.astype(object))
    assert set(old["level"]) == set(new["level"]) == {"LSOA"}
    assert old["since"].max() == 2011 and (old["since"] == 2011).sum() == 1172 + 62
    assert (new["since"] == 2021).sum() == 1945 + 80
    assert not set(of_2011) & set(of_2021[(new["since"] == 2021).to_numpy()])
