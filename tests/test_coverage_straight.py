"""Miles as the crow flies."""

from __future__ import annotations

import pandas as pd
import pytest

from coverage.straight import straight_miles


def test_three_four_five() -> None:
    """3 km east and 4 km north are 5 km, 3.107 miles."""
    demand = pd.DataFrame({"easting": [0.0], "northing": [0.0]}, index=["d"])
    sites = pd.DataFrame({"easting": [3000.0, 0.0], "northing": [4000.0, 0.0]}, index=["a", "b"])
    found = straight_miles(demand, sites)
    assert found.metres.tolist() == [[5000.0, 0.0]]
    assert found.minutes[0, 0] == pytest.approx(3.106856)
    assert found.provenance["unit"] == "miles"
