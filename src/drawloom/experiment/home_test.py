"""The pytest of a step that was taken home: calls the script as the run did, and compares what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drawloom.script.bind import Binding, Slot

INPUTS = "inputs"
EXPECTED = "expected"
BUNDLE = "bundle.zip"

_READERS = {
    "pandas": ("import pandas as pd", "pd.read_parquet({path})"),
    "polars": ("import polars as pl", "pl.read_parquet({path})"),
    "polars.LazyFrame": ("import polars as pl", "pl.scan_parquet({path})"),
    "pyarrow": ("import pyarrow.parquet as pq", "pq.read_table({path})"),
}
_BEGINNING = '''\
"""{what}

Run it with pytest, in an environment with the packages of requirements.txt ({python}).
Nothing here needs drawloom.
"""

{imports}

HERE = Path(__file__).parent
SCRIPT = HERE / {script!r}


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Load the script as a module, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.syspath_prepend(str(HERE))
{bundle}    spec = importlib.util.spec_from_file_location("azuremod", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "azuremod", module)
    spec.loader.exec_module(module)
    return module


def call(script):
    """Call the function with what arrived at the ports of the step."""
    return script.azureml_main({arguments})
'''
_BUNDLE = """\
    bundle = tmp_path / "Script Bundle"
    shutil.unpack_archive(HERE / "bundle.zip", bundle)
    for folder in [bundle, *(path for path in bundle.iterdir() if path.is_dir())]:
        monkeypatch.syspath_prepend(str(folder))
"""
_RESULT = '''

def values(returned):
    """Give what was returned for each port: a tuple or list that begins with a table has one for each."""
    many = isinstance(returned, tuple) and {annotated}
    if isinstance(returned, tuple | list) and returned and not many:
        first = returned[0]
        many = first is None or hasattr(first, "columns") or isinstance(first, pd.Series)
    return returned if many else [returned]


def frame(value):
    """Make a value a frame, as the step did."""
    value = value.collect() if hasattr(value, "collect") else value
    value = value.to_pandas() if hasattr(value, "columns") and hasattr(value, "to_pandas") else value
    if isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, dict):
        return pd.DataFrame(value if any(map(pd.api.types.is_list_like, value.values())) else [value])
    if isinstance(value, pd.Series):
        return value.to_frame("column" if value.name is None else value.name)
    if value is None:
        return pd.DataFrame()
    made = pd.DataFrame(value if pd.api.types.is_list_like(value) else [value])
    if isinstance(made.columns, pd.RangeIndex):
        one = made.shape[1] == 1 and getattr(value, "ndim", 1) == 1
        made.columns = ["column"] if one else [f"column_{{place}}" for place in made.columns]
    return made


def saved(frame):
    """Send a frame through a file, as the expected one was: rows 0, 1, 2, ... and each name once, as text."""
    frame, names = frame.reset_index(drop=True), []
    for name in map(str, frame.columns):
        number, unique = 1, name
        while unique in names:
            number += 1
            unique = f"{{name}} ({{number}})"
        names.append(unique)
    frame.columns = names
    file = io.BytesIO()
    frame.to_parquet(file)
    return pd.read_parquet(file)


def test_the_step_gives_what_it_gave(script):
    returned = values(call(script))
    for place, port in {ports!r}:
        expected = pd.read_parquet(HERE / "expected" / f"{{port}}.parquet")
        pd.testing.assert_frame_equal(saved(frame(returned[place])), expected, check_dtype=False, rtol=1e-9)
'''
_FAILURE = '''
FAILED_WITH = {said!r}


def plain(text):
    """Leave out what differs from one process to the next: addresses of objects."""
    return re.sub(r"0x[0-9a-f]+", "0x...", text).strip()


def test_the_step_fails_as_it_failed(request):
    with pytest.raises(BaseException) as caught:
        call(request.getfixturevalue("script"))
    assert plain("".join(traceback.format_exception_only(caught.value))) == plain(FAILED_WITH)
'''
_OTHER = '''

def test_the_script_runs(script):
    """The run ended with what no plain Python knows: {said}"""
    call(script)
'''


@dataclass(frozen=True)
class End:
    """How the step ended.

    Attributes
    ----------
    ports
        (place in what was returned, port) of each table that is expected; empty where it failed.
    annotated
        Whether a return annotation names the ports, so that any tuple has a value for each.
    exception
        The last lines of the script's traceback, where an exception ended it.
    message
        What the user was told, where something else did.
    """

    ports: tuple[tuple[int, str], ...] = ()
    annotated: bool = False
    exception: str = ""
    message: str = ""


def text(what: str, script: str, binding: Binding, end: End, *, bundle: bool, python: str) -> str:
    """Give the test file.

    Parameters
    ----------
    what
        One line: what was taken home.
    script
        The name of its file.
    binding
        How its function is called.
    """
    forms = {slot.form for slot in binding.slots() if slot.kind == "table"}
    imports = {"import importlib.util", "import sys", "from pathlib import Path"}
    outside = {"import pytest"} | {_READERS[form][0] for form in forms}
    if bundle:
        imports.add("import shutil")
    if any(slot.kind == "object" for slot in binding.slots()):
        imports.add("import pickle")
    if end.ports:
        imports.add("import io")
        outside.add("import pandas as pd")
        body = _RESULT.format(ports=end.ports, annotated=end.annotated)
    elif end.exception:
        imports |= {"import re", "import traceback"}
        body = _FAILURE.format(said=end.exception)
    else:
        body = _OTHER.format(said=" ".join(end.message.split()).replace("\\", "\\\\").replace('"', "'"))
    beginning = _BEGINNING.format(
        what=what,
        python=python,
        imports="\n".join([*_sorted(imports), "", *_sorted(outside)]),
        script=script,
        bundle=_BUNDLE if bundle else "",
        arguments=_arguments(binding),
    )
    return beginning + body


def _sorted(lines: set[str]) -> Sequence[str]:
    return sorted(lines, key=lambda line: (line.startswith("from"), line))


def _arguments(binding: Binding) -> str:
    words = [_value(slot) for slot in binding.positional]
    words += [f"{name}={_value(slot)}" for name, slot in binding.keyword.items()]
    return "".join(f"\n        {word}," for word in words) + ("\n    " if words else "")


def _value(slot: Slot) -> str:
    if slot.kind == "value":
        return repr(slot.value)
    if slot.kind == "object":
        return f'pickle.loads((HERE / "{INPUTS}" / "{slot.port}.pkl").read_bytes())'
    return _READERS[slot.form][1].format(path=f'HERE / "{INPUTS}" / "{slot.port}.parquet"')
