"""Checked before any test: that `coverage` is our package and not coverage.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent


def resolves_inside(name: str, root: Path) -> bool:
    """Whether ``import name`` would find (or has found) a package inside `root`."""
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # already imported by hand, with no record of where from
        return False
    places = [] if spec is None else [*(spec.submodule_search_locations or []), spec.origin or ""]
    return any(Path(place).resolve().is_relative_to(root / name) for place in places if place)


def pytest_configure() -> None:
    if not resolves_inside("coverage", ROOT):
        raise pytest.UsageError(
            "`import coverage` does not find Groundplan's own package: run `make test` from "
            f"{ROOT}, in an environment without coverage.py, pytest-cov and numba."
        )
