"""The load run at a small size: everything it checks, and nothing about how long it takes."""

import load


def test_small_load(tmp_path):
    results = load.run(tmp_path / "data", services=120, workers=2, rounds=1, compared=2, connections=4, repeats=1)
    assert results["creates/s"].keys() == {"trellis", "moto"}
    assert results["written while listing"] > 0
