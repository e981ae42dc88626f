"""Every number on the page is the run folder's (`page_reader`); on a whole plan of a county
`test_app_counties` holds more of them."""

from __future__ import annotations

import pytest
from page_reader import check_decisions, check_headline, check_wards
from toy_run import county_run, write_run

from maps.plan_page import write_plan_page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("county") / "run", county_run())


@pytest.fixture(scope="module")
def page(folder):
    return write_plan_page(folder).read_text(encoding="utf-8")


@pytest.mark.parametrize("check", [check_decisions, check_headline, check_wards])
def test_numbers_are_the_folders(folder, page, check):
    check(folder, page)
