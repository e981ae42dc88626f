"""docs/store.md lists every column, and what it tells an analyst to run can be run."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from optimise.store import open_store
from optimise.store.contents import LEFT_OUT
from optimise.store.describe import tables_markdown
from tests import toy_store


def blocks(repo: Path, language: str) -> list[str]:
    text = (repo / "docs" / "store.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = toy_store.write_runs(tmp_path / "runs")
    with open_store(root / "runs.sqlite") as store:
        store.collect()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_tables_are_as_the_schema_says(repo: Path):
    text = (repo / "docs" / "store.md").read_text(encoding="utf-8")
    assert text.endswith(tables_markdown()), "write the tables of docs/store.md again"
    for table, columns in LEFT_OUT.items():
        for column in columns:
            assert f"`{table}.{column}`" in text


def test_the_sql_answers_its_questions(repo: Path, here: Path):
    first, counts, batch, asked = blocks(repo, "sql")
    store = sqlite3.connect("runs/runs.sqlite")
    assert [row[0] for row in store.execute(first)] == ["plain", "set-batch/base"]
    found = [(row[0], row[2], row[3]) for row in store.execute(counts)]
    assert found == [("A3", 3, 3), ("Z9", 3, 3), ("A1", 2, 3), ("N1", 2, 3), ("A2", 0, 3)]
    assert ("A1", 1, 2) in store.execute(batch).fetchall()
    assert store.execute(asked).fetchall() == [(9e6, 5e6, 2), (12e6, 3.5e6, 1), (9e9, None, 1)]
    store.close()


def test_the_pandas_runs(repo: Path, here: Path, capsys: pytest.CaptureFixture[str]):
    exec("\n".join(blocks(repo, "python")), {})
    told = capsys.readouterr().out
    assert re.search(r"plain +5000000\.0", told)
    assert re.search(r"A1 +2 +3 +0\.666667", told)
    assert re.search(r"1\.20*e\+07 +3500000\.0", told)
