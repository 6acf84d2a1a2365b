"""Whether an experiment makes sense: every problem at once, and the graph made of what is right.

Here names become things: modules, ports, edges between ports that fit, parameters that validate, files that
are there. The graph that comes out is what keys and plans are made from.
"""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

from drawloom.errors import DrawloomError, InputError
from drawloom.experiment import fill
from drawloom.experiment.document import Edge, Experiment, Parameter, Place, Step
from drawloom.experiment.paths import open_beneath, read_text
from drawloom.experiment.problem import Problem, did_you_mean
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port, Ports
from drawloom.script.siblings import siblings

_PROBES: dict[str, tuple[Any, ...]] = {
    "number": (0.5, 1, 100), "integer": (1, 0, 100), "boolean": (True, False), "text": (),
}  # fmt: skip
_BUNDLE = "bundle"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge whose both ends are known ports."""

    source: str
    source_port: str
    target_port: str


@dataclass(frozen=True, slots=True)
class Box:
    """A checked step: its module, ports, validated parameters, wires and the text of its script.

    ``parameters`` hold ``${secret:NAME}`` as written; only the engine puts the secret in its place.
    """

    name: str
    step: Step
    module: Module
    parameters: Parameters
    ports: Ports
    wires: tuple[Wire, ...]
    script: str | None
    siblings: dict[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """The checked steps in an order in which each comes after its sources (else as in the file)."""

    experiment: Experiment
    values: dict[str, Any]
    boxes: dict[str, Box]
    roots: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """All problems of an experiment by place; ``graph`` is there if none of them is an error."""

    problems: tuple[Problem, ...]
    graph: Graph | None

    def require(self, name: str) -> Graph:
        """Give the graph.

        Raises
        ------
        InputError
            0018: the experiment ``name`` has errors; every one of them is a line of the message.
        """
        if self.graph is not None:
            return self.graph
        errors = [problem.render(name) for problem in self.problems if problem.severity == "error"]
        raise InputError("The experiment cannot run:\n" + "\n".join(errors), code="0018")


@dataclass(slots=True)
class _Look:
    """What one check knows and has found."""

    experiment: Experiment
    catalogue: Mapping[str, Module]
    values: Mapping[str, Any]
    roots: tuple[Path, ...]
    environments: Collection[str] | None
    secrets: Collection[str] | None
    problems: list[Problem]
    texts: dict[str, str | InputError] = field(default_factory=dict)
    seen: dict[str, InputError | None] = field(default_factory=dict)
    beside: dict[Path, set[str]] = field(default_factory=dict)

    def say(self, at: Place, message: str, remedy: str = "") -> None:
        self.problems.append(Problem(at.line, at.column, message, remedy))

    def text(self, path: str) -> str:
        """Read a script once, however many steps use it."""
        if path not in self.texts:
            try:
                self.texts[path] = read_text(self.experiment.folder, path, self.roots)
            except InputError as error:
                self.texts[path] = error
        found = self.texts[path]
        if isinstance(found, InputError):
            raise found
        return found

    def names_beside(self, folder: Path) -> set[str]:
        """List once what a script in a folder could import from beside it."""
        if folder not in self.beside:
            self.beside[folder] = {name.removesuffix(".py") for name in os.listdir(folder)}
        return self.beside[folder]

    def fault(self, path: str) -> InputError | None:
        """Try once whether a file or folder is there and may be opened."""
        if path not in self.seen:
            self.seen[path] = _fault(self.experiment.folder, path, self.roots)
        return self.seen[path]


def check(
    experiment: Experiment,
    catalogue: Mapping[str, Module],
    *,
    given: Mapping[str, Any] | None = None,
    roots: Iterable[Path] = (),
    environments: Collection[str] | None = None,
    secrets: Collection[str] | None = None,
) -> Checked:
    """Find every problem of an experiment.

    Parameters
    ----------
    catalogue
        The modules there are, by name.
    given
        Values for the experiment's parameters. Where one has neither a value nor a default it is checked by
        its type alone; a run needs all of them (`drawloom.experiment.plan`).
    roots
        Folders outside the experiment's own that its paths may lead to.
    environments, secrets
        The names there are; None leaves them unchecked.

    Raises
    ------
    InputError
        ``given`` has an unknown name or a value of the wrong type.
    """
    values = fill.parameter_values(experiment, given or {})
    look = _Look(
        experiment, catalogue, values, tuple(roots), environments, secrets, list(experiment.problems)
    )
    used: set[str] = set()
    found: dict[str, Box] = {}
    for step in experiment.steps.values():
        used.update(_check_placeholders(look, step))
        if box := _box(look, step):
            found[step.name] = box
    _check_edges(look, found)
    order = _order(look)
    _check_service(look, found)
    for name, parameter in experiment.parameters.items():
        if name not in used:
            line, column = parameter.at
            look.problems.append(
                Problem(line, column, f'parameter "{name}": no step uses it.', "", "warning")
            )
    problems = tuple(sorted(set(look.problems)))
    if order is None or any(problem.severity == "error" for problem in problems):
        return Checked(problems, None)
    boxes = {name: _wired(found[name], found) for name in order}
    return Checked(problems, Graph(experiment, dict(values), boxes, look.roots))


def _box(look: _Look, step: Step) -> Box | None:
    """Check a step by itself; None where its ports cannot be known."""
    if not step.module:
        return None
    label = f'step "{step.name}"'
    if step.module not in look.catalogue:
        remedy = did_you_mean(step.module, look.catalogue)
        look.say(step.place("module"), f'{label}: no module "{step.module}".', remedy)
        return None
    try:
        module = look.catalogue[step.module]
    except InputError as error:
        look.say(step.place("module"), f"{label}: {error.message}", error.remedy)
        return None
    if look.environments is not None and step.environment and step.environment not in look.environments:
        remedy = did_you_mean(step.environment, look.environments)
        look.say(step.place("environment"), f'{label}: no environment "{step.environment}".', remedy)
    script, readable = _script(look, step, module)
    parameters = _parameters(look, step, module, script)
    if not readable:
        return None
    settings = {
        "params": fill.fill(step.parameters, look.values),
        "script": script,
        "inputs": [edge.target_port for edge in step.inputs],
        "apply": step.apply,
        "compat": step.compat,
    }
    try:
        ports = module.ports(settings)
    except DrawloomError as error:
        look.say(step.place("script"), f"{label}: {error.message}", error.remedy)
        return None
    _check_bundle(look, step, ports)
    _check_files(look, step, module)
    if step.apply != "whole" and module.ports_from is None:
        look.say(step.place("apply"), f'{label}: "apply" is for scripts; {module.name} has none.')
    beside = _siblings(look, step, script)
    return Box(step.name, step, module, parameters or Parameters(), ports, (), script, beside)


def _script(look: _Look, step: Step, module: Module) -> tuple[str | None, bool]:
    """Give the text of a step's script, and whether what the module needs of it is there."""
    label = f'step "{step.name}"'
    takes = takes_script(module)
    if step.script is None:
        needs = takes and "script" not in step.parameters and _script_is_required(module)
        if needs:
            look.say(
                step.at, f"{label}: {module.name} wants a script.", 'Add "script:" with the path of its file.'
            )
        return None, not needs
    if not takes:
        look.say(step.place("script"), f"{label}: {module.name} takes no script.", "Remove the line.")
        return None, True
    if step.script.text is not None:
        return step.script.text, True
    assert step.script.path is not None
    try:
        return look.text(step.script.path), True
    except InputError as error:
        look.say(step.script.at, f"{label}: {error.message}", error.remedy)
        return None, False


