"""The covering script: what it reads, what it prints, and how it refuses."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from assets.issues import InputError
from benchmarks import covering
from benchmarks import covering_files as files

LONG = """site,demand_id,distance_m
A,1,100
A,2,500
B,2,0
B,3,500
B,4,
"""
DEMAND = "demand_id,population\n1,10\n2,20\n3,30\n4,40\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "long.csv").write_text(LONG)
    (tmp_path / "demand.csv").write_text(DEMAND)
    (tmp_path / "wide.csv").write_text("id,A,B\n1,100,\n2,500,0\n3,,500\n4,,\n")
    (tmp_path / "turned.csv").write_text("site,1,2,3,4\nA,100,500,,\nB,,0,500,\n")
    return tmp_path


def run(capsys, *words):
    """(exit status, the JSON printed, what was said on standard error)."""
    old = sys.argv
    sys.argv = ["covering.py", *map(str, words)]
    try:
        status = covering.main()
    except SystemExit as left:
        status = left.code
    finally:
        sys.argv = old
    out, err = capsys.readouterr()
    return status, json.loads(out) if out else None, err


# --- tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize("matrix", ["long.csv", "wide.csv", "turned.csv"])
def test_a_matrix_is_read_whichever_way_it_lies(folder, matrix):
    made = files.matrix_instance(folder / matrix, folder / "demand.csv", files.Columns())
    assert made.demand_ids == ("1", "2", "3", "4")
    assert made.site_ids == ("A", "B")
    inf = np.inf
    assert made.dense().tolist() == [[100, inf], [500, 0], [inf, 500], [inf, inf]]
    assert made.weight.tolist() == [10, 20, 30, 40]


def test_columns_may_be_told(folder):
    (folder / "odd.csv").write_text("u,v,w,x\nA,1,7,1\nB,2,8,2\n")
    (folder / "places.csv").write_text("k,h,g\n1,5,2\n2,6,3\n")
    columns = files.Columns("w", "u", "v", "k", "g")
    made = files.matrix_instance(folder / "odd.csv", folder / "places.csv", columns)
    assert made.weight.tolist() == [2, 3]
    assert made.dense()[0, 0] == 7


def test_sites_that_are_demand_points_too_are_told_by_their_heading(folder):
    (folder / "same.csv").write_text("site,demand,km\n1,1,0\n2,1,3\n2,2,0\n1,2,4\n")
    made = files.matrix_instance(folder / "same.csv", folder / "demand.csv", files.Columns())
    assert made.dense()[:2, :2].tolist() == [[0, 3], [4, 0]]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("long.csv", LONG + "A,1,100\n", "told more than once"),
        ("long.csv", LONG + "A,9,100\n", "not in"),
        ("long.csv", LONG + "A,3,-1\n", "less than nought"),
        ("long.csv", LONG + "A,3,far\n", "holds what is no number"),
        ("long.csv", "site,demand_id,distance_m\n", "has no rows"),
        ("long.csv", "", "is not a CSV table"),
        ("long.csv", "site,demand_id\nx,2\n", "neither a column of distances|not in"),
        ("demand.csv", "demand_id,colour\n1,red\n2,red\n3,red\n4,red\n", "weight"),
        ("demand.csv", "demand_id,population\n1,1\n1,2\n2,2\n3,3\n", "not in|id"),
        ("demand.csv", "demand_id,population\n1,1\n2,\n3,3\n4,4\n", "weight is missing"),
        ("demand.csv", "demand_id,population\nx,1\ny,2\n", "no column of demand.csv"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_line(folder, capsys, name, text, says):
    (folder / name).write_text(text)
    words = ["--matrix", folder / "long.csv", "--demand", folder / "demand.csv", "--sites", 1]
    status, printed, err = run(capsys, "mclp", *words, "--threshold", 500)
    assert (status, printed) == (2, None)
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert any(one in err for one in says.split("|")), err


# --- OR-Library -----------------------------------------------------------------------------

SET_COVER = "3 4\n 5 2 2 4\n 2\n 1 2\n 2\n 2 3\n 1\n 4\n"
BY_COLUMN = "3 4\n 5 1 1\n 2 2 1 2\n 2 1 2\n 4 1 3\n"


@pytest.mark.parametrize("text", [SET_COVER, BY_COLUMN])
def test_set_cover_files_by_row_and_by_column_say_the_same(tmp_path, capsys, text):
    (tmp_path / "f.txt").write_text(text)
    status, printed, _ = run(capsys, "setcover", tmp_path / "f.txt")
    assert status == 0
    assert (printed["objective"], printed["bound"], printed["gap"]) == (6.0, 6.0, 0.0)
    assert printed["chosen"] == ["2", "4"]
    assert printed["status"] == "optimal"
    assert {"read", "build", "solve", "total"} <= set(printed["seconds"])
    assert printed["peak_mb"] > 0


def test_the_last_cost_of_an_edge_counts(tmp_path, capsys):
    (tmp_path / "p.txt").write_text("3 4 1\n1 2 9\n2 3 4\n2 1 1\n1 3 50\n")
    _, printed, _ = run(capsys, "pmedian", tmp_path / "p.txt")
    assert (printed["objective"], printed["chosen"]) == (5.0, ["2"])
    _, printed, _ = run(capsys, "pmedian", tmp_path / "p.txt", "--sites", 2)
    assert printed["objective"] == 1.0


def test_edges_of_no_cost_are_edges(tmp_path, capsys):
    (tmp_path / "p.txt").write_text("3 2 1\n1 2 0\n2 3 4\n")
    _, printed, _ = run(capsys, "pmedian", tmp_path / "p.txt")
    assert printed["objective"] == 4.0


@pytest.mark.parametrize(
    ("model", "text", "says"),
    [
        ("setcover", SET_COVER + " 9", "does not hold 4 costs and 3 lists"),
        ("setcover", SET_COVER.replace(" 4\n", " 7\n"), "covering.file"),
        ("setcover", "3 four", "no number"),
        ("setcover", "3 4\n5 2 2 4\n2 1 2\n2 2 3\n0\n", "not near any site"),
        ("pmedian", "3 5 1\n1 2 9\n", "says 5 edges, and holds 1"),
        ("pmedian", "3 1 1\n1 4 9\n", "not one of 1 to 3"),
        ("pmedian", "3 1 1\n1 2 -9\n", "less than no cost"),
        ("pmedian", "3 1 1\n1 2 9\n", "cannot reach everybody: 2 or more"),
        ("pmedian", "3 2 9\n1 2 9\n2 3 1\n", "9 sites are asked for, of 3"),
        ("pmedian", "", "does not begin"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path, capsys, model, text, says):
    (tmp_path / "f.txt").write_text(text)
    status, printed, err = run(capsys, model, tmp_path / "f.txt")
    assert (status, printed) == (2, None)
    assert err.count("\n") == 1
    assert says in err


@pytest.mark.parametrize(
    "words",
    [
        ["mclp", "--matrix", "m.csv"],
        ["setcover", "nowhere.txt"],
        ["setcover", "x", "--gap", "-1"],
        ["setcover", "x", "--time-limit", "nan"],
        ["elsewhere"],
        [],
    ],
)
def test_a_call_that_makes_no_sense_is_refused_in_one_line(capsys, words):
    status, printed, err = run(capsys, *words)
    assert (status, printed) == (2, None)
    assert err.startswith("error: ")
    assert err.count("\n") == 1


# --- San Francisco and England --------------------------------------------------------------


def san_francisco(shared_data):
    folder = shared_data / "bench_sf"
    return (
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv",
        folder / "SF_demand_205_centroid_uniform_weight.csv",
    )


@pytest.mark.parametrize(
    ("model", "more", "optimum"),
    [
        ("lscp", ["--threshold", 5000], 8.0),
        ("mclp", ["--threshold", 5000, "--sites", 4], 875247.0),
        ("pmedian-matrix", ["--sites", 4], 2848268129.7145),
        ("pcentre-matrix", ["--sites", 4], 7403.063811),
    ],
)
def test_published_optima_of_san_francisco_come_out_proved(
    shared_data, capsys, model, more, optimum
):
    matrix, demand = san_francisco(shared_data)
    status, printed, _ = run(capsys, model, "--matrix", matrix, "--demand", demand, *more)
    assert status == 0
    assert printed["objective"] == pytest.approx(optimum, rel=1e-9)
    assert printed["bound"] == printed["objective"]
    assert (printed["gap"], printed["status"]) == (0.0, "optimal")


def test_the_script_runs_from_the_root(shared_data, repo):
    matrix, _ = san_francisco(shared_data)
    words = ["lscp", "--matrix", str(matrix), "--threshold", "5000"]
    done = subprocess.run(
        [sys.executable, "benchmarks/covering.py", *words],
        cwd=repo,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["objective"] == 8.0
    assert done.stderr == ""


def test_england_has_the_stations_and_people_its_source_tells(shared_data):
    made = files.england(shared_data)
    assert len(made.site_ids) == 1374
    assert len(made.demand_ids) == 32844
    assert made.weight.sum() == 54_728_204
    assert made.distance.data.max() <= 10.0
    assert np.sqrt((made.distance.data**2).max()) > 9.99


def test_england_without_its_files_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        files.england(tmp_path)
