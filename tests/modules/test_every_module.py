"""What every module in the catalogue promises, whoever wrote it."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from drawloom.errors import DrawloomError
from drawloom.modules.parameters import Parameters
from drawloom.modules.registry import module, modules
from drawloom.table import bridge

from .running import parameters, run, work_of
from .samples import SAMPLES, Sample

NAMES = sorted(modules())
WORKING = [name for name in NAMES if module(name).work]
TABLES = [(name, port) for name in SAMPLES for port in SAMPLES[name].tables]
OTHERS: dict[str, list[Any]] = {
    "text": ["a", "b", "a"],
    "text with missing": ["a", None, "c"],
    "double": [1.5, None, -2.0],
    "boolean": [True, False, True],
    "small integer": list(pd.array([1, None, 200], dtype="UInt8")),
    "date-time with zone": list(pd.to_datetime(["2020-01-01", None, "2020-01-02"]).tz_localize("Asia/Tokyo")),
    "date": [date(2020, 1, 1), None, date(2020, 1, 2)],
    "time span": list(pd.to_timedelta([1, None, 3], unit="h")),
    "decimal": [Decimal("1.50"), None, Decimal("2.25")],
    "bytes": [b"a", None, b"b"],
    "list": [[1, 2], None, [3]],
}
COLUMNS = [(name, port, column) for name, port in TABLES for column in SAMPLES[name].tables[port].columns]


def _in_fresh_python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_all_specs_load_without_pandas_numpy_or_pyarrow() -> None:
    heavy = _in_fresh_python(
        "import sys; from drawloom.modules.registry import modules; list(modules().values())\n"
        "print({'pandas', 'numpy', 'pyarrow', 'scipy', 'sklearn'} & set(sys.modules))"
    )
    assert heavy == "set()"


def test_no_work_imports_the_host_side() -> None:
    works = {str(module(name).work).partition(":")[0] for name in WORKING}
    loaded = _in_fresh_python(
        f"import importlib, sys; [importlib.import_module(each) for each in {sorted(works)!r}]\n"
        "print([name for name in sys.modules if name.endswith('.spec') and name.startswith('drawloom')\n"
        "    or name in ('pydantic', 'drawloom.modules.registry', 'drawloom.engine', 'drawloom.sandbox')])"
    )
    assert loaded == "[]"


def test_every_module_with_work_has_a_sample() -> None:
    assert sorted(SAMPLES) == WORKING


@pytest.mark.parametrize("name", NAMES)
def test_is_named_titled_and_documented(name: str) -> None:
    found = module(name)
    assert found.name == name
    assert re.fullmatch(r"[a-z0-9.-]+|sklearn\.\w+", name)
    assert found.title
    assert found.family
    assert found.doc.endswith(".")
    for port in (*found.inputs, *found.outputs):
        assert port.doc.endswith("."), f"port {port.name} has no documentation"


@pytest.mark.parametrize("name", NAMES)
def test_parameters_make_a_form(name: str) -> None:
    model = module(name).parameters
    assert issubclass(model, Parameters)
    schema = model.model_json_schema()
    json.dumps(schema)
    inputs = {port.name for port in module(name).inputs}
    for parameter, shown in schema.get("properties", {}).items():
        assert shown.get("title"), f"{parameter} has no title"
        assert shown.get("description", "").endswith((".", "...")), f"{parameter} has no description"
        assert shown.get("port", "dataset") in {*inputs, "dataset"}
        assert set(shown.get("when", {})) <= set(model.model_fields), (
            f"{parameter} depends on nothing that exists"
        )


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_refused_with_what_there_is(name: str) -> None:
    _, problems = module(name).check({"no_such_parameter": 1})
    (problem,) = [problem for problem in problems if problem.path == ("no_such_parameter",)]
    assert problem.code == "0002"
    assert problem.message == "There is no parameter 'no_such_parameter'."
    assert problem.remedy or not module(name).parameters.model_fields


@pytest.mark.parametrize("name", NAMES)
def test_a_learning_module_gives_out_what_it_learnt(name: str) -> None:
    kinds = {port.kind for port in module(name).outputs}
    assert (module(name).published == "transformation") == ("transformation" in kinds)


@pytest.mark.parametrize("name", WORKING)
def test_work_has_the_seam(name: str) -> None:
    assert list(inspect.signature(work_of(name), follow_wrapped=False).parameters) == [
        "spec",
        "inputs",
        "outputs",
    ]


@pytest.mark.parametrize("name", WORKING)
def test_every_output_is_written_and_reported(name: str) -> None:
    sample = SAMPLES[name]
    result = run(name, sample.params, **sample.inputs())
    assert all(result.files.values())
    assert set(result.report) >= {"conversions", "notes"}
    assert all(isinstance(count, int | float) for count in result.counts.values())
    for port in module(name).outputs:
        if port.kind == "table":
            assert result.counts[f"{port.name}.rows"] == result.arrow(port.name).num_rows


@pytest.mark.parametrize("name", WORKING)
def test_the_same_step_gives_the_same_bytes(name: str) -> None:
    sample = SAMPLES[name]
    first, second = (run(name, sample.params, seed=7, **sample.inputs()).files for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", WORKING)
def test_inputs_are_not_changed_in_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    read = bridge.read_frame

    def watched(fd: int) -> Any:
        frame, conversions = read(fd)
        seen.append((frame, frame.copy(deep=True)))
        return frame, conversions

    monkeypatch.setattr(bridge, "read_frame", watched)
    sample = SAMPLES[name]
    run(name, sample.params, **sample.inputs())
    for after, before in seen:
        pd.testing.assert_frame_equal(after, before)


@pytest.mark.parametrize("name", WORKING)
def test_a_port_with_nothing_connected_is_error_0003(name: str) -> None:
    sample = SAMPLES[name]
    for port in [port.name for port in module(name).inputs if not port.optional]:
        inputs = sample.inputs()
        del inputs[port]
        with pytest.raises(DrawloomError) as caught:
            run(name, sample.params, **inputs)
        assert caught.value.code == "0003"
        assert repr(port) in caught.value.message


@pytest.mark.parametrize(("name", "port"), TABLES)
def test_a_table_without_columns_is_error_0003(name: str, port: str) -> None:
    error = _failure(name, SAMPLES[name], {port: pd.DataFrame()})
    assert error is not None
    assert error.code == "0003"
    _assert_helpful(error, port)


@pytest.mark.parametrize(("name", "port"), TABLES)
def test_no_rows_work_or_give_a_coded_error(name: str, port: str) -> None:
    sample = SAMPLES[name]
    _assert_helpful(_failure(name, sample, {port: sample.tables[port].iloc[:0]}), port)


@pytest.mark.parametrize(("name", "port"), TABLES)
def test_all_missing_works_or_gives_a_coded_error(name: str, port: str) -> None:
    sample = SAMPLES[name]
    missing = {column: values.where(values.isna()) for column, values in sample.tables[port].items()}
    _assert_helpful(_failure(name, sample, {port: pd.DataFrame(missing)}), port)


@pytest.mark.parametrize(("name", "port", "column"), COLUMNS)
def test_a_missing_column_works_or_gives_a_coded_error_that_names_it(
    name: str, port: str, column: str
) -> None:
    sample = SAMPLES[name]
    error = _failure(name, sample, {port: sample.tables[port].drop(columns=column)})
    _assert_helpful(error, port)
    needed = repr(column) in repr(parameters(name, sample.params))
    if needed and error is not None:
        assert error.code == "0001"
        assert repr(column) in error.message
    assert error is not None or not needed


@pytest.mark.parametrize(("name", "port", "column"), COLUMNS)
@pytest.mark.parametrize("kind", OTHERS)
def test_another_type_works_or_gives_a_coded_error_that_names_the_column(
    name: str, port: str, column: str, kind: str
) -> None:
    sample = SAMPLES[name]
    frame = sample.tables[port]
    others = pd.Series([*OTHERS[kind], *OTHERS[kind]][: len(frame)])
    error = _failure(name, sample, {port: frame.assign(**{column: others})})
    _assert_helpful(error, port)
    if error is not None:
        assert repr(column) in error.message


def _failure(name: str, sample: Sample, changed: dict[str, pd.DataFrame]) -> DrawloomError | None:
    """Run the sample with other tables; anything but a DrawloomError fails the test by itself."""
    try:
        run(name, sample.params, **sample.inputs(**changed))
    except DrawloomError as error:
        return error
    return None


def _assert_helpful(error: DrawloomError | None, port: str) -> None:
    if error is not None:
        assert re.fullmatch(r"\d{4}", error.code)
        assert error.code != "1000"
        assert repr(port) in error.message
        assert error.remedy
