"""A headless Chromium for tests, cut off from every network.

    with open_page(chromium, path, width=390, height=844) as seen:
        seen.page.click(...)

On leaving, the page must have logged no error, raised none, opened no dialog and asked for
nothing but its own file.
"""

from __future__ import annotations

import contextlib
import importlib.util
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from components import require, require_chromium

READY_S = 30.0


@dataclass
class Seen:
    """A page and everything it did that a page should not do."""

    page: Any
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser, started once; skips (or fails, where components are required) without one."""
    require(importlib.util.find_spec("playwright") is not None, "needs playwright")
    path = require_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def wait_until_drawn(page: Any) -> None:
    """Wait for a page to say that it is drawn.

    Asked from outside, time and again: the page's own policy forbids a script that is handed
    to it as text, which is how Playwright would poll from within.
    """
    ends = time.monotonic() + READY_S
    while not page.evaluate("window.groundplanReady > 0"):
        assert time.monotonic() < ends, "the page did not say that it is drawn"
        page.wait_for_timeout(50)


@contextlib.contextmanager
def open_page(
    browser: Any, path: Path, *, width: int, height: int, **options: Any
) -> Iterator[Seen]:
    """The file at `path`, drawn, in a window of this size."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        offline=True,
        reduced_motion="reduce",
        **options,
    )
    page = context.new_page()
    seen = Seen(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))

    def refuse(dialog: Any) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    try:
        page.goto(path.as_uri())
        wait_until_drawn(page)
        yield seen
        assert seen.errors == []
        assert seen.console == []
        assert seen.dialogs == []
        assert [url for url in seen.requests if not url.startswith("data:")] == [path.as_uri()]
    finally:
        context.close()
