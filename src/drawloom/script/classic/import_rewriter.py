# ruff: noqa: N802, D102 - the names are those of LibCST, which says what they do
"""The table applied to the imports of a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst
from libcst import metadata

from drawloom.script.classic import names
from drawloom.script.classic.names import Bindings
from drawloom.script.classic.note import Note
from drawloom.script.classic.rule import Lost
from drawloom.script.classic.site import code


class Imports(cst.CSTTransformer):
    """Writes the imports as they are today; what is rewritten wherever it is used is imported no more.

    Parameters
    ----------
    kept
        Dotted old names that are still used.
    """

    METADATA_DEPENDENCIES = (metadata.PositionProvider,)

    def __init__(self, kept: set[str]) -> None:
        super().__init__()
        self._kept = kept
        self.notes: list[Note] = []

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.BaseSmallStatement | cst.RemovalSentinel | cst.FlattenSentinel[cst.BaseSmallStatement]:
        if original_node.relative or original_node.module is None:
            return updated_node
        module = code(original_node.module)
        line = int(self.get_metadata(metadata.PositionProvider, original_node).start.line)
        if isinstance(original_node.names, cst.ImportStar):
            found = names.today(module)
            if not found.rules or found.last is not None:
                return updated_node
            self.notes.append(Note(line, found.rules[0].old, found.rules[0].new))
            return updated_node.with_changes(module=_name(found.dotted))
        groups: dict[str, list[cst.ImportAlias]] = {}
        changed = False
        for alias in original_node.names:
            old = f"{module}.{alias.name.value}"
            found = names.today(old)
            into, name, drop = module, str(alias.name.value), False
            if found.last is not None:
                lost = isinstance(found.last.how, Lost)
                drop = not lost and old not in self._kept
                passed = [rule for rule in found.rules if rule is not found.last]
                self.notes += [Note(line, rule.old, rule.new) for rule in passed]
                if lost:
                    note = f"nothing replaces it here: use {found.last.new}"
                    self.notes.append(Note(line, found.last.old, "", note))
            elif found.rules:
                into, _, name = found.dotted.rpartition(".")
                drop = into == "builtins" and alias.asname is None
                self.notes += [Note(line, rule.old, rule.new, rule.note) for rule in found.rules]
            changed |= drop or (into, name) != (module, alias.name.value)
            if not drop:
                same = alias.with_changes(name=_name(name), comma=cst.MaybeSentinel.DEFAULT)
                group = groups.setdefault(into, [])
                if code(same) not in [code(other) for other in group]:
                    group.append(same)
        if not changed:
            return updated_node
        if not groups:
            return cst.RemoveFromParent()
        statements = [
            cst.ImportFrom(module=_name(into), names=aliases) if into else cst.Import(names=aliases)
            for into, aliases in groups.items()
        ]
        return statements[0] if len(statements) == 1 else cst.FlattenSentinel(statements)

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> Any:
        line = int(self.get_metadata(metadata.PositionProvider, original_node).start.line)
        aliases: list[cst.ImportAlias] = []
        for alias in original_node.names:
            found = names.today(code(alias.name))
            if found.last is not None:
                note = f"nothing replaces it here: use {found.last.new}"
                self.notes.append(Note(line, found.last.old, "", note))
            elif found.rules:
                self.notes += [Note(line, rule.old, rule.new) for rule in found.rules]
                alias = alias.with_changes(name=_name(found.dotted))
            alias = alias.with_changes(comma=cst.MaybeSentinel.DEFAULT)
            if code(alias) not in [code(other) for other in aliases]:
                aliases.append(alias)
        if [code(a.name) for a in aliases] == [code(a.name) for a in original_node.names]:
            return updated_node
        return updated_node.with_changes(names=aliases)


def _name(dotted: str) -> Any:
    return cst.parse_expression(dotted)


def bindings(module: cst.Module, taken: set[str]) -> Bindings:
    """Read what a module imports at its top, by the names of today."""
    return Bindings(dict(_imports(module)), set(taken))


def _imports(module: cst.Module) -> Iterator[tuple[str, str]]:
    for line in module.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(statement, cst.Import):
                for alias in statement.names:
                    full = names.today(code(alias.name)).dotted
                    if alias.asname is not None:
                        yield code(alias.asname.name), full
                    else:
                        yield full.partition(".")[0], full.partition(".")[0]
            elif (
                isinstance(statement, cst.ImportFrom)
                and statement.module is not None
                and not statement.relative
            ):
                for alias in () if isinstance(statement.names, cst.ImportStar) else statement.names:
                    found = names.today(f"{code(statement.module)}.{code(alias.name)}")
                    if found.last is None and not found.dotted.startswith("builtins."):
                        bound = alias.asname.name if alias.asname is not None else None
                        yield (
                            code(bound) if bound is not None else found.dotted.rpartition(".")[2],
                            found.dotted,
                        )


def add_imports(text: str, statements: Sequence[str]) -> str:
    """Put import statements below the first import of a source, or below its docstring."""
    if not statements:
        return text
    module = cst.parse_module(text)
    at = 0
    for index, line in enumerate(module.body):
        first = line.body[0] if isinstance(line, cst.SimpleStatementLine) and line.body else None
        future = (
            isinstance(first, cst.ImportFrom)
            and first.module is not None
            and code(first.module) == "__future__"
        )
        docstring = index == 0 and isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString)
        if future or docstring:
            at = index + 1
        elif isinstance(first, cst.Import | cst.ImportFrom):
            at = index + 1
            break
    added = [cst.parse_statement(statement + "\n") for statement in dict.fromkeys(statements)]
    return module.with_changes(body=[*module.body[:at], *added, *module.body[at:]]).code
