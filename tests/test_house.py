"""The habits of the house that can be checked by reading it (CONTRIBUTING.md says why)."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests import components

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("assets", "coverage", "optimise", "maps")
TESTED = (*PACKAGES, "app", "benchmarks", "data", "house")
FORBIDDEN = {"coverage", "pytest-cov", "numba"}
MAX_BODY_LINES = 40
# The few names conda-forge spells differently.
PYPI_NAME = {"pyosmium": "osmium", "dask-core": "dask"}


def normal(name: str) -> str:
    """A package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def sources(*, tests: bool = False) -> list[Path]:
    """app.py, the files of the four packages and, where asked, the tests."""
    files = [ROOT / "app.py", *(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))]
    files += [ROOT / "conftest.py", *(ROOT / "tests").glob("*.py")] if tests else []
    return sorted(files)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> set[str]:
    """Every module a file imports from outside its own package, in full."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def pins() -> dict[str, dict[str, str]]:
    """Section of requirements.txt (direct, transitive) -> package -> pinned version."""
    found: dict[str, dict[str, str]] = {}
    section = ""
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"# --- (direct|transitive)", line):
            section = heading[1]
        elif text := line.split("#")[0].strip():
            name, _, version = text.partition("==")
            found.setdefault(section, {})[normal(name)] = version
    return found


def all_pins() -> dict[str, str]:
    return pins()["direct"] | pins()["transitive"]


def python(*words: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"


# --- the environment ---------------------------------------------------------------------


def test_requirements_are_exact_versions_and_nothing_else():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    bare = [text for line in lines if (text := line.split("#")[0].strip())]
    odd = [text for text in bare if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", text)]
    assert not odd, "no options, hosts, hashes, ranges or markers in requirements.txt"
    assert len(bare) == len({normal(text.split("==")[0]) for text in bare}), "pinned twice"


def test_every_package_a_pinned_one_needs_is_pinned_too():
    known = all_pins()
    missing = set()
    for name in known:
        for text in importlib.metadata.requires(name) or []:
            need = Requirement(text)
            wanted = need.marker is None or need.marker.evaluate({"extra": ""})
            if wanted and normal(need.name) not in known:
                missing.add(f"{need.name} (for {name})")
    assert not sorted(missing)


def test_no_transitive_pin_is_left_over():
    known = all_pins()
    needed = {
        normal(Requirement(text).name)
        for name in known
        for text in importlib.metadata.requires(name) or []
    }
    assert not sorted(set(pins()["transitive"]) - needed)


def test_conda_gets_the_same_direct_packages_and_versions():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    from_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    conda = dict(
        re.split("=", e) for e in listed if isinstance(e, str) and "=" in e and " " not in e
    )
    conda = {normal(PYPI_NAME.get(name, name)): version for name, version in conda.items()}
    pip = {normal(name): version for name, version in (entry.split("==") for entry in from_pip)}
    direct = pins()["direct"]

    assert not set(conda) & set(pip)
    assert set(conda) | set(pip) == set(direct)
    assert pip == {name: direct[name] for name in pip}
    apart = {name: (version, direct[name]) for name, version in conda.items()
             if not f"{direct[name]}.".startswith(f"{version}.")}  # fmt: skip
    assert not apart
    assert "python >=3.11,<3.14" in listed


def test_packages_that_bring_coverage_py_are_absent():
    installed = {normal(d.metadata["Name"]) for d in importlib.metadata.distributions()}
    assert not FORBIDDEN & installed
    assert not FORBIDDEN & set(all_pins())


def test_whatever_the_code_imports_is_a_direct_requirement():
    owners = importlib.metadata.packages_distributions()
    direct = set(pins()["direct"])
    undeclared = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in sources(tests=True)
        for module in {name.split(".")[0] for name in imported(path)}
        if module not in PACKAGES and not direct & {normal(d) for d in owners.get(module, direct)}
    }
    assert not sorted(undeclared)


# --- a package called coverage -----------------------------------------------------------


def test_coverage_is_our_package():
    found = importlib.import_module("coverage").__file__
    assert found is not None
    assert Path(found).resolve().parent == ROOT / "coverage"


def test_another_coverage_stops_the_tests_with_one_clear_line(tmp_path):
    elsewhere, clone = tmp_path / "elsewhere", tmp_path / "clone"
    (elsewhere / "coverage").mkdir(parents=True)
    (elsewhere / "coverage" / "__init__.py").touch()
    clone.mkdir()
    shutil.copy(ROOT / "conftest.py", clone)
    (clone / "test_nothing.py").write_text("def test_nothing(): pass\n")

    refused = python("-m", "pytest", "-q", cwd=clone, PYTHONPATH=str(elsewhere))
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert refused.stderr.count("\n") <= 2
    assert "`import coverage` does not find Groundplan's own package" in refused.stderr

    (clone / "coverage").mkdir()
    (clone / "coverage" / "__init__.py").touch()
    accepted = python("-m", "pytest", "-q", cwd=clone, PYTHONPATH=str(elsewhere))
    assert accepted.returncode == pytest.ExitCode.OK, accepted.stdout + accepted.stderr


# --- the shape of the code ---------------------------------------------------------------


def test_imports_run_one_way():
    seen = python("-c", LINT_IMPORTS)
    assert seen.returncode == 0, seen.stdout + seen.stderr


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("assets/read.py", "import maps", "Imports run one way"),
        ("coverage/times.py", "from optimise import plan", "Imports run one way"),
        ("maps/page.py", "import app", "No package knows the command line"),
        ("coverage/reach.py", "import pulp", "Only optimise builds and solves programs"),
        ("optimise/plan.py", "import folium", "Only maps draws"),
    ],
)
def test_an_import_the_wrong_way_is_noticed(tmp_path, module, line, broken):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "app.py").touch()
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "optimise" / "plan.py").touch()
    (tmp_path / module).write_text(f"{line}\n")

    seen = python("-c", LINT_IMPORTS, cwd=tmp_path)
    assert seen.returncode == 1
    assert re.search(rf"{broken}.* BROKEN", seen.stdout), seen.stdout


def test_the_audit_owes_nothing_to_the_solver():
    """It must find what the model got wrong, so it may share no code with the model."""
    model = ("solve", "engine", "decisions", "objectives", "constraints", "configurations")
    files = [ROOT / "optimise" / "outcome.py", *sorted((ROOT / "optimise" / "audit").glob("*.py"))]
    assert len(files) > 4
    for file in files:
        names = imported(file)
        assert not {name.split(".")[0] for name in names} & {"pulp", "highspy"}, file
        borrowed = [
            n for n in sorted(names) if n.startswith("optimise.") and n.split(".")[1] in model
        ]
        assert not borrowed, (file, borrowed)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last, blank ones and all."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_body_lines_leaves_out_the_docstring_only():
    text = 'def f(\n    a,\n):\n    """Say.\n\n    More.\n    """\n    b = a\n\n    return b\n'
    assert body_lines(ast.parse(text).body[0]) == 3
    assert body_lines(ast.parse('def f():\n    """Say."""\n').body[0]) == 0


def test_function_bodies_are_short():
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {body_lines(function)} lines"
        for path in sources()
        for function in functions(path)
        if body_lines(function) > MAX_BODY_LINES
    ]
    assert not long


def test_only_the_command_line_prints():
    talkative = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if path != ROOT / "app.py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Name) and node.id == "print"
    ]
    assert not talkative


def test_tests_are_flat_and_named_after_what_they_test():
    found = sorted((ROOT / "tests").rglob("test_*.py"))
    deep = [str(path.relative_to(ROOT)) for path in found if path.parent != ROOT / "tests"]
    named = re.compile(rf"test_({'|'.join(TESTED)})(_\w+)?\.py")
    assert not deep
    assert not [path.name for path in found if not named.fullmatch(path.name)]


DRAWS = """
    import odd_constants
    from hypothesis import given, strategies as st

    @given(st.integers(), st.text())
    def test_draws(number, words):
        with open(__file__ + ".drawn", "a", encoding="utf-8") as out:
            print(number, ascii(words), file=out)
