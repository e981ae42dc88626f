"""The run store on a real PostgreSQL server: the same as in a file, for a team."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from postgres import OWNER, PASSWORD, Aside, Server, wait_for

from assets.database import read_table
from assets.issues import InputError
from optimise.store import contents, contents_digest, open_store
from tests import toy_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return toy_store.write_runs(tmp_path / "runs")


def collected(url: str, root: Path, **more: Any) -> Any:
    store = open_store(url, root=root, **more)
    store.collect()
    return store


def test_a_server_holds_what_a_file_holds(postgres: Server, root: Path):
    with open_store(root / "runs.sqlite") as file:
        file.collect()
        there = collected(postgres.url(), root)
        assert contents_digest(there) == contents_digest(file)
        for name, table in contents(file).items():
            assert contents(there)[name].equals(table), name
        again = there.collect()
        assert (again.added, again.changed, again.removed) == (0, 0, 0)
        toy_store.write_run(root / "plain", npv_gbp=9e6)
        toy_store.write_failed(root / "more" / "x", "no_plan")
        file.collect()
        assert there.collect().changed == 1
        assert contents_digest(there) == contents_digest(file)
        there.collect(rebuild=True)
        assert contents_digest(there) == contents_digest(file)


ASKED = (
    "status = optimal and gap <= 1%",
    "not npv_gbp > 4.5e6",
    "reason contains 'ALL buildings' or title like 'ti%'",
    "targets.receipts_gbp in (9e6, 12e6) and partners.no_worse_off = true",
    "fire_10.share_after < 0.8 or fire_10.kind is null",
    "A1.decision = dispose and A1.in_use_after = false",
    "finance.base_year != 2026",
    "finance.appraisal_horizons_yr like '%25%' or sweep is not null",
)


@pytest.mark.parametrize("where", ASKED)
def test_filters_find_the_same_runs_as_in_a_file(postgres: Server, root: Path, where: str):
    with open_store(root / "runs.sqlite") as file:
        file.collect()
        there = collected(postgres.url(), root)
        sort = "-npv_gbp,targets.receipts_gbp"
        assert there.runs(where, sort).equals(file.runs(where, sort))
        ours, theirs = vars(file.frames(where, sort)), vars(there.frames(where, sort))
        for name, table in ours.items():
            assert theirs[name].equals(table), name
        assert there.building_counts(where).equals(file.building_counts(where))


def test_a_wrong_password_is_refused_and_not_shown(postgres: Server, root: Path):
    wrong = postgres.url(user=f"{OWNER}:wr0ngWord")
    with pytest.raises(InputError, match=r"database\.login") as refused:
        open_store(wrong, root=root).collect()
    assert "wr0ngWord" not in str(refused.value) and PASSWORD not in str(refused.value)
    store = open_store(postgres.url(), root=root)
    assert PASSWORD not in store.shown and "***" in store.shown


def test_addresses_that_cannot_be_a_store_are_refused(postgres: Server):
    with pytest.raises(InputError, match=r"database\.address"):
        open_store(postgres.url("runs"))
    with pytest.raises(InputError, match=r"database\.schema"):
        open_store(postgres.url(), schema="pg_mine")


def test_a_role_that_may_only_read_reads_and_is_refused_clearly(postgres: Server, root: Path):
    collected(postgres.url(), root)
    postgres.run(
        "DROP ROLE IF EXISTS analyst", "CREATE ROLE analyst LOGIN PASSWORD 'pw'",
        "GRANT USAGE ON SCHEMA groundplan TO analyst",
        "GRANT SELECT ON ALL TABLES IN SCHEMA groundplan TO analyst",
    )  # fmt: skip
    analyst = open_store(postgres.url(user="analyst:pw"), root=root)
    assert len(analyst.runs("status = optimal")) == 2
    with pytest.raises(InputError, match=r"database\.no_right"):
        analyst.collect()
    postgres.run("DROP OWNED BY analyst", "DROP ROLE analyst")


def test_what_is_not_the_stores_is_left_alone(postgres: Server, root: Path):
    postgres.run('CREATE SCHEMA "theirs"', "CREATE TABLE theirs.runs (x int)")
    with pytest.raises(InputError, match=r"store\.not_a_store"):
        collected(postgres.url(), root, schema="theirs")
    assert postgres.run("SELECT count(*) FROM theirs.runs") == [(0,)]


def test_a_team_shares_a_store_under_names(postgres: Server, root: Path, tmp_path: Path):
    other = toy_store.write_runs(tmp_path / "other")
    collected(postgres.url(), root, called="anna")
    bela = collected(postgres.url(), other, called="bela")
    with pytest.raises(InputError, match=r"store\.other_folder"):
        collected(postgres.url(), other, called="anna")
    bela.collect(rebuild=True)
    assert bela.runs("status = feasible")["run_id"].tolist() == [
        "anna/set-batch/scenarios/tight", "bela/set-batch/scenarios/tight",
    ]  # fmt: skip
    counts = bela.building_counts().set_index("asset_id")
    assert counts.loc["A1", ["runs", "kept"]].tolist() == [6, 4]


def test_an_older_store_is_made_anew(postgres: Server, root: Path):
    collected(postgres.url(), root)
    postgres.run("UPDATE groundplan.store_meta SET value = '0' WHERE key = 'schema_version'")
    store = open_store(postgres.url(), root=root)
    with pytest.raises(InputError, match=r"store\.version"):
        store.runs()
    assert "version 0" in store.collect().notes[0] and len(store.runs()) == 4


def test_maps_where_there_is_postgis_and_none_where_not(postgres: Server, root: Path):
    collected(postgres.url(), root)
    with postgres.connect() as connection:
        rows = connection.execute(
            "SELECT asset_id, kept, ST_X(geom), ST_SRID(geom) FROM groundplan.building_counts_map"
        ).fetchall()  # fmt: skip
    assert ("A1", 2, 370100.0, 27700) in rows and ("Z9", 3, None, None) in rows
    postgres.new_database(postgis=False)
    bare = collected(postgres.url(), root)
    assert len(bare.runs()) == 4
    found = postgres.run("SELECT to_regclass('groundplan.building_counts_map')")
    assert found == [(None,)]


WRITER = """
import sys
from pathlib import Path
from optimise.store import open_store
url, root, first, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
with open_store(url, root=root) as store:
    for number in range(first, last):
        store.put(root / f"r{number:03d}")