def _siblings(look: _Look, step: Step, script: str | None) -> dict[str, str]:
    """Give the Python files beside a script that it imports; looked for if its text names one of them."""
    path = step.script.path if step.script else None
    if script is None or path is None or not path.endswith(".py"):
        return {}
    file = look.experiment.folder / path
    if not (look.names_beside(file.parent) - {file.stem}) & set(_WORD.findall(normalize("NFKC", script))):
        return {}
    try:
        return siblings(file, step.compat)
    except DrawloomError as error:
        look.say(step.place("script"), f'step "{step.name}": {error.message}', error.remedy)
        return {}


def takes_script(module: Module) -> bool:
    """Tell whether a step of this module has a script: for its ports, or as a parameter of that name."""
    return module.ports_from is not None or "script" in module.parameters.model_fields


def _script_is_required(module: Module) -> bool:
    field_ = module.parameters.model_fields.get("script")
    return field_ is None or field_.is_required()


def _parameters(look: _Look, step: Step, module: Module, script: str | None) -> Parameters | None:
    label = f'step "{step.name}"'
    values = fill.fill(step.parameters, look.values)
    if step.script is not None and "script" in step.parameters:
        look.say(
            step.key_place("params", "script"), f"{label}: the script is given twice.", "Keep one of them."
        )
    if script is not None and "script" in module.parameters.model_fields:
        values["script"] = script
    elif "script" in module.parameters.model_fields:
        values.setdefault("script", "")  # that its file is missing has been reported already
    open_paths = dict(_without_value(look, step))
    for path in open_paths:
        _put(values, path, _suitable_probe(look, module, values, path, open_paths[path]))
    parameters, problems = module.check(values)
    for problem in problems:
        parameter = next((open_paths[path] for path in open_paths if problem.path[: len(path)] == path), None)
        if parameter is None:
            look.say(_place_of(step, module, problem.path), f"{label}: {problem.message}", problem.remedy)
        elif parameter.type != "text" or parameter.choices:
            look.say(
                _place_of(step, module, problem.path),
                f'{label}: parameter "{parameter.name}" of type {parameter.type} does not suit '
                f'"{problem.path[0]}": {problem.message}',
            )
    return parameters


