"""Pictures: files left behind and figures left open."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from drawloom.script import graphics

from .running import finished, outcome

PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\0\0\0")),
        (b"IEND", b""),
    )
)
WRITE = f"""
import os
def write(name, data={PNG!r}):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)
"""


def pictures(body: str, workdir: Path) -> tuple[list[str], list[str]]:
    done = outcome(f"{WRITE}\ndef azureml_main():\n    {body}\n", workdir)
    assert done.error is None, done.error
    return [picture.name for picture in done.pictures], done.notes


def test_files_come_in_the_natural_order_of_their_names(tmp_path: Path) -> None:
    names, _ = pictures("[write(n) for n in ('x10.png', 'x2.png', 'a/z.png', 'B.PNG', 'x2a.png')]", tmp_path)
    assert names == ["B.png", "x2.png", "x2a.png", "x10.png", "a_z.png"]


def test_all_three_kinds_are_collected_and_others_not(tmp_path: Path) -> None:
    done = outcome(
        f"""{WRITE}
def azureml_main():
    write("a.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>")
    write("b.jpg", b"\\xff\\xd8\\xff\\xe0rest")
    write("c.png")
    write("d.pdf", b"%PDF")
    write("e.txt", b"text")
""",
        tmp_path,
    )
    assert [(p.name, p.kind) for p in done.pictures] == [
        ("a.svg", "svg"),
        ("b.jpg", "jpeg"),
        ("c.png", "png"),
    ]


def test_what_is_no_picture_is_left_out_with_a_note(tmp_path: Path) -> None:
    names, notes = pictures("write('a.png', b''); write('b.svg', b'<html>')", tmp_path)
    assert names == []
    assert [note.split(" was")[0] for note in notes] == ["a.png", "b.svg"]


def test_links_fifos_and_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    body = "write('.cache/a.png'); os.symlink('/etc/passwd', 'b.png'); os.mkfifo('c.png'); os.mkdir('d.png')"
    assert pictures(body, tmp_path) == ([], [])


def test_pictures_of_the_bundle_are_not_the_scripts(tmp_path: Path) -> None:
    assert pictures("write('Script Bundle/a.png')", tmp_path)[0] == []


def test_names_of_two_folders_do_not_collide(tmp_path: Path) -> None:
    assert pictures("write('a_b.png'); write('a/b.png')", tmp_path)[0] == ["a_b.png", "a_b (2).png"]


def test_there_is_a_limit_to_their_number(tmp_path: Path) -> None:
    names, notes = pictures("[write(f'{n}.png') for n in range(101)]", tmp_path)
    assert len(names) == 100
    assert names[-1] == "99.png"
    assert notes[0].startswith("100.png and what follows was left out")


def test_there_is_a_limit_to_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "MAX_BYTES", 10)
    names, notes = pictures("write('a.png')", tmp_path)
    assert names == []
    assert "a.png was left out of the graphics: it has more than" in notes[0]


PLOT = "import matplotlib.pyplot as plt\n"


def test_an_open_figure_is_saved(tmp_path: Path) -> None:
    done = outcome(PLOT + "def azureml_main():\n    plt.plot([1, 2])\n    plt.figure('mine/own')\n", tmp_path)
    assert [p.name for p in done.pictures] == ["figure_1.png", "mine_own.png"]
    assert all(p.data.startswith(b"\x89PNG") for p in done.pictures)


def test_a_figure_the_script_saved_is_not_there_twice(tmp_path: Path) -> None:
    script = PLOT + "def azureml_main():\n    plt.plot([1, 2])\n    plt.savefig('mine.{}')\n"
    assert [p.name for p in outcome(script.format("png"), tmp_path).pictures] == ["mine.png"]
    (tmp_path / "mine.png").unlink()
    assert [p.name for p in outcome(script.format("svg"), tmp_path).pictures] == ["mine.svg"]


def test_saved_and_unsaved_figures_are_told_apart(tmp_path: Path) -> None:
    script = (
        PLOT
        + "def azureml_main():\n    plt.figure()\n"
        + "    plt.savefig('mine.png')\n    plt.figure().canvas.draw()\n"
    )
    assert [p.name for p in outcome(script, tmp_path).pictures] == ["mine.png", "figure_2.png"]


def test_a_figure_saved_as_pdf_or_into_a_buffer_is_still_shown(tmp_path: Path) -> None:
    script = PLOT + "import io\ndef azureml_main():\n    plt.plot([1])\n    plt.savefig({})\n"
    assert [p.name for p in outcome(script.format("'a.pdf'"), tmp_path).pictures] == ["figure_1.png"]
    assert [p.name for p in outcome(script.format("io.BytesIO()"), tmp_path).pictures] == ["figure_1.png"]


def test_figures_do_not_leak_into_the_next_run(tmp_path: Path) -> None:
    for _ in range(2):
        done = outcome(PLOT + "def azureml_main():\n    plt.plot([1, 2])\n", tmp_path)
        assert [p.name for p in done.pictures] == ["figure_1.png"]


def test_the_callers_own_figures_are_left_alone(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    mine = plt.figure(77)
    try:
        assert outcome(PLOT + "def azureml_main():\n    pass\n", tmp_path).pictures == []
        assert plt.fignum_exists(77)
    finally:
        plt.close(mine)


def test_show_is_harmless(tmp_path: Path) -> None:
    done = outcome(
        PLOT + "def azureml_main():\n    plt.plot([1, 2])\n    plt.show()\n    return 1\n", tmp_path
    )
    assert done.error is None
    assert done.log == []
    assert [p.name for p in done.pictures] == ["figure_1.png"]


@pytest.mark.parametrize(
    "choice",
    ["matplotlib.use('TkAgg')", "plt.switch_backend('Qt5Agg')", "matplotlib.use(backend='agg')", "pass"],
)
def test_agg_is_forced_even_where_a_window_is_asked_for(choice: str, tmp_path: Path) -> None:
    script = f"""
