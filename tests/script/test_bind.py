"""What is connected meets what the function takes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawloom.errors import InputError
from drawloom.script.bind import bind

from .running import form

HEAD = "import pandas as pd\nfrom typing import *\n"


def called(parameters: str, *tables: str, objects: tuple[str, ...] = (), **params: Any) -> dict[str, Any]:
    """Give the local variables of a function of these parameters, called with the names of the ports."""
    signature = form(f"{HEAD}def azureml_main({parameters}): ...")
    binding = bind(signature, tables, objects, params)
    space: dict[str, Any] = {}
    exec(f"{HEAD}def azureml_main({parameters}): return dict(locals())", space)
    names = {name: f"<{name}>" for name in (*tables, *objects)}
    return dict(binding.call(space["azureml_main"], names))


def notes(parameters: str, *tables: str) -> tuple[str, ...]:
    return bind(form(f"{HEAD}def azureml_main({parameters}): ..."), tables).notes


def test_the_first_connected_port_is_the_first_parameter() -> None:
    assert called("a, b", "dataset1", "dataset2") == {"a": "<dataset1>", "b": "<dataset2>"}
    assert called("a=None, b=None", "dataset2") == {"a": "<dataset2>", "b": None}


def test_an_unconnected_table_is_none() -> None:
    assert called("a, b") == {"a": None, "b": None}
    assert called("a, b, cutoff=1", "dataset1", cutoff="2") == {"a": "<dataset1>", "b": None, "cutoff": 2}


def test_no_parameters_are_called_with_none() -> None:
    assert called("") == {}
    assert notes("", "dataset1") == ("dataset1 is connected but not passed: the function takes no table.",)


def test_an_extra_table_is_not_passed_and_the_report_says_so() -> None:
    assert called("a", "dataset1", "dataset2") == {"a": "<dataset1>"}
    assert notes("a", "dataset1", "dataset2") == (
        "dataset2 is connected but not passed: the function takes one table.",
    )


def test_star_takes_all_tables() -> None:
    assert called("*tables", "dataset1", "dataset2", "dataset3") == {
        "tables": ("<dataset1>", "<dataset2>", "<dataset3>")
    }
    assert called("a, *rest", "dataset1", "dataset2") == {"a": "<dataset1>", "rest": ("<dataset2>",)}
    assert called("a, n=3, *rest", "dataset1", "dataset2") == {
        "a": "<dataset1>",
        "n": 3,
        "rest": ("<dataset2>",),
    }


def test_annotated_tables_are_mapped_by_name() -> None:
    parameters = "left: pd.DataFrame, right: pd.DataFrame"
    assert called(parameters, "right", "left") == {"left": "<left>", "right": "<right>"}
    assert called("left: pd.DataFrame = None, right: pd.DataFrame = None", "right") == {
        "left": None,
        "right": "<right>",
    }


def test_annotated_tables_also_take_the_usual_ports_in_order() -> None:
    parameters = "left: pd.DataFrame, right: pd.DataFrame | None = None"
    assert called(parameters, "dataset1", "dataset2") == {"left": "<dataset1>", "right": "<dataset2>"}


def test_tables_without_annotation_come_first_in_order() -> None:
    assert called("named: pd.DataFrame | None, plain", "dataset1") == {"named": None, "plain": "<dataset1>"}


def test_the_own_name_of_a_parameter_works_without_annotation() -> None:
    assert called("customers, orders", "orders", "customers") == {
        "customers": "<customers>",
        "orders": "<orders>",
    }


def test_a_required_annotated_table_that_is_not_connected_is_an_error() -> None:
    with pytest.raises(InputError, match="Error 0003: The required input 'left' is missing"):
        called("left: pd.DataFrame")
    assert called("left: pd.DataFrame | None") == {"left": None}


def test_an_unknown_port_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"no input port 'custmers'.*Is 'customers' meant"):
        called("customers: pd.DataFrame = None", "custmers")


def test_objects_go_by_name() -> None:
    assert called("df, model: object", "dataset1", objects=("model",)) == {
        "df": "<dataset1>",
        "model": "<model>",
    }
    assert called("df, model", "dataset1", objects=("model",)) == {"df": "<dataset1>", "model": "<model>"}
    assert called("model: object = None") == {"model": None}


def test_a_required_object_that_is_missing_is_an_error() -> None:
    with pytest.raises(InputError, match="0003"):
        called("model: object")


def test_an_object_for_a_table_is_an_error() -> None:
    with pytest.raises(InputError, match="'df' takes a table"):
        called("df: pd.DataFrame", objects=("df",))


def test_a_table_may_go_where_an_object_is_taken() -> None:
    assert called("thing: object", "thing") == {"thing": "<thing>"}


def test_keyword_only_and_positional_only_parameters() -> None:
    assert called("a, /, b, *, cutoff=0.5", "dataset1", "dataset2", cutoff=1) == {
        "a": "<dataset1>",
        "b": "<dataset2>",
        "cutoff": 1.0,
    }
    assert called("n=1, m=2, /", m=3) == {"n": 1, "m": 3}


def test_defaults_of_the_script_are_kept() -> None:
    assert called("a=None, columns=('x',), cutoff=0.5", "dataset1", cutoff="0.7") == {
        "a": "<dataset1>",
        "columns": ("x",),
        "cutoff": 0.7,
    }


def test_double_star_takes_other_names() -> None:
    assert called("**rest", "sales", objects=("model",), cutoff="0.5") == {
        "rest": {"sales": "<sales>", "model": "<model>", "cutoff": "0.5"}
    }


@pytest.mark.parametrize(
    ("parameter", "given", "expected"),
    [
        ("p: float", "0.5", 0.5),
        ("p: float", 2, 2.0),
        ("p: float", "1e-3", 0.001),
        ("p: int", "12", 12),
        ("p: int", " -3 ", -3),
        ("p: int", "1e3", 1000),
        ("p: int", 4.0, 4),
        ("p: int", str(2**70), 2**70),
        ("p: bool", "yes", True),
        ("p: bool", "FALSE", False),
        ("p: bool", 1, True),
        ("p: bool", "off", False),
        ("p: str", "0.5", "0.5"),
        ("p: str", 5, "5"),
        ("p: str", "", ""),
        ("p: str", "none", "none"),
        ("p: int | None", "none", None),
        ("p: int | None", "", None),
        ("p: Literal['a', 2]", "2", 2),
        ("p: Literal['a', 2]", "a", "a"),
        ("p: Literal['2', 2]", 2, 2),
    ],
)
def test_text_becomes_the_type_of_the_parameter(parameter: str, given: object, expected: object) -> None:
    value = called(parameter, p=given)["p"]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("parameter", "given", "message"),
    [
        ("p: float", "half", "'p' is float, and 'half' is not.*Give a number"),
        ("p: int", "1.5", "'p' is int, and '1.5' is not.*whole number"),
        ("p: int", True, "'p' is int"),
        ("p: int", "inf", "'p' is int"),
        ("p: bool", "maybe", "'p' is bool.*true or false"),
        ("p: Literal['a', 'b']", "c", "'p' is one of its choices.*a, b"),
        ("p: int", None, "'p' is int, and None is not"),
        ("p: float", [1], "'p' is float"),
    ],
)
def test_what_cannot_be_converted_names_the_parameter(parameter: str, given: object, message: str) -> None:
    with pytest.raises(InputError, match=f"(?s)Error 0002: .*{message}"):
        called(parameter, p=given)


def test_an_unknown_parameter_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"no parameter 'cutof'.*Is 'cutoff' meant"):
        called("df, cutoff=0.5", cutof="1")
    with pytest.raises(InputError, match="It takes none"):
        called("df", cutoff="1")


def test_a_required_parameter_that_is_missing_is_an_error() -> None:
    with pytest.raises(InputError, match=r"0003.*--param cutoff=VALUE"):
        called("cutoff: float")


@given(st.floats(allow_nan=True))
def test_any_number_survives_as_text(number: float) -> None:
    value = called("p: float", p=repr(number))["p"]
    assert value == number or (math.isnan(value) and math.isnan(number))


@given(st.integers())
def test_any_whole_number_survives_as_text(number: int) -> None:
    assert called("p: int", p=str(number))["p"] == number


@given(st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_connected_tables_arrive_once_and_in_order(connected: int, taken: int, star: bool) -> None:
    parameters = ", ".join([f"t{n}" for n in range(taken)] + ["*rest"] * star)
    arrived = called(parameters, *(f"dataset{n + 1}" for n in range(connected)))
    rest = arrived.pop("rest", ())
    values = [value for value in [*arrived.values(), *rest] if value is not None]
    assert values == [f"<dataset{n + 1}>" for n in range(connected if star else min(connected, taken))]
