"""Fixtures every test may use, and how hypothesis is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser import chromium  # noqa: F401 - one browser for the whole session
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from postgres import postgres, shared_server, spare_postgres  # noqa: F401 - one server as well

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run and every machine, and no stopwatch in a test.
settings.register_profile("groundplan", deadline=None, derandomize=True, max_examples=40)
# A wider search by hand: pytest --hypothesis-profile=search
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile("groundplan")


@pytest.hookimpl(trylast=True)  # after hypothesis has taken --hypothesis-profile
def pytest_configure(config: pytest.Config) -> None:
    """Draw no constants from the code that happens to be loaded.

    Hypothesis mixes the constants of every loaded module into its draws, so that `derandomize`
    alone has a test see other examples after other tests, or on another number of workers.
    """
    if settings.default.derandomize:
        monkey = pytest.MonkeyPatch()
        monkey.setattr(providers, "_get_local_constants", lambda: providers._local_constants)
        config.add_cleanup(monkey.undo)


@pytest.fixture(scope="session")
def repo() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data(repo: Path) -> Path:
    """The folder of real public data some tests use; they are skipped where it is absent.

    It is ``../shared/data`` beside the repository unless GROUNDPLAN_SHARED_DATA names another.
    """
    told = os.environ.get("GROUNDPLAN_SHARED_DATA")
    folder = Path(told) if told else repo.parent / "shared" / "data"
    if told and not folder.is_dir():
        pytest.fail(f"GROUNDPLAN_SHARED_DATA names no folder: {folder}", pytrace=False)
    if not folder.is_dir():
        pytest.skip(f"needs the folder of real public data, which is not at {folder}")
    return folder
