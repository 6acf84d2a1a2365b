"""Reading the file: what it says, where it is said, and what YAML may not do here."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from drawloom.errors import InputError
from drawloom.experiment import syntax
from drawloom.experiment.document import load, parse


def rendered(text: str) -> list[str]:
    return [problem.render("x.yaml") for problem in parse(text).problems]


def test_the_documented_example_reads_as_documented(diabetes: str) -> None:
    experiment = parse(diabetes)
    assert experiment.problems == ()
    assert (experiment.name, experiment.environment, experiment.seed) == ("Diabetes risk", "default", 876)
    assert list(experiment.steps) == ["pima", "clean", "split", "train", "forest", "score"]
    train = experiment.steps["train"]
    assert [(edge.target_port, edge.source, edge.source_port) for edge in train.inputs] == [
        ("model", "forest", None),
        ("dataset", "split", "dataset1"),
    ]
    assert experiment.steps["clean"].script is not None
    assert experiment.steps["clean"].script.path == "clean.py"
    assert experiment.service is not None
    assert experiment.service.inputs[0].into[0].target == "clean"


def test_every_value_knows_its_line_and_column(diabetes: str) -> None:
    experiment = parse(diabetes)
    lines = diabetes.split("\n")
    for path, shown in [
        (("seed",), "876"),
        (("steps", "pima", "params", "path"), "data/pima.csv"),
        (("steps", "train", "params", "label"), "diabetes"),
        (("steps", "clean", "params", "cutoff"), '"${cutoff}"'),
        (("service", "inputs", "input1", "into", 0), "clean.dataset1"),
    ]:
        line, column = experiment.place(*path)
        assert lines[line - 1][column - 1 :].startswith(shown)
    edge = experiment.steps["train"].inputs[1]
    assert lines[edge.at.line - 1][edge.at.column - 1 :].startswith("split.dataset1")


def test_columns_count_characters_not_bytes() -> None:
    found = rendered('version: 1\nsteps: {ähm: {comment: "😀", modul: x}}\n')
    assert found[0].startswith('x.yaml:2:29: step "ähm" has no key "modul".')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\n", "x.yaml:1:4: Anchor &x: anchors are not allowed here. Write the value out."),
        ("a: 1\nb: *a\n", "x.yaml:2:4: Alias *a: aliases are not allowed here. Write the value out."),
        ("a: !!python/name:os.system ''\n", "x.yaml:1:4: Tag tag:yaml.org,2002:python/name:os.system"),
        ("a: 1\nb: 2\na: 3\n", 'x.yaml:3:1: "a" stands here twice. Remove one of them.'),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: A second document begins here."),
        ("? [1, 2]\n: 3\n", "x.yaml:1:3: A key is a name, not a list or a mapping."),
        ("a:\n\tb: 1\n", "x.yaml:2:1: This is not YAML"),
        ("a: [1\n", "x.yaml:2:1: This is not YAML"),
        ("a: \x01\n", "x.yaml:1:4: Character U+0001 is not allowed in YAML."),
        ("a: é\ud800\n", "x.yaml:1:5: Character U+D800 is not allowed in YAML."),
        ("a: " + "[" * 40 + "]" * 40, "x.yaml:1:35: Values are nested deeper than 32 levels."),
        ("", "x.yaml:1:1: This is not an experiment."),
        ("- a\n", "x.yaml:1:1: This is not an experiment."),
    ],
)
def test_what_yaml_may_not_do_here_is_refused_with_its_place(text: str, said: str) -> None:
    assert any(line.startswith(said) for line in rendered(text)), rendered(text)


def test_all_faults_of_shape_are_found_at_once() -> None:
    text = (
        "version: 2\nnane: x\nseed: many\nsteps:\n  a: {module: m, inptus: {}, memory: 3 QB, apply: rows}\n"
        "  1b: {module: m}\n  c:\n  d: {module: m, inputs: {x: a.b.c}, timeout: -1}\n"
        "parameters:\n  e: {type: string}\n  f: {type: number, default: x}\n"
        "service: {inputs: {i: {like: a}}}\n"
    )
    assert sorted(rendered(text)) == sorted(
        [
            'x.yaml:1:10: This version of the file is not known here. Write "version: 1".',
            'x.yaml:2:1: the experiment has no key "nane". Did you mean "name"?',
            'x.yaml:3:7: "seed" wants a whole number from 0 to 4294967295.',
            'x.yaml:5:18: step "a" has no key "inptus". Did you mean "inputs"?',
            'x.yaml:5:38: step "a": "memory" wants a size such as 512MB or 2GiB.',
            'x.yaml:5:51: step "a": "apply" wants whole, batches or {by: column}.',
            'x.yaml:6:3: "1b" cannot be the name of a step. '
            "Use letters, digits, _ and -, and begin with a letter.",
            'x.yaml:7:5: step "c": wants keys and values. Begin with "module:".',
            'x.yaml:8:30: step "d": input "x" wants "step" or "step.port".',
            'x.yaml:8:47: step "d": "timeout" wants a number above 0.',
            'x.yaml:10:13: parameter "e": no type "string". Did you mean "text"?',
            "x.yaml:11:30: parameter \"f\": the default 'x' is not of type number.",
            'x.yaml:12:20: input "i": does not say "into".',
            'x.yaml:12:10: The service has no outputs. Name a step under "outputs:".',
        ]
    )


def test_limits_of_a_step_are_read_in_bytes_and_seconds() -> None:
    step = parse("version: 1\nsteps: {a: {module: m, memory: 1.5GiB, timeout: 90}}\n").steps["a"]
    assert (step.memory_bytes, step.timeout_seconds) == (3 * 2**29, 90.0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("2024-01-01", "2024-01-01"), ("1_000", "1_000"), ("0o17", 15), ("0x1F", 31),
        ("007", 7), ("1e3", 1000.0), (".5", 0.5), ("-.inf", -math.inf), ("true", True), ("~", None),
        ("'1'", "1"),        ("1:30", "1:30"), ("9" * 5000, "9" * 5000), ("", None),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(written: str, meant: object) -> None:
    root = syntax.parse(f"a: {written}\n").root
    assert root is not None
    value = syntax.plain(root)["a"]
    assert value == meant
    assert type(value) is type(meant)


def test_a_script_of_several_lines_is_text_and_one_line_is_a_path() -> None:
    text = (
        "version: 1\nsteps:\n  a:\n    module: m\n    script: |\n      x = 1\n      y = 2\n"
        "  b: {module: m, script: b.py}\n"
    )
    steps = parse(text).steps
    assert steps["a"].script is not None
    assert steps["b"].script is not None
    assert (steps["a"].script.text, steps["a"].script.path) == ("x = 1\ny = 2\n", None)
    assert (steps["b"].script.text, steps["b"].script.path) == (None, "b.py")


def test_a_byte_order_mark_and_windows_line_ends_are_read(diabetes: str) -> None:
    experiment = parse("\ufeff" + diabetes.replace("\n", "\r\n"))
    assert experiment.problems == ()
    assert experiment.place("seed") == (4, 7)


def test_a_file_that_is_not_there_or_not_utf_8_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened") as missing:
        load(tmp_path / "none.yaml")
    assert missing.value.code == "0048"
    (tmp_path / "latin.yaml").write_bytes("version: 1\nname: Größe\n".encode("latin-1"))
    with pytest.raises(InputError, match="line 2 has the byte 0xF6") as latin:
        load(tmp_path / "latin.yaml")
    assert latin.value.code == "0049"