def _without_value(look: _Look, step: Step) -> Iterator[tuple[fill.Path, Parameter]]:
    for path, text in fill.placeholders(step.parameters):
        found = fill.WHOLE.fullmatch(text)
        if found and found[1] not in look.values and found[1] in look.experiment.parameters:
            yield path, look.experiment.parameters[found[1]]


def _suitable_probe(
    look: _Look, module: Module, values: dict[str, Any], path: fill.Path, parameter: Parameter
) -> Any:
    """Give a value of the parameter's type that the module accepts, or any one where it accepts none."""
    probes = parameter.choices or _PROBES[parameter.type] or ("text",)
    for probe in probes:
        _put(values, path, probe)
        if not any(problem.path[: len(path)] == path for problem in module.check(values)[1]):
            return probe
    return probes[0]


def _put(values: dict[str, Any], path: fill.Path, value: Any) -> None:
    node: Any = values
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value


def _place_of(step: Step, module: Module, path: tuple[str | int, ...]) -> Place:
    if path == ("script",) and step.script is not None:
        return step.script.at
    if len(path) == 1 and path[0] not in module.parameters.model_fields:
        return step.key_place("params", str(path[0]))
    return step.place("params", *path)


def _check_placeholders(look: _Look, step: Step) -> set[str]:
    """Check the placeholders of a step; give the names of the parameters it uses."""
    label = f'step "{step.name}"'
    used = set()
    for path, text in fill.placeholders(step.parameters):
        at = step.place("params", *path)
        whole, secret = fill.WHOLE.fullmatch(text), fill.SECRET.fullmatch(text)
        if whole:
            used.add(whole[1])
            if whole[1] not in look.experiment.parameters:
                remedy = did_you_mean(whole[1], look.experiment.parameters, 'Add it under "parameters:".')
                look.say(at, f'{label}: no parameter "{whole[1]}".', remedy)
        elif secret:
            if look.secrets is not None and secret[1] not in look.secrets:
                remedy = did_you_mean(secret[1], look.secrets, f"Set it: drawloom secret set {secret[1]}")
                look.say(at, f'{label}: no secret "{secret[1]}".', remedy)
        else:
            look.say(
                at,
                f'{label}: a placeholder fills a whole value, and "{_short(text)}" has text around it.',
                'Make the whole value one parameter, or write "$${" for the characters themselves.',
            )
    for key in ("module", "script", "bundle", "environment"):
        value = getattr(step, key) if key != "script" else step.script and step.script.path
        if isinstance(value, str) and (fill.WHOLE.search(value) or fill.SECRET.search(value)):
            look.say(step.place(key), f'{label}: placeholders fill values of "params" only, not "{key}".')
    return used


