"""Each limit of a step has a message that names it, and what a step may leave is bounded."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drawloom import run_script
from drawloom.engine.pools import BASE, warm_pool
from drawloom.engine.work import Walled, Work
from drawloom.errors import LimitError
from drawloom.sandbox.worker import WorkLimits

FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
MANY_NUMBERS = "import numpy as np\nimport pandas as pd\ndef azureml_main():\n    return "


@pytest.fixture(autouse=True)
def _next_run_works() -> Iterator[None]:
    yield
    assert run_script("def azureml_main(df):\n    return df * 2\n", FRAME).dataset["x"].tolist() == [2, 4, 6]


@pytest.mark.parametrize(
    ("returned", "thing"),
    [
        ("pd.DataFrame({'x': np.random.rand(1_000_000)})", "table"),
        ("pd.DataFrame({'text': ['some text ' * 10] * 100_000})", "table"),
        ("{'model': np.random.rand(1_000_000)}", "object"),
    ],
)
def test_a_result_longer_than_a_file_may_be(returned: str, thing: str) -> None:
    script = MANY_NUMBERS + returned + "\n"
    if thing == "object":
        script = script.replace("azureml_main()", "azureml_main() -> object")
    spec = {"text": script, "name": "script.py", "tables": [], "objects": {}, "params": {}}
    port = "object" if thing == "object" else "dataset"
    names = (port, "dataset", "dataset2", "graphics")
    work = Work("drawloom.script.work:run", spec, {}, names, BASE, WorkLimits(file_bytes=4 << 20))
    done = Walled(warm_pool()).execute(work)
    assert isinstance(done.error, LimitError), done.error
    assert "does not fit" in done.error.message
    assert "file too large" in done.error.message.lower()
    assert done.error.remedy
    done.close()


def test_a_full_disk_of_its_own_does_not_keep_a_result_from_leaving() -> None:
    script = (
        "def azureml_main(df):\n"
        "    with open('big', 'wb', buffering=0) as file:\n"
        "        try:\n"
        "            while True:\n"
        "                file.write(bytes(1 << 24))\n"
        "        except OSError as error:\n"
        "            print(error.strerror)\n"
        "    return df\n"
    )
    result = run_script(script, FRAME)
    assert result.stdout == "No space left on device\n"
    pd.testing.assert_frame_equal(result.dataset, FRAME)


def test_files_without_end_are_counted() -> None:
    script = (
        "import itertools\n"
        "def azureml_main():\n"
        "    for n in itertools.count():\n"
        "        open(f'{n}.txt', 'w').close()\n"
    )
    with pytest.raises(LimitError, match="No space left on device"):
        run_script(script)


def test_a_gigabyte_printed_by_another_process() -> None:
    script = (
        "import subprocess, sys\n"
        "def azureml_main():\n"
        "    code = 'import os\\nfor _ in range(1000): os.write(2, bytes(1_000_000))'\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)\n"
    )
    with pytest.raises(LimitError, match="printed more than 64 MiB"):
        run_script(script)


def test_of_a_long_log_each_stream_keeps_its_first_mebibyte() -> None:
    script = (
        "import sys\n"
        "def azureml_main():\n"
        "    print('o' * 2_000_000)\n"
        "    print('e' * 2_000_000, file=sys.stderr)\n"
    )
    result = run_script(script)
    assert result.stdout == "o" * 1024 * 1024
    assert result.stderr == "e" * 1024 * 1024
    assert "The log is longer than 1 MiB; the rest of it was not kept." in result.notes


def test_of_too_many_pictures_the_first_hundred_are_kept() -> None:
    script = (
        "def azureml_main():\n"
        "    for n in range(120):\n"
        "        with open(f'{n}.svg', 'w') as file:\n"
        "            file.write('<svg/>')\n"
    )
    result = run_script(script)
    assert [name for name, _, _ in result.graphics] == [f"{n}.svg" for n in range(100)]
    (note,) = result.notes
    assert "100 pictures" in note
    assert "100.svg" in note


def test_a_picture_that_is_too_large_is_left_out_by_name() -> None:
    script = (
        "def azureml_main():\n"
        "    for name in ('large.svg', 'small.svg'):\n"
        "        with open(name, 'w') as file:\n"
        "            file.write('<svg>' + ' ' * (40 << 20 if name == 'large.svg' else 1) + '</svg>')\n"
    )
    result = run_script(script)
    assert [name for name, _, _ in result.graphics] == ["small.svg"]
    assert any("large.svg" in note for note in result.notes)


def test_a_memory_limit_below_what_a_table_needs_is_named() -> None:
    with pytest.raises(LimitError) as caught:
        run_script(MANY_NUMBERS + "np.ones(10**9)\n", memory=1 << 28)
    assert caught.value.code == "0138"
    assert "Unable to allocate" in caught.value.message
    assert "--memory" in caught.value.remedy


def test_an_input_larger_than_the_memory_limit_is_mapped_and_may_be_used() -> None:
    frame = pd.DataFrame({"x": np.ones(40_000_000)})
    script = "def azureml_main(df):\n    return {'sum': df['x'].sum()}\n"
    assert run_script(script, frame, memory=1 << 28).dataset["sum"].tolist() == [40_000_000]


def test_a_full_disk_under_out_is_a_limit_that_names_the_folder(public_path: Path, drawloom: Path) -> None:
    out = public_path / "out"
    out.mkdir()
    (public_path / "big.py").write_text(MANY_NUMBERS + "pd.DataFrame({'x': np.random.rand(200_000)})\n")
    shell = f'mount -t tmpfs -o size=256k tmpfs {out}; exec "$@"'
    user = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    words = [str(drawloom), "run", str(public_path / "big.py"), "--out", str(out)]
    command = ["unshare", *user, "--mount", "sh", "-ec", shell, "sh", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert str(out) in done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_under_out_that_cannot_be_made_is_bad_usage(public_path: Path, drawloom: Path) -> None:
    (public_path / "one.py").write_text("def azureml_main():\n    return 1\n")
    (public_path / "file").write_text("")
    command = [drawloom, "run", public_path / "one.py", "--out", public_path / "file"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert str(public_path / "file") in done.stderr
    assert "Traceback" not in done.stderr
