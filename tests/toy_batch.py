"""Sets of the toy county's scenarios: each asks for other receipts, and one line says the rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from optimise.scenario import load_scenario
from optimise.variants import ScenarioSet, Variant
from tests import toy_county

KEY = "targets.receipts_gbp"


def toy_file(tmp_path: Path, **changes: Any) -> Path:
    folder = tmp_path / "toy"
    folder.mkdir(exist_ok=True)
    return toy_county.write(folder, **changes)


def receipts_set(path: Path, receipts: Iterable[float], *settings: str) -> ScenarioSet:
    """The base, and a scenario for each target of receipts; ``s-00`` and so on."""
    base = load_scenario(path, settings=settings)
    variants = tuple(
        variant(path, f"s-{n:02d}", ((KEY, value),), settings) for n, value in enumerate(receipts)
    )
    return ScenarioSet("toy", str(path), base, variants)


def variant(
    path: Path, name: str, changed: tuple[tuple[str, Any], ...], settings: Iterable[str] = ()
) -> Variant:
    texts = [f"{key}={json.dumps(value)}" for key, value in changed]
    return Variant(
        name, f"Scenario {name}", (), changed, "receipts",
        load_scenario(path, settings=[*settings, *texts]),
    )  # fmt: skip


def executions(folder: Path) -> Counter[str]:
    """How often each scenario was worked on to its end, by the claims on the disk."""
    found: Counter[str] = Counter()
    for path in sorted((folder / ".claims").glob("*.claim")):
        lines = [json.loads(line) for line in path.read_text().split("\n") if line.strip()]
        found[path.stem] = sum("ended" in line for line in lines)
    return found


def statuses(folder: Path) -> dict[str, str]:
    """Status of every scenario's folder."""
    found = {}
    for place in sorted((folder / "scenarios").glob("[!.]*")):
        names = [name for name in ("run.json", "failed.json") if (place / name).exists()]
        assert len(names) == 1, f"{place} holds {names}"
        found[place.name] = json.loads((place / names[0]).read_text())["status"]
    return found


def half_made(folder: Path) -> list[str]:
    """Folders that somebody began and did not finish."""
    return [p.name for p in (folder / "scenarios").glob(".*")]
