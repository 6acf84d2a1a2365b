"""A package that does what it must not: in its .pth, on import, and in its setup.py."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from drawloom import run_script
from drawloom.environment import build
from drawloom.environment.resolve import resolve
from drawloom.environment.settings import read
from drawloom.errors import InputError

from .packages import source, wheel

ATTACK = """\
import contextlib, json, os, socket, subprocess, urllib.request
secret, port, cache = {secret!r}, {port}, {cache!r}
reached = []

def tried(name, attempt):
    try:
        attempt()
    except Exception:
        return
    reached.append(name)

def connect():
    socket.create_connection(("127.0.0.1", port), 2).close()

def ask_the_door():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(urllib.request.getproxies()))
    opener.open(f"http://127.0.0.1:{{port}}/", timeout=2).read()

def write(folder):
    open(os.path.join(folder, "escaped"), "w").close()

def see_others():
    assert [name for name in os.listdir(cache) if name != os.environ.get("NOTHING")]

tried("secret", lambda: open(secret).read())
tried("change the secret", lambda: open(secret, "r+").write("x"))
with contextlib.suppress(OSError):  # a scratch of its own may lie there: the host looks what came of it
    write(os.path.dirname(secret))
tried("network", connect)
tried("network by the door", ask_the_door)
tried("cache", see_others)
tried("the system", lambda: write("/usr"))
tried("drawloom", lambda: write({drawloom!r}))
tried("environment", lambda: write("/environment"))
"""

SCRIPT = """\
# /// script
# dependencies = ["{name}"]
# ///
import json
import pandas as pd


def azureml_main(frame=None):
    import builtins, {name}
    return pd.DataFrame({{"where": ["pth", "import", "setup"], "reached": [
        json.dumps(builtins.from_pth), json.dumps({name}.reached), json.dumps({name}.setup)]}})
"""


@pytest.fixture
def attack(tmp_path: Path, cache: Path) -> Iterator[str]:
    (tmp_path / "secret").write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield ATTACK.format(
            secret=str(tmp_path / "secret"),
            port=server.getsockname()[1],
            cache=str(cache / "environments"),
            drawloom=str(Path(build.__file__).parent),
        )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    return folder


def ready_another() -> Path:
    now = read()
    built = build.ready(resolve(["toolz==1.0.0"], now), now)
    assert built is not None
    return built.folder


def test_a_hostile_wheel_reaches_nothing(index: Path, attack: str, tmp_path: Path) -> None:
    other = ready_another()
    files = {
        "evilwheel.py": f"{attack}\nsetup = []\n",
        "evil_pth.py": f"{attack}\nimport builtins\nbuiltins.from_pth = reached\n",
        "evil.pth": "import evil_pth\n",
    }
    wheel(index, "evilwheel", "1.0", files)
    result = run_script(SCRIPT.format(name="evilwheel"))
    assert dict(zip(result.dataset["where"], result.dataset["reached"], strict=True)) == dict.fromkeys(
        ["pth", "import", "setup"], "[]"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret", "wheels"]
    assert not (other / "escaped").exists()


def test_no_other_script_sees_a_hostile_package(index: Path, attack: str) -> None:
    wheel(
        index,
        "evilalone",
        "1.0",
        {"evilalone.py": "", "evilalone.pth": "import builtins; builtins.seen = 1\n"},
    )
    seen = "import builtins\nimport pandas as pd\ndef azureml_main(frame=None):\n"
    seen += "    return pd.DataFrame({'seen': [hasattr(builtins, 'seen')]})\n"
    block = '# /// script\n# dependencies = ["{}"]\n# ///\n'
    assert run_script(block.format("evilalone") + seen).dataset["seen"].tolist() == [True]
    assert run_script(seen).dataset["seen"].tolist() == [False]
    assert run_script(block.format("toolz==1.0.0") + seen).dataset["seen"].tolist() == [False]


def test_a_source_distribution_is_not_built_unless_the_operator_allows_it(
    index: Path, attack: str, tmp_path: Path
) -> None:
    source(index, "evilsource", "1.0", {"setup.py": attack})
    with pytest.raises(InputError, match="evilsource has no wheel"):
        resolve(["evilsource"], read())
    assert not (tmp_path / "escaped").exists()


def test_a_hostile_setup_that_is_allowed_reaches_nothing(
    index: Path, attack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ready_another()
    monkeypatch.setenv("DRAWLOOM_SOURCE_BUILDS", "1")
    setup = (
        f"{attack}\nfrom setuptools import setup\n"
        "open('evilbuilt.py', 'w').write(f'import builtins\\nbuiltins.from_pth = []\\nreached = []\\n"
        "setup = {reached!r}\\n')\n"
        "setup(name='evilbuilt', version='1.0', py_modules=['evilbuilt'])\n"
    )
    source(index, "evilbuilt", "1.0", {"setup.py": setup})
    result = run_script(SCRIPT.format(name="evilbuilt"))
    assert result.dataset["reached"].tolist() == ["[]", "[]", "[]"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret", "wheels"]
    assert not (other / "escaped").exists()
    assert not list(read().cache.glob("build-*"))