def _check_bundle(look: _Look, step: Step, ports: Ports) -> None:
    if step.bundle is None:
        return
    label, at = f'step "{step.name}"', step.place("bundle")
    if not any(port.kind == "bundle" for port in ports.inputs):
        look.say(at, f"{label}: {step.module} takes no bundle.", "Remove the line.")
    elif any(edge.target_port == _BUNDLE for edge in step.inputs):
        look.say(at, f"{label}: the bundle is named here and wired too.", "Keep one of them.")
    elif error := look.fault(step.bundle):
        look.say(at, f"{label}: {error.message}", error.remedy)


def _check_files(look: _Look, step: Step, module: Module) -> None:
    """Check that what the step reads is there, and that what it writes stays within the folder."""
    for role, writes in ((module.reads, False), (module.writes, True)):
        path = fill.fill(step.parameters.get(role), look.values) if role else None
        if not isinstance(path, str) or fill.placeholders_in(path):
            continue
        target = (path.rpartition("/")[0] or ("/" if path.startswith("/") else ".")) if writes else path
        if error := look.fault(target):
            look.say(step.place("params", role or ""), f'step "{step.name}": {error.message}', error.remedy)


def _fault(folder: Path, path: str, roots: tuple[Path, ...]) -> InputError | None:
    try:
        os.close(open_beneath(folder, path, roots))
    except InputError as error:
        return error
    return None


def _check_edges(look: _Look, boxes: Mapping[str, Box]) -> None:
    steps = look.experiment.steps
    for step in steps.values():
        label = f'step "{step.name}"'
        box = boxes.get(step.name)
        for edge in step.inputs:
            target = _target(look, label, box, edge) if box else None
            if edge.source not in steps:
                look.say(edge.at, f'{label}: no step "{edge.source}".', did_you_mean(edge.source, steps))
            elif edge.source in boxes:
                source = _source(look, label, boxes[edge.source], edge.source_port, edge.at)
                if source and target and source.kind != target.kind:
                    look.say(
                        edge.at,
                        f'{label}: "{edge.source}.{source.name}" gives a {_shown(source)}, but the port '
                        f'"{target.name}" wants a {_shown(target)}.',
                        _other_port(boxes[edge.source], target),
                    )
        if box:
            wired = {edge.target_port for edge in step.inputs}
            for port in box.ports.inputs:
                if (
                    not port.optional
                    and port.name not in wired
                    and not (port.kind == "bundle" and step.bundle)
                ):
                    look.say(
                        step.at,
                        f'{label}: nothing is connected to the port "{port.name}".',
                        f"Add inputs: {{{port.name}: STEP}}.",
                    )


def _target(look: _Look, label: str, box: Box, edge: Edge) -> Port | None:
    port = _port(box.ports.inputs, edge.target_port)
    if port is None:
        names = [port.name for port in box.ports.inputs]
        written_here = edge in box.step.inputs
        at = box.step.key_place("inputs", edge.target_port) if written_here else edge.at
        remedy = did_you_mean(
            edge.target_port, names, f"{box.module.name} has no inputs." if not names else ""
        )
        look.say(at, f'{label}: no input port "{edge.target_port}".', remedy)
    return port


def _source(look: _Look, label: str, box: Box, name: str | None, at: Place) -> Port | None:
    outputs = box.ports.outputs
    if not outputs:
        look.say(at, f'{label}: "{box.name}" has no outputs.')
        return None
    if name is None:
        return outputs[0]
    port = _port(outputs, name)
    if port is None:
        remedy = did_you_mean(name, [port.name for port in outputs])
        look.say(at, f'{label}: "{box.name}" has no output port "{name}".', remedy)
    return port


