"""The experiment file as frozen values: what it says, and where each thing is said.

Reading never stops at the first fault. What has the wrong shape is left out of the experiment and stands in
its ``problems``; whether the rest makes sense (modules, ports, files, cycles) is the business of ``check``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from drawloom.errors import InputError
from drawloom.experiment import syntax
from drawloom.experiment.problem import Problem, did_you_mean

ParameterType = Literal["number", "integer", "text", "boolean"]
PARAMETER_TYPES: tuple[ParameterType, ...] = ("number", "integer", "text", "boolean")
_OTHER_WORDS = {
    "string": "text", "str": "text", "float": "number", "double": "number", "int": "integer",
    "bool": "boolean",
}  # fmt: skip

EXPERIMENT_KEYS = (
    "version", "name", "description", "environment", "seed", "steps", "parameters", "service",
)  # fmt: skip
STEP_KEYS = (
    "module", "script", "bundle", "inputs", "params", "environment", "apply", "compat", "timeout",
    "memory", "comment",
)  # fmt: skip
PARAMETER_KEYS = ("type", "default", "choices", "description")
SERVICE_KEYS = ("inputs", "outputs")
SERVICE_INPUT_KEYS = ("like", "into")

NAME = re.compile(r"[^\W\d][\w-]{0,99}")
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?", re.IGNORECASE)
_UNITS = {
    "": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40,
}  # fmt: skip


class Place(NamedTuple):
    """A place in the file; both count from 1, the column in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A wire: an output port of one step into an input port of another.

    ``source_port`` is None where the file names the step alone, which means its first output.
    """

    source: str
    source_port: str | None
    target: str
    target_port: str
    at: Place


@dataclass(frozen=True, slots=True)
class Script:
    """The script of a step: a path beside the experiment file, or the text itself."""

    path: str | None
    text: str | None
    at: Place


@dataclass(frozen=True, slots=True)
class Step:
    """One box of the graph; ``parameters`` are as written, placeholders still in them."""

    name: str
    module: str
    inputs: tuple[Edge, ...]
    parameters: dict[str, Any]
    script: Script | None
    bundle: str | None
    environment: str | None
    apply: str | dict[str, str | int]
    compat: str | None
    timeout_seconds: float | None
    memory_bytes: int | None
    comment: str
    node: syntax.Mapping
    at: Place

    def place(self, *path: str | int) -> Place:
        """Give where a value of the step stands, or the nearest thing around it."""
        return _place(self.node, path, self.at)

    def key_place(self, group: str, key: str) -> Place:
        """Give where a key of ``inputs`` or ``params`` stands, or the step's name if it is not there."""
        members = self.node.get(group)
        entry = members.entry(key) if isinstance(members, syntax.Mapping) else None
        return _here(entry.key) if entry else self.at


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the experiment; without ``has_default`` a run has to be given a value."""

    name: str
    type: ParameterType
    default: Any
    has_default: bool
    choices: tuple[Any, ...]
    description: str
    at: Place


@dataclass(frozen=True, slots=True)
class ServiceInput:
    """Where request rows enter: schema and sample are those of ``like``."""

    name: str
    like: tuple[str, str | None]
    into: tuple[Edge, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class ServiceOutput:
    """What a service answers with."""

    name: str
    source: str
    source_port: str | None
    at: Place


@dataclass(frozen=True, slots=True)
class Service:
    """What publishing exposes."""

    inputs: tuple[ServiceInput, ...]
    outputs: tuple[ServiceOutput, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment file as read; ``folder`` is where its scripts, bundles and data are looked for."""

    path: Path
    text: str
    name: str
    description: str
    environment: str
    seed: int
    steps: dict[str, Step]
    parameters: dict[str, Parameter]
    service: Service | None
    problems: tuple[Problem, ...]
    root: syntax.Mapping | None

    @property
    def folder(self) -> Path:
        """The folder of the file."""
        return self.path.parent

    def place(self, *path: str | int) -> Place:
        """Give where a value stands, such as ``place("steps", "train", "params", "trees")``."""
        return _place(self.root, path, Place(1, 1)) if self.root is not None else Place(1, 1)