"""


def test_examples_do_not_depend_on_what_else_was_loaded(tmp_path):
    """A test must not meet an example in CI because other tests ran before it there."""
    drawn = []
    for constants in ("", "ODD = (731_773, -99_991, 'sesquipedalian')"):
        folder = tmp_path / f"draws{len(drawn)}"
        folder.mkdir()
        (folder / "odd_constants.py").write_text(constants, encoding="utf-8")
        (folder / "test_draws.py").write_text(textwrap.dedent(DRAWS), encoding="utf-8")
        asked = ["-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), str(folder)]
        paths = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests"), str(folder)]),
        }
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *asked], cwd=ROOT, env=paths, check=True
        )
        drawn.append((folder / "test_draws.py.drawn").read_text(encoding="utf-8"))
    assert drawn[0] == drawn[1]


def test_a_warning_is_an_error():
    with pytest.raises(UserWarning, match="not to be overlooked"):
        warnings.warn("not to be overlooked", stacklevel=1)


# --- rules of the program ----------------------------------------------------------------


def family_names() -> list[str]:
    families = importlib.import_module("optimise.constraints").FAMILIES
    return [family.__name__.rsplit(".", 1)[-1] for family in families]


def test_every_constraint_family_has_a_golden_program():
    names = family_names()
    golden = ROOT / "tests" / "golden"
    assert names
    assert not [name for name in names if not (golden / f"{name}.lp").is_file()]


def test_every_constraint_family_is_listed_once():
    """A family is a module with an ``add``; one that is written but not listed rules nothing."""
    families = {
        path.stem
        for path in (ROOT / "optimise" / "constraints").glob("*.py")
        if any(isinstance(n, ast.FunctionDef) and n.name == "add" for n in parsed(path).body)
    }
    assert sorted(family_names()) == sorted(families)


# --- commands and components -------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("plan", "app.py plan"),
        ("test", "-m pytest"),
        ("lint", "ruff check"),
        ("lint", "ruff format --check"),
        ("lint", "mypy"),
        ("lint", "lint-imports"),
        ("bench", "benchmarks/"),
    ],
)
def test_make_sets_up_and_then_runs(target, command):
    components.require(shutil.which("make") is not None, "needs make")
    outer = {name: "" for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    seen = subprocess.run(
        ["make", "--dry-run", "--always-make", target, "PYTHON=python3.12"],
        cwd=ROOT,
        env={**os.environ, **outer},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    steps = ["python3.12 -m venv .venv", "pip install", "-r requirements.txt", command]
    places = [seen.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_every_benchmark_make_names_is_there():
    listed = re.search(r"^BENCHMARKS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert listed is not None
    assert not [n for n in listed[1].split() if not (ROOT / "benchmarks" / f"{n}.py").is_file()]


def test_continuous_integration_is_a_runnable_script():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    bash = shutil.which("bash")
    components.require(bash is not None, "needs bash")
    assert subprocess.run([bash, "-n", script], check=False).returncode == 0


def test_an_absent_component_skips_here_and_fails_where_required(monkeypatch):
    monkeypatch.delenv("GROUNDPLAN_REQUIRE_COMPONENTS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs a tide table"):
        components.require(False, "needs a tide table")

    monkeypatch.setenv("GROUNDPLAN_REQUIRE_COMPONENTS", "1")
    with pytest.raises(pytest.fail.Exception, match="needs a tide table"):
        components.require(False, "needs a tide table")
    components.require(True, "needs nothing")
