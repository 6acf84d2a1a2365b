"""The reference of all modules, made from their specs (host side).

``python -m drawloom.modules.reference docs/module-reference.md`` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from drawloom.modules.registry import module, modules
from drawloom.modules.spec import Module, Port

_HEAD = """# Module reference

Made from the specs by `python -m drawloom.modules.reference docs/module-reference.md`;
[modules.md](modules.md) says what all modules have in common.
"""


def reference() -> str:
    """Give the page, as Markdown: every module by family, with its ports and parameters."""
    lines = [_HEAD]
    # The modules of a whole library, such as sklearn.<Name>, have their library's own reference.
    own = [module(name) for name in modules() if "." not in name]
    by_family = sorted(own, key=lambda each: (each.family, each.name))
    for family, members in groupby(by_family, key=lambda each: each.family):
        lines.append(f"## {family.capitalize()}\n")
        for each in members:
            lines += _module(each)
    return "\n".join(lines)


def _module(each: Module) -> Iterator[str]:
    yield f"### `{each.name}`\n\n{each.title}. {each.doc}\n"
    if each.inputs or each.outputs:
        yield from _table(
            ("port", "", "carries", ""), [*_ports("in", each.inputs), *_ports("out", each.outputs)]
        )
    schema = each.parameters.model_json_schema()
    rows = [
        (
            f"`{name}`",
            _kind(shown, schema),
            _default(name, each),
            f"**{shown['title']}.** {shown['description']}",
        )
        for name, shown in schema.get("properties", {}).items()
    ]
    if rows:
        yield from _table(("parameter", "takes", "default", ""), rows)


def _ports(side: str, ports: Iterable[Port]) -> Iterator[tuple[str, ...]]:
    for port in ports:
        yield f"`{port.name}`", side, port.kind + (", optional" if port.optional else ""), port.doc


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def _kind(shown: dict[str, Any], schema: dict[str, Any]) -> str:
    """Say in words what a parameter takes, from its JSON schema."""
    if shown.get("ui") in ("columns", "column"):
        return "columns" if shown["ui"] == "columns" else "one column"
    if "groups" in shown:
        return "; ".join(f"{group}: " + ", ".join(names) for group, names in shown["groups"].items())
    if "enum" in shown:
        return ", ".join(f"`{choice}`" for choice in shown["enum"])
    if "anyOf" in shown:
        return " or ".join(_kind(each, schema) for each in shown["anyOf"] if each.get("type") != "null")
    if "$ref" in shown:
        return _kind(schema["$defs"][shown["$ref"].rpartition("/")[2]], schema)
    kind = {"array": "list", "object": "mapping", "string": "text"}.get(
        shown.get("type", ""), shown.get("type", "")
    )
    low, high = shown.get("minimum"), shown.get("maximum")
    if low is not None and high is not None:
        return f"{kind}, {low:g} to {high:g}"
    return f"{kind}, {low:g} or more" if low is not None else kind


def _default(name: str, each: Module) -> str:
    field = each.parameters.model_fields[name]
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if hasattr(value, "model_dump"):
        value = value.model_dump(exclude_defaults=True)
        return "all" if value == {"begin": "all"} else _selection(value)
    return "" if value in (None, "", ()) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _selection(value: dict[str, Any]) -> str:
    (rule,) = value["rules"]
    return "all " + ", ".join(rule["include"]["types"])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