def load(path: str | Path) -> Experiment:
    """Read an experiment file.

    Raises
    ------
    InputError
        The file cannot be opened (0048) or is not UTF-8 (0049). All other faults are in ``problems``.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f'The experiment "{path}" cannot be opened: {error.strerror}.',
            code="0048",
            remedy="Give the path of a .yaml file.",
        ) from None
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f'The experiment "{path}" is not UTF-8: line {line} has the byte 0x{content[error.start]:02X}.',
            code="0049",
            remedy="Save it as UTF-8.",
        ) from None
    return parse(text, path)


def parse(text: str, path: str | Path = "experiment.yaml") -> Experiment:
    """Read the text of an experiment file; ``path`` says where it lies or would lie. Never raises."""
    path = Path(path)
    parsed = syntax.parse(text.removeprefix("\ufeff"))
    problems = list(parsed.problems)
    root = parsed.root
    if not isinstance(root, syntax.Mapping):
        if not problems:
            problems.append(
                Problem(1, 1, "This is not an experiment.", 'Begin with "version: 1", "name:" and "steps:".')
            )
        root = None
    reader = _Reader(problems)
    entries = reader.entries(root, EXPERIMENT_KEYS, "the experiment") if root is not None else {}
    if root is not None:
        _version(reader, entries, root)
    steps = reader.named(entries.get("steps"), "steps", "step")
    parameters = reader.named(entries.get("parameters"), "parameters", "parameter")
    name = reader.text(entries.get("name"), "name") or path.stem
    seed = reader.integer(entries.get("seed"), "seed", 0, 2**32 - 1)
    built = {entry.key.text: _step(reader, entry) for entry in steps}
    if root is not None and not built and not problems:
        problems.append(Problem(*_here(root), "The experiment has no steps.", 'Add them under "steps:".'))
    return Experiment(
        path=path,
        text=text,
        name=name,
        description=reader.text(entries.get("description"), "description") or "",
        environment=reader.text(entries.get("environment"), "environment") or "base",
        seed=seed if seed is not None else 0,
        steps={name: step for name, step in built.items() if step is not None},
        parameters={
            entry.key.text: parameter for entry in parameters if (parameter := _parameter(reader, entry))
        },
        service=_service(reader, entries.get("service")),
        problems=tuple(problems),
        root=root,
    )


def reference(text: str) -> tuple[str, str | None] | None:
    """Split ``step`` or ``step.port``; None where it is neither."""
    step, dot, port = text.partition(".")
    if not NAME.fullmatch(step) or (dot and not NAME.fullmatch(port)):
        return None
    return step, port or None


class _Reader:
    """Takes nodes for values of a wanted shape; what has another shape becomes a problem and None."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def wrong(self, node: syntax.Node, message: str, remedy: str = "") -> None:
        if isinstance(node, syntax.Scalar) and node.style == "*":
            return  # the refused alias has been reported at this very place
        self.problems.append(Problem(node.line, node.column, message, remedy))

    def entries(self, node: syntax.Node | None, known: Iterable[str], whose: str) -> dict[str, syntax.Node]:
        if node is None:
            return {}
        if not isinstance(node, syntax.Mapping):
            self.wrong(node, f"{whose[0].upper()}{whose[1:]} wants keys and values.")
            return {}
        known = tuple(known)
        for key, _ in node.entries:
            if key.text not in known:
                self.wrong(key, f'{whose} has no key "{key.text}".', did_you_mean(key.text, known))
        return {entry.key.text: entry.value for entry in node.entries}

    def named(self, node: syntax.Node | None, key: str, kind: str) -> list[syntax.Entry]:
        if node is None or _is_empty(node):
            return []
        if not isinstance(node, syntax.Mapping):
            self.wrong(node, f'"{key}" wants a name and a value for each {kind}.')
            return []
        for entry in node.entries:
            if not NAME.fullmatch(entry.key.text):
                self.wrong(
                    entry.key,
                    f'"{entry.key.text}" cannot be the name of a {kind}.',
                    "Use letters, digits, _ and -, and begin with a letter.",
                )
        return [entry for entry in node.entries if NAME.fullmatch(entry.key.text)]

    def text(self, node: syntax.Node | None, key: str) -> str | None:
        if node is None or _is_empty(node):
            return None
        if not isinstance(node, syntax.Scalar):
            self.wrong(node, f'"{key}" wants text.')
            return None
        return node.text

    def number(self, node: syntax.Node | None, key: str, above: float) -> float | None:
        if node is None or _is_empty(node):
            return None
        value = syntax.plain(node)
        if isinstance(value, bool) or not isinstance(value, int | float) or not above < value < 1e15:
            self.wrong(node, f'"{key}" wants a number above {above:g}.')
            return None
        return float(value)

    def integer(self, node: syntax.Node | None, key: str, lowest: int, highest: int) -> int | None:
        if node is None or _is_empty(node):
            return None
        value = syntax.plain(node)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.wrong(node, f'"{key}" wants a whole number from {lowest} to {highest}.')
            return None
        return value

    def port(self, node: syntax.Node, what: str) -> tuple[str, str | None] | None:
        if isinstance(node, syntax.Scalar) and (found := reference(node.text)):
            return found
        self.wrong(node, f'{what} wants "step" or "step.port".')
        return None


