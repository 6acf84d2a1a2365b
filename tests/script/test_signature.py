"""Ports, parameters and outputs, from the text alone."""

from __future__ import annotations

import json
import keyword
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawloom.errors import ScriptError

from .running import form

HEAD = "import pandas as pd\nimport polars as pl\nimport pyarrow as pa\nfrom typing import *\n"


def one(parameter: str, before: str = "") -> object:
    (argument,) = form(f"{HEAD}{before}\ndef azureml_main({parameter}): ...\n").arguments
    return argument


def test_tables_without_annotation_are_dataset1_and_dataset2() -> None:
    signature = form("def azureml_main(first, second=None): ...")
    assert [(a.name, a.kind, a.port, a.form) for a in signature.arguments] == [
        ("first", "table", "dataset1", "pandas"),
        ("second", "table", "dataset2", "pandas"),
    ]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("pd.DataFrame", "pandas"),
        ("pd.DataFrame | None", "pandas"),
        ("None | pd.DataFrame", "pandas"),
        ("Optional[pd.DataFrame]", "pandas"),
        ("Union[pd.DataFrame, None]", "pandas"),
        ("'pd.DataFrame'", "pandas"),
        ("'pd.DataFrame | None'", "pandas"),
        ("Optional['pd.DataFrame']", "pandas"),
        ("Annotated[pd.DataFrame, 'rows']", "pandas"),
        ("'DataFrame'", "pandas"),
        ("pl.DataFrame", "polars"),
        ("pl.DataFrame | None", "polars"),
        ("pl.LazyFrame", "polars.LazyFrame"),
        ("pa.Table", "pyarrow"),
    ],
)
def test_an_annotated_table_is_mapped_by_name_and_arrives_as_that_type(
    annotation: str, expected: str
) -> None:
    argument = one(f"sales: {annotation}")
    assert (argument.kind, argument.port, argument.form) == ("table", "sales", expected)


@pytest.mark.parametrize(
    ("head", "annotation", "expected"),
    [
        ("from pandas import DataFrame", "DataFrame", "pandas"),
        ("from polars import DataFrame", "DataFrame", "polars"),
        ("from polars import DataFrame as F", "F", "polars"),
        ("import polars", "polars.DataFrame", "polars"),
        ("from pyarrow import Table", "Table", "pyarrow"),
        ("import pandas as pd\nFrame = pd.DataFrame", "Frame", "pandas"),
        ("import polars as pl\nFrame: 'TypeAlias' = pl.DataFrame | None", "Frame", "polars"),
        ("if TYPE_CHECKING:\n    import polars as pl", "'pl.DataFrame'", "polars"),
    ],
)
def test_imports_and_aliases_are_followed(head: str, annotation: str, expected: str) -> None:
    (argument,) = form(f"{head}\ndef azureml_main(x: {annotation}): ...").arguments
    assert (argument.kind, argument.form) == ("table", expected)


@pytest.mark.parametrize(
    ("parameter", "kind", "default"),
    [
        ("p: float", "float", None),
        ("p: float = 0.5", "float", 0.5),
        ("p=0.5", "float", 0.5),
        ("p=-1", "int", -1),
        ("p=True", "bool", True),
        ("p='x'", "str", "x"),
        ("p: int = None", "int", None),
        ("p: Optional[str] = None", "str", None),
        ("p: 'int | None' = 3", "int", 3),
        ("p: int | float = 3", "float", 3),
        ("p: Any = 3", "int", 3),
    ],
)
def test_plain_values_are_parameters(parameter: str, kind: str, default: object) -> None:
    argument = one(parameter)
    assert (argument.kind, argument.type, argument.default) == ("parameter", kind, default)


def test_a_parameter_without_default_is_required() -> None:
    assert one("p: float").required
    assert not one("p: float | None").required
    assert not one("p: float = 1").required


def test_a_literal_is_a_choice() -> None:
    argument = one("how: Literal['left', 'inner', 3] = 'left'")
    assert (argument.type, argument.choices, argument.default) == ("choice", ("left", "inner", 3), "left")


def test_object_is_an_object_port_and_so_is_a_class_of_a_library() -> None:
    assert one("model: object").kind == "object"
    assert one("model: object = None").kind == "object"
    assert (
        one("model: RandomForestClassifier", "from sklearn.ensemble import RandomForestClassifier").kind
        == "object"
    )


def test_any_other_default_is_left_to_the_script() -> None:
    assert one("columns=('a', 'b')").kind == "own"
    assert one("columns=[]").kind == "own"
    assert one("today=date.today()").kind == "own"


def test_any_and_no_default_is_a_table() -> None:
    assert one("x: Any").port == "dataset1"


def test_the_ways_of_passing_are_known() -> None:
    signature = form("def azureml_main(a, /, b, *rest, cutoff=0.5, **more): ...")
    assert [(a.name, a.how) for a in signature.arguments] == [
        ("a", "positional"),
        ("b", "either"),
        ("cutoff", "keyword"),
    ]
    assert signature.star
    assert signature.star_star


def test_an_annotated_name_is_not_given_to_another_port() -> None:
    signature = form("import pandas as pd\ndef azureml_main(dataset1: pd.DataFrame, other): ...")
    assert [a.port for a in signature.arguments] == ["dataset1", "dataset2"]


def outputs(annotation: str, before: str = "") -> list[tuple[str, str, str]]:
    found = form(f"{HEAD}{before}\ndef azureml_main(x) -> {annotation}: ...\n").outputs
    return [(o.port, o.kind, o.label) for o in found]