"""


def test_two_processes_write_and_nothing_is_lost(postgres: Server, tmp_path: Path):
    root = tmp_path / "runs"
    for number in range(40):
        toy_store.write_run(root / f"r{number:03d}", npv_gbp=float(number), asked=number % 7 * 1e6)
    here = Path(__file__).resolve().parent.parent
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                WRITER,
                postgres.url(),
                str(root),
                str(20 * k),
                str(20 * k + 20),
            ],
            cwd=here,
        )
        for k in range(2)
    ]
    assert [process.wait() for process in started] == [0, 0]
    store = open_store(postgres.url(), root=root)
    with open_store(root / "runs.sqlite") as file:
        file.collect()
        assert contents_digest(store) == contents_digest(file)


def test_a_writer_cut_off_leaves_whole_runs_only(postgres: Server, root: Path):
    collected(postgres.url(), root)
    store = open_store(postgres.url(), root=root)
    before = contents_digest(store)
    # Somebody else holds a table: the writer has begun, and waits in the midst of its run.
    with postgres.connect() as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE groundplan.decisions_rows IN ACCESS EXCLUSIVE MODE")
        toy_store.write_run(root / "plain", npv_gbp=9e6)
        aside = Aside(lambda: store.put(root / "plain"))
        (writer,) = wait_for(lambda: postgres.busy("decisions_rows", waiting=True), "the writer")
        postgres.run(f"SELECT pg_terminate_backend({writer})")
        error = aside.wait()
        other.execute("ROLLBACK")
    assert isinstance(error, InputError) and PASSWORD not in str(error)
    assert contents_digest(store) == before
    store.put(root / "plain")
    assert store.runs("run_id = plain")["npv_gbp"].tolist() == [9e6]


def test_a_server_that_dies_is_one_clear_message(spare_postgres: Server, root: Path):
    store = collected(spare_postgres.url(), root)
    before = contents_digest(store)
    spare_postgres.crash()
    with pytest.raises(InputError, match=r"database\.unreachable"):
        store.runs()
    spare_postgres.start()
    assert contents_digest(store) == before


def test_qgis_reads_the_views_of_a_server(postgres: Server, root: Path):
    collected(postgres.url(), root)
    table = read_table(postgres.url("groundplan.building_counts_map"))
    assert table.set_index("asset_id")["kept"].astype(int)["A1"] == 2