def _version(reader: _Reader, entries: dict[str, syntax.Node], root: syntax.Mapping) -> None:
    node = entries.get("version")
    if node is None:
        reader.wrong(root, 'The experiment does not say its "version".', 'Write "version: 1" first.')
    elif syntax.plain(node) != 1 or isinstance(syntax.plain(node), bool):
        reader.wrong(node, "This version of the file is not known here.", 'Write "version: 1".')


def _step(reader: _Reader, entry: syntax.Entry) -> Step | None:
    name, node = entry.key.text, entry.value
    label = f'step "{name}"'
    if _is_empty(node) or not isinstance(node, syntax.Mapping):
        reader.wrong(node, f"{label}: wants keys and values.", 'Begin with "module:".')
        return None
    known = len(reader.problems)
    keys = reader.entries(node, STEP_KEYS, label)
    module = reader.text(keys.get("module"), "module")
    if module is None and ("module" not in keys or _is_empty(keys["module"])):
        reader.wrong(entry.key, f'{label}: does not say its "module".')
    step = Step(
        name=name,
        module=module or "",
        inputs=_inputs(reader, keys.get("inputs"), name),
        parameters=_mapping(reader, keys.get("params"), f"{label}: params"),
        script=_script(reader, keys.get("script")),
        bundle=reader.text(keys.get("bundle"), "bundle"),
        environment=reader.text(keys.get("environment"), "environment"),
        apply=_apply(reader, keys.get("apply")),
        compat=reader.text(keys.get("compat"), "compat"),
        timeout_seconds=reader.number(keys.get("timeout"), "timeout", 0),
        memory_bytes=_memory(reader, keys.get("memory")),
        comment=reader.text(keys.get("comment"), "comment") or "",
        node=node,
        at=Place(entry.key.line, entry.key.column),
    )
    for index in range(known, len(reader.problems)):
        found = reader.problems[index]
        if not found.message.startswith(label):
            reader.problems[index] = Problem(
                found.line, found.column, f"{label}: {found.message}", found.remedy, found.severity
            )
    return step


def _inputs(reader: _Reader, node: syntax.Node | None, target: str) -> tuple[Edge, ...]:
    edges = []
    for port, value in reader.named(node, "inputs", "port"):
        if found := reader.port(value, f'input "{port.text}"'):
            edges.append(Edge(*found, target, port.text, _here(value)))
    return tuple(edges)


def _mapping(reader: _Reader, node: syntax.Node | None, whose: str) -> dict[str, Any]:
    if node is None or _is_empty(node):
        return {}
    if not isinstance(node, syntax.Mapping):
        reader.wrong(node, f"{whose} want a name and a value each.")
        return {}
    return {key.text: syntax.plain(value) for key, value in node.entries}


def _script(reader: _Reader, node: syntax.Node | None) -> Script | None:
    text = reader.text(node, "script")
    if text is None or not isinstance(node, syntax.Scalar):
        return None
    inline = node.style in ("|", ">") or "\n" in text
    return Script(None if inline else text, text if inline else None, _here(node))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _apply(reader: _Reader, node: syntax.Node | None) -> str | dict[str, str | int]:
    if node is None:
        return "whole"
    value = syntax.plain(node)
    if value in ("whole", "batches"):
        return str(value)
    if isinstance(value, dict) and list(value) == ["by"] and isinstance(value["by"], str):
        return value
    if isinstance(value, dict) and list(value) == ["batches"] and _is_count(value["batches"]):
        return value
    reader.wrong(node, '"apply" wants whole, batches or {by: column}.')
    return "whole"


def _memory(reader: _Reader, node: syntax.Node | None) -> int | None:
    text = reader.text(node, "memory")
    if text is None or node is None:
        return None
    found = _MEMORY.fullmatch(text.strip())
    size = int(float(found[1]) * _UNITS[(found[2] or "").upper()]) if found else 0
    if not size:
        reader.wrong(node, '"memory" wants a size such as 512MB or 2GiB.')
        return None
    return size


