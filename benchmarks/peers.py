"""Other people's routing engines, installed for the benchmarks only and asked in processes apart.

Environments are made under ``.bench/`` (not in version control): OSRM and Valhalla ship wheels for
Python 3.12 and later, so they need such an interpreter (found, or told by ``--python312``); pandana
has an environment of its own beside ours, because it pins older libraries. Whatever cannot be had
raises `NotInstalled` with the reason, and the benchmark goes on without it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / ".bench"
ENGINES = ("osrm-bindings==26.10.0", "pyvalhalla==3.9.1")
PANDANA = ("pandana==0.8",)
WORKER = Path(__file__).resolve().parent / "engine_worker.py"


class NotInstalled(Exception):
    """A peer that is not to be had on this machine, and why."""


def degrees(points: np.ndarray) -> list[list[float]]:
    """EPSG:27700 metres (float64[p, 2]) as [lon, lat], to a centimetre."""
    to = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    return np.column_stack(to.transform(points[:, 0], points[:, 1])).round(7).tolist()


def _works(python: str, least: tuple[int, int]) -> bool:
    check = f"import sys, venv; sys.exit(sys.version_info[:2] < {least})"
    try:
        return subprocess.run([python, "-c", check], capture_output=True).returncode == 0
    except OSError:
        return False


def python312(told: str | None = None) -> str:
    """An interpreter of Python 3.12 or later: the one told, ours, the path's, or pyenv's."""
    if told:
        if _works(told, (3, 12)):
            return told
        raise NotInstalled(f"{told} is no Python of 3.12 or later")
    names = ("python3.12", "python3.13", "python3.14")
    found = [sys.executable, *filter(None, map(shutil.which, names))]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += [str(path) for path in sorted(versions.glob("3.1[2-9]*/bin/python"))]
    for python in found:
        if _works(python, (3, 12)):
            return python
    raise NotInstalled("no Python 3.12 or later found (tell one with --python312)")


def environment(
    name: str,
    interpreter: Callable[[], str],
    packages: tuple[str, ...],
    told: str | None = None,
) -> Path:
    """The interpreter of an environment with the packages, made at the first call.

    It is made again for other packages, or when another interpreter is told.
    """
    folder = BENCH / name
    inside = folder / "bin" / "python"
    stamp = folder / ".ready"
    wanted = " ".join(packages)
    had = stamp.read_text(encoding="utf-8").split("\n") if stamp.is_file() else []
    if had[:1] == [wanted] and told in (None, *had[1:]):
        return inside
    python = interpreter()
    shutil.rmtree(folder, ignore_errors=True)
    BENCH.mkdir(exist_ok=True)
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in ([python, "-m", "venv", str(folder)], [*pip, *packages]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise NotInstalled(f"{wanted}: {last[:160]}")
    stamp.write_text(f"{wanted}\n{told or python}", encoding="utf-8")
    return inside


def engines_python(told: str | None = None) -> Path:
    """The interpreter that has OSRM and Valhalla."""
    return environment("engines", lambda: python312(told), ENGINES, told)


def pandana_python() -> Path:
    """The interpreter that has pandana."""
    return environment("pandana", lambda: sys.executable, PANDANA)


def _run(command: list[str], folder: Path, python: Path) -> str:
    """What a tool of an environment printed; the environment's own tools come first."""
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    if done.returncode:
        tail = (done.stderr + done.stdout).strip().splitlines()[-3:]
        raise NotInstalled(f"{Path(command[0]).name} failed: {' | '.join(tail)[:300]}")
    return done.stdout


def build_osrm(python: Path, pbf: Path, folder: Path) -> tuple[str, float]:
    """OSRM's files of an extract by its stock car profile (contraction); and the seconds taken."""
    home = _package(python, "osrm")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(pbf, folder / "m.osm.pbf")
    start = time.perf_counter()
    profile = str(home / "share" / "profiles" / "car.lua")
    _run([str(home / "bin" / "osrm-extract"), "-p", profile, "m.osm.pbf"], folder, python)
    _run([str(home / "bin" / "osrm-contract"), "m.osrm"], folder, python)
    return str(folder / "m.osrm"), time.perf_counter() - start


def build_valhalla(python: Path, pbf: Path, folder: Path) -> tuple[str, float]:
    """Valhalla's tiles of an extract, settings as they come; and the seconds taken."""
    folder.mkdir(parents=True, exist_ok=True)
    tool = python.parent
    start = time.perf_counter()
    config = [str(tool / "valhalla_build_config"), "--mjolnir-tile-dir", str(folder / "tiles")]
    settings = json.loads(_run(config, folder, python))
    settings["mjolnir"]["tile_extract"] = settings["mjolnir"]["traffic_extract"] = ""
    settings["mjolnir"]["logging"] = {"type": ""}
    path = folder / "valhalla.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    build = [str(tool / "valhalla_build_tiles"), "-c", str(path), str(pbf.resolve())]
    _run(build, folder, python)
    return str(path), time.perf_counter() - start


def _package(python: Path, name: str) -> Path:
    ask = f"import importlib.util as u; print(u.find_spec({name!r}).submodule_search_locations[0])"
    said = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True)
    return Path(said.stdout.strip())


def ask(python: Path, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Let the worker do a job (see `engine_worker`) and give its answer."""
    folder.mkdir(parents=True, exist_ok=True)
    question, answer = folder / f"{job['engine']}_job.json", folder / f"{job['engine']}_answer.json"
    question.write_text(json.dumps(job), encoding="utf-8")
    _run([str(python), str(WORKER), str(question), str(answer)], folder, python)
    return dict(json.loads(answer.read_text(encoding="utf-8")))