def _other_port(source: Box, target: Port) -> str:
    fitting = [port.name for port in source.ports.outputs if port.kind == target.kind]
    return f'Did you mean "{source.name}.{fitting[0]}"?' if len(fitting) == 1 else ""


def _port(ports: Iterable[Port], name: str) -> Port | None:
    return next((port for port in ports if port.name == name), None)


def _shown(port: Port) -> str:
    return port.kind.replace("-", " ")


def _wired(box: Box, boxes: Mapping[str, Box]) -> Box:
    wires = tuple(
        Wire(edge.source, edge.source_port or boxes[edge.source].ports.outputs[0].name, edge.target_port)
        for edge in box.step.inputs
    )
    return replace(box, wires=wires)


def _order(look: _Look) -> list[str] | None:
    """Sort the steps topologically, ties as in the file; name every cycle and give None if there is one."""
    steps = look.experiment.steps
    number = {name: index for index, name in enumerate(steps)}
    names = list(steps)
    waiting = {
        name: len({edge.source for edge in step.inputs if edge.source in steps})
        for name, step in steps.items()
    }
    followers: dict[str, list[str]] = {name: [] for name in steps}
    for name, step in steps.items():
        for source in {edge.source for edge in step.inputs if edge.source in steps}:
            followers[source].append(name)
    ready = [number[name] for name, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for follower in followers[name]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, number[follower])
    if len(order) == len(steps):
        return order
    left = {name for name in steps if waiting[name]}
    for cycle in _cycles(steps, left):
        edge = next(edge for edge in steps[cycle[0]].inputs if edge.source == cycle[-2])
        look.say(
            edge.at,
            f'step "{cycle[0]}": the steps feed each other in a circle: {" -> ".join(cycle)}.',
            "Remove one of these wires.",
        )
    return None


def _cycles(steps: Mapping[str, Step], left: set[str]) -> Iterator[list[str]]:
    """Give disjoint cycles among the steps that could not be sorted, each from its first step in the file."""
    done: set[str] = set()
    for start in steps:
        if start not in left or start in done:
            continue
        path: list[str] = []
        at: dict[str, int] = {}
        name: str | None = start
        while name is not None and name not in done and name not in at:
            at[name] = len(path)
            path.append(name)
            name = next((edge.source for edge in steps[name].inputs if edge.source in left), None)
        done.update(path)
        if name is not None and name in at:
            cycle = path[at[name] :][::-1]
            first = min(range(len(cycle)), key=lambda index: list(steps).index(cycle[index]))
            yield [*cycle[first:], *cycle[:first], cycle[first]]


def _check_service(look: _Look, boxes: Mapping[str, Box]) -> None:
    service = look.experiment.service
    if service is None:
        return
    steps = look.experiment.steps
    for entry in service.inputs:
        label = f'service input "{entry.name}"'
        _check_reference(
            look, label, boxes, *entry.like, look.experiment.place("service", "inputs", entry.name, "like")
        )
        for edge in entry.into:
            if edge.target not in steps:
                look.say(edge.at, f'{label}: no step "{edge.target}".', did_you_mean(edge.target, steps))
            elif edge.target in boxes:
                port = _target(look, label, boxes[edge.target], edge)
                if port and port.kind != "table":
                    look.say(edge.at, f'{label}: the port "{port.name}" wants a {_shown(port)}, not rows.')
    for output in service.outputs:
        label = f'service output "{output.name}"'
        _check_reference(look, label, boxes, output.source, output.source_port, output.at)


def _check_reference(
    look: _Look, label: str, boxes: Mapping[str, Box], step: str, port: str | None, at: Place
) -> None:
    if step not in look.experiment.steps:
        look.say(at, f'{label}: no step "{step}".', did_you_mean(step, look.experiment.steps))
    elif step in boxes:
        found = _source(look, label, boxes[step], port, at)
        if found and found.kind != "table":
            look.say(at, f'{label}: "{step}.{found.name}" gives a {_shown(found)}, not rows.')


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