def _parameter(reader: _Reader, entry: syntax.Entry) -> Parameter | None:
    name, node = entry.key.text, entry.value
    label = f'parameter "{name}"'
    if not isinstance(node, syntax.Mapping):
        reader.wrong(node, f"{label}: wants a type.", "Write for example {type: number, default: 0}.")
        return None
    keys = reader.entries(node, PARAMETER_KEYS, label)
    written = reader.text(keys.get("type"), "type")
    if written not in PARAMETER_TYPES:
        place = keys.get("type", entry.key)
        remedy = did_you_mean(_OTHER_WORDS.get(written or "", written or ""), PARAMETER_TYPES)
        message = f'{label}: no type "{written}".' if written else f'{label}: does not say its "type".'
        reader.wrong(place, message, remedy)
        return None
    kind: ParameterType = written
    choices = keys.get("choices")
    values: list[Any] = []
    if choices is not None:
        if isinstance(choices, syntax.Sequence):
            for item in choices.items:
                if is_of_type(value := syntax.plain(item), kind):
                    values.append(value)
                else:
                    reader.wrong(item, f"{label}: the choice {value!r} is not of type {kind}.")
        else:
            reader.wrong(choices, f"{label}: choices want a list.")
    default_node = keys.get("default")
    default = syntax.plain(default_node) if default_node is not None else None
    if default_node is not None:
        if not is_of_type(default, kind):
            remedy = "Put it in quotes." if kind == "text" else ""
            reader.wrong(default_node, f"{label}: the default {default!r} is not of type {kind}.", remedy)
        elif values and default not in values:
            reader.wrong(default_node, f"{label}: the default {default!r} is not among the choices.")
    return Parameter(
        name=name,
        type=kind,
        default=default,
        has_default=default_node is not None,
        choices=tuple(values),
        description=reader.text(keys.get("description"), "description") or "",
        at=_here(entry.key),
    )


def is_of_type(value: object, kind: ParameterType) -> bool:
    """Tell whether a value suits a parameter's type (a whole number is a number; a boolean is not)."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str)
    wanted = int if kind == "integer" else int | float
    return isinstance(value, wanted) and not isinstance(value, bool)


def _service(reader: _Reader, node: syntax.Node | None) -> Service | None:
    if node is None or _is_empty(node):
        return None
    keys = reader.entries(node, SERVICE_KEYS, "the service")
    inputs = []
    for key, value in reader.named(keys.get("inputs"), "inputs", "input"):
        if found := _service_input(reader, key, value):
            inputs.append(found)
    outputs = []
    for key, value in reader.named(keys.get("outputs"), "outputs", "output"):
        if source := reader.port(value, f'output "{key.text}"'):
            outputs.append(ServiceOutput(key.text, *source, _here(value)))
    if not outputs:
        reader.wrong(node, "The service has no outputs.", 'Name a step under "outputs:".')
    return Service(tuple(inputs), tuple(outputs), _here(node))


def _service_input(reader: _Reader, key: syntax.Scalar, node: syntax.Node) -> ServiceInput | None:
    label = f'input "{key.text}"'
    keys = reader.entries(node, SERVICE_INPUT_KEYS, label)
    for missing in [name for name in SERVICE_INPUT_KEYS if name not in keys]:
        reader.wrong(key, f'{label}: does not say "{missing}".')
    if len(keys.keys() & set(SERVICE_INPUT_KEYS)) < 2:
        return None
    like = reader.port(keys["like"], f'{label}: "like"')
    into_node = keys["into"]
    targets = into_node.items if isinstance(into_node, syntax.Sequence) else (into_node,)
    into = []
    for target in targets:
        found = reader.port(target, f'{label}: "into"')
        if found and found[1] is None:
            reader.wrong(target, f'{label}: "into" wants "step.port".')
        elif found and like:
            into.append(Edge(*like, found[0], found[1] or "", _here(target)))
    return ServiceInput(key.text, like, tuple(into), _here(key)) if like else None


def _is_empty(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Scalar) and syntax.plain(node) is None


def _here(node: syntax.Node) -> Place:
    return Place(node.line, node.column)


def _place(node: syntax.Node, path: Iterable[str | int], fallback: Place) -> Place:
    place = fallback
    for part in path:
        found: syntax.Node | None = None
        if isinstance(node, syntax.Mapping) and isinstance(part, str):
            found = node.get(part)
        elif isinstance(node, syntax.Sequence) and isinstance(part, int) and part < len(node.items):
            found = node.items[part]
        if found is None:
            break
        node, place = found, _here(found)
    return place