USUAL = [("dataset", "table", "dataset"), ("dataset2", "table", "dataset2")]


@pytest.mark.parametrize(
    "annotation", ["pd.DataFrame", "None", "tuple[pd.DataFrame, ...]", "float", "dict", "Any"]
)
def test_a_return_of_one_value_has_the_usual_ports(annotation: str) -> None:
    assert outputs(annotation) == USUAL


def test_no_return_annotation_has_the_usual_ports() -> None:
    signature = form("def azureml_main(x): ...")
    assert [o.port for o in signature.outputs] == ["dataset", "dataset2"]
    assert not signature.annotated


def test_a_tuple_names_further_ports() -> None:
    assert outputs("tuple[pd.DataFrame, pd.DataFrame, pl.DataFrame, object]") == [
        *USUAL,
        ("dataset3", "table", "dataset3"),
        ("object", "object", "object"),
    ]
    assert outputs("'Tuple[pd.DataFrame, object, object]'") == [
        ("dataset", "table", "dataset"),
        ("object", "object", "object"),
        ("object2", "object", "object2"),
    ]


def test_a_named_tuple_names_further_ports_by_its_fields() -> None:
    body = """
class Result(NamedTuple):
    ranked: pd.DataFrame
    model: object
    rest: pd.DataFrame | None
    third: pl.DataFrame
"""
    assert outputs("Result", body) == [
        ("dataset", "table", "ranked"),
        ("model", "object", "model"),
        ("dataset2", "table", "rest"),
        ("third", "table", "third"),
    ]


def test_an_object_alone() -> None:
    assert outputs("object") == [("object", "object", "object")]
    assert outputs("RandomForestClassifier") == [("object", "object", "object")]


def test_the_last_definition_counts() -> None:
    signature = form("def azureml_main(a): ...\ndef azureml_main(a, b): ...")
    assert len(signature.arguments) == 2
    assert signature.line == 2


def test_definitions_in_branches_and_aliases_are_found() -> None:
    assert len(form("try:\n    def azureml_main(a, b): ...\nexcept E:\n    pass").arguments) == 2
    assert len(form("def run(a, b): ...\nazureml_main = run").arguments) == 2


def test_an_imported_entry_point_takes_all_tables() -> None:
    signature = form("from rank import azureml_main")
    assert signature.star
    assert signature.star_star
    assert signature.arguments == ()


def test_a_missing_entry_point_names_the_functions_found() -> None:
    with pytest.raises(
        ScriptError, match="no function azureml_main: the functions in it are load, rank"
    ) as caught:
        form("def load(): ...\ndef rank(df): ...")
    assert "azureml_main" in caught.value.remedy


def test_a_slip_in_the_name_is_guessed() -> None:
    with pytest.raises(ScriptError) as caught:
        form("x = 1\ndef azureml_Main(df): ...")
    assert "azureml_Main in line 2" in caught.value.remedy
    assert caught.value.line == 2


def test_a_script_without_functions_says_so() -> None:
    with pytest.raises(ScriptError, match="there is no function in it"):
        form("x = 1")


def test_an_async_entry_point_is_refused() -> None:
    with pytest.raises(ScriptError, match="async def"):
        form("async def azureml_main(df): ...")


@pytest.mark.parametrize(
    "text",
    [
        "A = A | A\ndef azureml_main(x: A): ...",
        "A = 'B'\nB = 'A'\ndef azureml_main(x: A) -> A: ...",
        "def azureml_main(x: {}): ...".format(" | ".join(["int"] * 900)),
        "def azureml_main(x: {}): ...".format(".".join(["a"] * 900)),
        "def azureml_main({}): ...".format(", ".join(f"x{n}" for n in range(5000))),
        "if a: pass\n" + "elif a: pass\n" * 900 + "def azureml_main(x): ...",
    ],
)
def test_a_text_meant_to_tire_the_reader_does_not(text: str) -> None:
    started = time.perf_counter()
    assert form(text).arguments
    assert time.perf_counter() - started < 2


def test_a_form_is_plain_json() -> None:
    signature = form("def azureml_main(df, how='x', *rest) -> tuple[object, object]: ...")
    assert json.loads(json.dumps(signature.to_dict()))["arguments"][1]["default"] == "x"


def test_reading_a_form_imports_no_tables_and_runs_nothing() -> None:
    code = (
        "import sys\n"
        "from drawloom.script import siblings\n"
        "from drawloom.script.signature import read\n"
        "from drawloom.script.source import load\n"
        "read(load('raise SystemExit(9)\\ndef azureml_main(df): ...'))\n"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'matplotlib'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


names = st.from_regex(r"[a-z][a-z0-9]{2,5}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))
kinds = st.sampled_from(
    ["=None", "=1", "=0.5", "='x'", ": int = 2", ": object = None", ": 'pd.DataFrame' = None"]
)


@given(
    st.lists(st.tuples(names, kinds), min_size=1, unique_by=lambda pair: pair[0]),
    st.sampled_from(["", "*, "]),
)
def test_every_parameter_has_one_place_and_no_two_ports_are_alike(
    parameters: list[tuple[str, str]], star: str
) -> None:
    text = ", ".join(name + kind for name, kind in parameters)
    signature = form(f"import pandas as pd\ndef azureml_main({star}{text}): ...")
    assert [a.name for a in signature.arguments] == [name for name, _ in parameters]
    ports = [a.port for a in signature.arguments if a.kind in ("table", "object")]
    assert len(set(ports)) == len(ports)
    assert all(ports)
