"""What is left out together, and how well times agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.calibration.folds import agreement, folds_of


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 30)), min_size=1, max_size=80))
def test_what_belongs_together_is_left_out_together(pairs: list[tuple[int, int]]) -> None:
    from_xy = np.array([(1000.0 * a, 0.0) for a, _ in pairs])
    to_xy = np.array([(700.0 * b, 50.0) for _, b in pairs])
    folds = folds_of(from_xy, to_xy)
    groups = from_xy[:, 0] if "origins" in folds.by else to_xy[:, 0] // 2000.0
    if "single" in folds.by:
        groups = np.arange(len(pairs))
    for value in np.unique(groups):
        assert len(np.unique(folds.of_run[groups == value])) == 1
    assert folds.of_run.max() < 5 and folds.groups == len(np.unique(groups))


def test_a_few_stations_are_left_out_by_destination() -> None:
    from_xy = np.repeat([[0.0, 0.0], [9000.0, 0.0]], 50, axis=0)
    to_xy = np.column_stack([np.arange(100) * 500.0, np.zeros(100)])
    assert "km squares" in folds_of(from_xy, to_xy).by
    alike = folds_of(np.zeros((40, 2)), np.ones((40, 2)))
    assert "single runs" in alike.by and len(np.unique(alike.of_run)) == 5
    many = np.column_stack([np.arange(100) % 10 * 900.0, np.zeros(100)])
    assert "origins" in folds_of(many, to_xy).by


def test_agreement_by_hand() -> None:
    """100 s predicted as 100, 110, 90 and 160 s: a minute off is within a minute."""
    found = agreement(np.full(4, 100.0), np.array([100.0, 110.0, 90.0, 160.0]))
    assert found.median_error == pytest.approx(0.10)
    assert found.bias == pytest.approx(0.15)
    assert found.within_minute == 1.0
    assert np.isnan(found.r2)
    assert agreement(np.full(1, 100.0), np.full(1, 160.1)).within_minute == 0.0
