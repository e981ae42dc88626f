"""`plan.html` as a file: what stands in it, for whom, and what can never stand in it."""

from __future__ import annotations

import re

import pytest
from toy_run import HOSTILE, hostile_run, small_run, write_run

from assets.issues import InputError
from maps import plan_page, runs, sections
from maps.tables.table import cells


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("small") / "run", small_run())


def test_same_run_gives_the_same_bytes(small):
    run = runs.read_run(small)
    assert plan_page.plan_page(run) == plan_page.plan_page(runs.read_run(small))


def test_headline_label_and_audience_stand_on_the_page(small):
    page = plan_page.plan_page(runs.read_run(small))
    assert "Proposal for consultation" in page
    assert plan_page.AUDIENCE_WORDS["exempt"] in page
    assert plan_page.AUDIENCE_WORDS["public"] not in page


def test_every_table_is_on_the_page_with_every_row(small):
    run = runs.read_run(small)
    page = plan_page.plan_page(run)
    made = sections.all_tables(run)
    assert {"decisions"} <= {table.table_id for table in made}
    for table in made:
        if table.rows:
            body = page.split(f'id="data-{table.table_id}"')[1].split("</table>")[0]
            assert body.count("<tr") == len(table.rows) + 1
            assert body.count("<td") == len(table.rows) * (len(table.columns) - 1)


def test_table_ids_are_unique(small):
    ids = [table.table_id for table in sections.all_tables(runs.read_run(small))]
    assert len(ids) == len(set(ids))


def test_rows_have_only_keys_of_columns_or_of_what_they_choose(small):
    for table in sections.all_tables(runs.read_run(small)):
        for column in table.columns:
            assert all(column.key in row for row in table.rows), (table.table_id, column.key)


def test_columns_left_off_paper_are_named_and_hidden_on_it_alone(small):
    page = plan_page.plan_page(runs.read_run(small))
    table = next(t for t in sections.all_tables(runs.read_run(small)) if t.table_id == "wards")
    rules = re.search(r"<style>(@media print \{[^<]*)</style>", page).group(1)
    for number, column in enumerate(table.columns, start=1):
        assert (f"#data-wards tr > :nth-child({number})," in f"{rules},".replace(" {", ",")) == (
            not column.paper
        )
    named = re.findall(r"only-paper\">Not printed, but on the page: ([^<]*)\.<", page)
    assert "; ".join(column.label for column in table.off_paper) in named


def test_page_fetches_nothing(small):
    page = plan_page.plan_page(runs.read_run(small))
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    links = re.findall(r'(?:src|href)="([^"#]+)"', markup)
    assert [link for link in links if not link.startswith("data:")] == []
    assert "@import" not in page


def test_text_from_data_is_never_markup(tmp_path):
    folder = write_run(tmp_path / "run", hostile_run())
    page = plan_page.plan_page(runs.read_run(folder))
    for text in HOSTILE:
        if "<" in text:
            assert text not in page
    assert page.count("</script>") == page.count("<script")


def test_cells_sort_by_number_and_say_what_they_choose(small):
    run = runs.read_run(small)
    table = next(t for t in sections.all_tables(run) if t.table_id == "decisions")
    index = [c.key for c in table.columns].index("receipt_gbp")
    for row, shown in zip(table.rows, cells(table), strict=True):
        assert shown[0].picks == ("building", row["asset_id"])
        if row["receipt_gbp"] is not None:
            assert float(shown[index].sort) == row["receipt_gbp"]


def test_page_of_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="run.missing_file"):
        plan_page.write_plan_page(tmp_path)
