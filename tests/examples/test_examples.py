"""Each example gives what it says: called as a plain function, and run by the command behind walls."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def examples(checkout: Path) -> Path:
    """The folder of the examples."""
    return checkout / "examples"


@pytest.fixture
def run(drawloom: Path, examples: Path, tmp_path: Path) -> Run:
    """Run an example behind walls, keep its files in `tmp_path/out`, and give its record."""

    def call(script: str, *words: str | Path) -> dict[str, Any]:
        command = [drawloom, "run", examples / script, *words, "--out", tmp_path / "out", "--json"]
        done = subprocess.run(command, cwd=examples, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        record: dict[str, Any] = json.loads(done.stdout)
        return record

    return call


@pytest.fixture
def function(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Callable[..., Any]]:
    """Load an example's function as any test would, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")

    def load(script: str) -> Callable[..., Any]:
        main: Callable[..., Any] = runpy.run_path(str(examples / script))["azureml_main"]
        return main

    return load


def test_expressions_are_evaluated(run: Run, examples: Path, tmp_path: Path) -> None:
    record = run("expressions/evaluate.py", "--dataset1", examples / "expressions/expressions.csv")
    assert [column["name"] for column in record["dataset"]["columns"]] == ["expression", "result"]
    assert pd.read_csv(tmp_path / "out/dataset.csv")["result"].tolist() == [2, 14, 1024, 3.5, 2]


@pytest.mark.parametrize("form", ["folder", "zip", "zip of the folder"])
def test_the_bundle_of_hello_is_importable(run: Run, examples: Path, tmp_path: Path, form: str) -> None:
    bundle = examples / "hello/Hello"
    if form == "zip":
        bundle = Path(shutil.make_archive(str(tmp_path / "Hello"), "zip", root_dir=bundle))
    elif form == "zip of the folder":
        archive = tmp_path / "Hello.zip"
        subprocess.run([sys.executable, "-m", "zipfile", "-c", archive, bundle], check=True)
        bundle = archive
    run("hello/say_hello.py", "--bundle", bundle)
    assert (tmp_path / "out/stdout.txt").read_text() == "Hello World!\n"


def test_two_inputs_arrive_in_their_order(run: Run, examples: Path, tmp_path: Path) -> None:
    folder = examples / "two_inputs"
    run("two_inputs/join.py", "--dataset1", folder / "orders.csv", "--dataset2", folder / "customers.csv")
    totals = pd.read_csv(tmp_path / "out/dataset.csv")
    assert list(totals.itertuples(index=False, name=None)) == [
        ("Cleo", "Krefeld", 310.0),
        ("Ada", "Lyon", 162.75),
        ("Bert", "Coventry", 95.75),
    ]


def test_the_scatter_matrix_is_a_picture(run: Run, examples: Path, tmp_path: Path) -> None:
    record = run("scatter/scatter_matrix.py", "--dataset1", examples / "pima/pima.csv")
    assert [picture["name"] for picture in record["graphics"]] == ["scatter.png"]
    assert (tmp_path / "out/graphics/scatter.png").read_bytes().startswith(b"\x89PNG")


def test_the_pima_data_are_whole(examples: Path) -> None:
    pima = pd.read_csv(examples / "pima/pima.csv")
    assert pima.shape == (768, 9)
    assert pima["diabetes"].value_counts().to_dict() == {"neg": 500, "pos": 268}
    assert not pima.isna().any().any()


def test_glucose_ranks_first_and_the_ranking_is_plotted(run: Run, examples: Path, tmp_path: Path) -> None:
    record = run("pima/rank_features.py", "--dataset1", examples / "pima/pima.csv")
    ranking = pd.read_csv(tmp_path / "out/dataset.csv")
    assert len(ranking) == 8
    assert ranking["feature"][0] == "glucose"
    assert ranking["importance"].is_monotonic_decreasing
    assert ranking["importance"].sum() == pytest.approx(1)
    assert [picture["name"] for picture in record["graphics"]] == ["importances.png"]


def test_the_ranking_is_the_same_to_the_bit_when_the_function_is_called_here(
    run: Run, function: Callable[[str], Callable[..., Any]], examples: Path, tmp_path: Path
) -> None:
    run("pima/rank_features.py", "--dataset1", examples / "pima/pima.csv")
    walled = pd.read_parquet(tmp_path / "out/dataset.parquet")
    (here,) = function("pima/rank_features.py")(pd.read_csv(examples / "pima/pima.csv"))
    pd.testing.assert_frame_equal(walled, here, check_exact=True)


def test_a_model_trained_by_one_script_scores_in_another(run: Run, examples: Path, tmp_path: Path) -> None:
    pima = examples / "pima/pima.csv"
    record = run("model/train.py", "--dataset1", pima)
    assert "model" in record["objects"]
    trained = (tmp_path / "out").rename(tmp_path / "trained")
    run("model/predict.py", "--dataset1", pima, "--input", f"model={trained / 'model.pkl'}")
    scored = pd.read_csv(tmp_path / "out/dataset.csv")
    assert len(scored) == 768
    assert (scored["diabetes"] == scored["scored_label"]).mean() > 0.8
