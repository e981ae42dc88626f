"""The pure parts of a batch: pace, words, claims, what stands and what is left over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assets.issues import InputError, Issue
from optimise.batch.claims import claim_path, claimed
from optimise.batch.failed import failure_of
from optimise.batch.result import BatchResult, Row, closing_words, counts_table, extremes_table
from optimise.batch.standing import Standing, clear_leftovers
from optimise.batch.told import LATELY, Pace, Told, span
from optimise.faults import ImpossibleError
from tests.dask_processes import ROOT


def test_the_pace_is_of_those_finished_lately() -> None:
    pace = Pace(0.0)
    assert pace.per_s() == 0.0
    for now in (2.0, 4.0):
        pace.finished(now)
    assert pace.per_s() == 0.5
    for n in range(LATELY):
        pace.finished(4.0 + 0.1 * (n + 1))
    assert pace.per_s() == pytest.approx(10.0)


def test_the_line_tells_rate_and_time_left() -> None:
    told = Told(10, 2, 3, 1, per_min=6.0, left_s=40.0, workers=1)
    assert told.line() == (
        "6 of 10 done, 1 without a plan, 2 from before, 6.0 a minute, about 40 s left, 1 worker"
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [(89.4, "89 s"), (90, "2 min"), (3600, "60 min"), (5400, "1 h 30 min")]
)
def test_a_time_in_words(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_best_and_worst_look_the_right_way() -> None:
    def row(name: str, npv: float, capital: float) -> Row:
        figures = {"npv_gbp": npv, "capital_gbp": capital}
        return Row(name, name, name, Standing("optimal", "k", figures=figures), executed=1)

    rows = (
        row("base", 9.0, 9.0),
        row("a", 5.0, 1.0),
        row("b", 7.0, 3.0),
        Row("c", "", "c", Standing()),
    )
    made = BatchResult(Path("x"), rows, stopped="interrupted", interrupted=True)
    assert extremes_table(made) == [
        ("Net present value", "£7 (b)", "£5 (a)"),
        ("Capital", "£1 (a)", "£3 (b)"),
    ]
    assert [r[:2] for r in counts_table(made)] == [("optimal", "2"), ("—", "1")]
    assert closing_words(made)[-1] == "1 are left: the same command goes on with them."
    assert not made.complete and made.unfinished == 1


def test_a_failure_keeps_the_words_of_the_refusal() -> None:
    refused = ImpossibleError((Issue("r.x", "no fire engine", ("A",), "build one"),))
    made = failure_of(refused)
    assert (made.status, made.reason, made.passing) == ("impossible", "no fire engine", False)
    assert made.issues[0]["remedy"] == "build one"
    disk = InputError(Issue("run.cannot_write", "no space left", (), ""))
    assert (failure_of(disk).status, failure_of(disk).passing) == ("fault", True)
    assert failure_of(InputError(Issue("x", "bad"))).status == "bad_input"
    assert failure_of(OSError("gone")).passing


HOLDER = """
import sys, time
from pathlib import Path
from optimise.batch.claims import claimed
with claimed(Path(sys.argv[1]), patience_s=0) as claim:
    claim.note(session="s", began=1)
    print("mine", flush=True)
    time.sleep(600)
"""


def test_a_claim_is_one_process_s_and_free_when_it_is_killed(tmp_path: Path) -> None:
    path = claim_path(tmp_path, "a")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == b"mine\n"
        with claimed(path, patience_s=0.0) as claim:
            assert claim is None, "somebody is at it"
    finally:
        process.kill()
        process.communicate()
    with claimed(path, patience_s=5.0) as claim:
        assert claim is not None
        path.write_bytes(path.read_bytes() + b'\n{"session": "s", "en')  # cut short
        assert claim.history("s") == [{"session": "s", "began": 1}]
        assert claim.history("other") == []
        claim.note(session="s", ended="optimal")
        assert claim.history("s")[-1] == {"session": "s", "ended": "optimal"}


def test_leftovers_of_others_with_a_like_name_are_left_alone(tmp_path: Path) -> None:
    for name in (".a.x1y2z3w4", ".a.b.x1y2z3w4", ".a.old-77", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps({}))
    clear_leftovers(tmp_path / "a")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".a.b.x1y2z3w4", "a"]


def test_what_a_killed_process_half_made_is_removed_and_nothing_of_others(tmp_path: Path) -> None:
    mine = [".s-1.abc", "..s-1.abc.def", ".s-1.old-77"]
    others = ["s-1", ".s-10.abc", "s-1.b", ".s-1.b.abc", "..s-1.b.abc.def", "..s-10.abc.def"]
    for name in mine + others:
        (tmp_path / name).mkdir()
    clear_leftovers(tmp_path / "s-1")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(others)
