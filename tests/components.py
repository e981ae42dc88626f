"""Components a test may need that pip does not bring, and what to do where they are absent.

On a laptop a test that needs, say, a browser is skipped with the reason. Where
GROUNDPLAN_REQUIRE_COMPONENTS=1 (continuous integration) the same absence is a failure, so
that a green run can never be one that quietly tested nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def components_are_required() -> bool:
    """Whether an absent component fails the test that needs it."""
    return os.environ.get("GROUNDPLAN_REQUIRE_COMPONENTS", "") not in ("", "0")


def require(component_available: bool, reason: str) -> None:
    """Go on if the component is there; otherwise skip, or fail where components are required."""
    if component_available:
        return
    if components_are_required():
        pytest.fail(f"{reason} (GROUNDPLAN_REQUIRE_COMPONENTS is set)", pytrace=False)
    pytest.skip(reason)


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome: GROUNDPLAN_CHROMIUM, else the PATH, else playwright's own."""
    told = os.environ.get("GROUNDPLAN_CHROMIUM")
    if told:
        return told
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return found or _playwright_chromium()


def _playwright_chromium() -> str | None:
    """Path of the browser `playwright install chromium` downloads, if it was run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def require_chromium() -> str:
    """Path of a Chromium for playwright's `executable_path`; skips or fails where there is none."""
    path = find_chromium()
    require(path is not None, "needs Chromium: apt-get install chromium, or playwright install")
    assert path is not None
    return path


def find_postgres() -> Path | None:
    """Folder of the programs of a PostgreSQL server with PostGIS; of several the newest.

    GROUNDPLAN_POSTGRES names it, else it is where Debian and Ubuntu put it.
    """
    told = os.environ.get("GROUNDPLAN_POSTGRES")
    if told:
        return Path(told)
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(versions, key=lambda path: [int(n) for n in path.parent.name.split(".")])
    return next(filter(_serves_postgis, reversed(newest)), None)


def _serves_postgis(binaries: Path) -> bool:
    """Whether the programs are a server's, and PostGIS is installed for it."""
    names = ("initdb", "postgres", "pg_config")
    if not all((binaries / name).exists() for name in names):
        return False
    asked = [str(binaries / "pg_config"), "--sharedir"]
    shared = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return (Path(shared) / "extension" / "postgis.control").exists()


def require_postgres() -> Path:
    """Folder of a PostgreSQL server's programs; skips or fails where there is none with PostGIS."""
    path = find_postgres()
    require(path is not None, "needs PostgreSQL with PostGIS: apt-get install postgresql-postgis")
    assert path is not None
    return path