import matplotlib
import matplotlib.pyplot as plt
{choice}
def azureml_main():
    plt.figure()
    return matplotlib.get_backend().lower()
"""
    done = outcome(script, tmp_path)
    assert done.error is None
    assert done.deliveries[0].value["column"].tolist() == ["agg"]


def test_a_figure_that_cannot_be_drawn_is_a_note(tmp_path: Path) -> None:
    done = outcome(PLOT + "def azureml_main():\n    plt.title('$\\\\frac{1$')\n    return 1\n", tmp_path)
    assert done.error is None
    assert done.pictures == []
    assert done.notes[0].startswith("Figure 1 could not be drawn: ")


def test_a_failed_script_still_shows_its_pictures(tmp_path: Path) -> None:
    done = finished(
        f"{WRITE}\ndef azureml_main():\n    write('a.png')\n    print('so far')\n    1 / 0\n", tmp_path
    )
    assert done.error is not None
    assert done.report["graphics"] == [{"name": "a.png", "kind": "png", "size": len(PNG)}]
    assert done.files["graphics"] == PNG
    assert done.report["log"] == [["stdout", "so far\n"]]


def test_matplotlib_is_not_imported_for_a_script_that_does_not(tmp_path: Path) -> None:
    code = (
        "import sys, os\n"
        "from drawloom.script.execute import Job, execute, prepare\n"
        "done = execute(prepare(Job('def azureml_main(): return 1')), {}, sys.argv[1])\n"
        "print(done.error, 'matplotlib' in sys.modules)\n"
        "script = 'import matplotlib.pyplot as p\\n'\n"
        "script += 'def azureml_main():\\n  p.plot([1]); p.savefig(\"a.png\"); p.show()'\n"
        "done = execute(prepare(Job(script)), {}, sys.argv[1])\n"
        "print(done.error, [p.name for p in done.pictures], done.log)\n"
        "print('MATPLOTLIBRC' in os.environ, 'MPLBACKEND' in os.environ)\n"
    )
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("MPL", "MATPLOT"))}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout.splitlines() == ["None False", "None ['a.png'] []", "False False"]
