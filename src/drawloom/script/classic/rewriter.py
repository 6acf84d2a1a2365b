"""The table applied to a source: one pass of LibCST over the uses of old names, one over the imports."""

# ruff: noqa: N802, D102 - the names are those of LibCST, which says what they do
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst
from libcst import metadata

from drawloom.script.classic import frequency, names
from drawloom.script.classic.kinds import PANDAS, Kinds
from drawloom.script.classic.names import Bindings
from drawloom.script.classic.note import Note
from drawloom.script.classic.rewrites import REWRITES
from drawloom.script.classic.rule import Around, Call, Function, Lost, Member, Rule
from drawloom.script.classic.rules import BY_OLD, RULES
from drawloom.script.classic.site import Site, code, literal, operand, plain
from drawloom.script.classic.tree import INPLACE, LISTS, METHODS, VIEWS

_NO_COLUMNS = ("loc", "iloc", "ix", "at", "iat", "values", "index", "columns")
_VALUES = ("ninf", "spectral")
_OTHERS = ("list", "dict", "str", "int", "float", "array")
_TAKERS = (
    "list",
    "tuple",
    "set",
    "frozenset",
    "sorted",
    "sum",
    "max",
    "min",
    "any",
    "all",
    "dict",
    "enumerate",
)


def _by_name() -> tuple[dict[str, list[Rule]], dict[str, list[Rule]], dict[str, list[Rule]]]:
    """Give the rules of members by name, of calls by dotted name, and of calls of methods by name.

    Arguments are named first, as what else is done to them goes by their names.
    """
    members: dict[str, list[Rule]] = {}
    calls: dict[str, list[Rule]] = {}
    methods: dict[str, list[Rule]] = {}
    for rule in sorted(RULES, key=lambda rule: not (isinstance(rule.how, Call) and "*" in rule.how.order)):
        if isinstance(rule.how, Member):
            members.setdefault(rule.old.rpartition(".")[2], []).append(rule)
        elif isinstance(rule.how, Call | Around):
            for target in rule.how.targets:
                owner, _, name = target.rpartition(".")
                of_class = owner.rpartition(".")[2][:1].isupper()
                group = methods.setdefault(name, []) if of_class else calls.setdefault(target, [])
                if rule not in group:
                    group.append(rule)
    return members, calls, methods


_MEMBERS, _CALLS, _METHODS = _by_name()


class Rewriter(cst.CSTTransformer):
    """Rewrites the uses of old names.

    Parameters
    ----------
    bindings
        The names of the module.
    python2
        Whether the source was Python 2: None of ``/``, ``map`` and ``d.keys()`` is touched otherwise.
    floors
        Whether ``/`` of whole numbers gave whole numbers.
    """

    METADATA_DEPENDENCIES = (
        metadata.QualifiedNameProvider,
        metadata.PositionProvider,
        metadata.ParentNodeProvider,
    )

    def __init__(self, bindings: Bindings, *, python2: bool, floors: bool) -> None:
        super().__init__()
        self._bindings = bindings
        self._python2 = python2
        self._floors = floors
        self._kinds = Kinds(self._dotted)
        self._statements: dict[cst.CSTNode, cst.BaseSmallStatement] = {}
        self.notes: list[Note] = []
        self.divisions: list[int] = []
        self.kept: set[str] = set()

    def visit_Module(self, node: cst.Module) -> None:
        node.visit(self._kinds)

    # What a node is

    def _dotted(self, node: cst.CSTNode) -> str | None:
        """Give the full name of what is imported or built in, or None for anything else."""
        if not isinstance(node, cst.Name | cst.Attribute) or not plain(node):
            return None
        found = self.get_metadata(metadata.QualifiedNameProvider, node, set()) or set()
        if callable(found):
            found = found()
        if len(found) == 1:
            (only,) = found
            if only.source is not metadata.QualifiedNameSource.LOCAL:
                return names.canonical(str(only.name))
        if isinstance(node, cst.Name) and not found and f"builtins.{node.value}" in BY_OLD:
            return f"builtins.{node.value}" if node.value not in self._bindings.taken else None
        return None

    def _line(self, node: cst.CSTNode) -> int:
        return int(self.get_metadata(metadata.PositionProvider, node).start.line)

    def _parent(self, node: cst.CSTNode) -> cst.CSTNode:
        parent: cst.CSTNode = self.get_metadata(metadata.ParentNodeProvider, node)
        return parent

    def _site(self, node: Any, original: Any, rule: Rule, reviews: list[str], *, dotted: bool) -> Site:
        used = not isinstance(self._parent(original), cst.Expr)
        return Site(
            node, original, self._kinds.of, self._bindings.say, reviews.append, used, rule.old, dotted
        )

    def _apply(self, rule: Rule, name: str, node: Any, original: Any, *, dotted: bool = False) -> Any:
        """Apply a rewrite of the table; gives the node as it was where it does not."""
        reviews: list[str] = []
        done = REWRITES[name](self._site(node, original, rule, reviews, dotted=dotted))
        if done is None and not reviews:
            return node
        reviews = [*reviews, rule.note] if done is not None and rule.note and not reviews else reviews
        for review in dict.fromkeys(reviews or [""]):
            self.notes.append(Note(self._line(original), rule.old, "" if done is None else rule.new, review))
        if isinstance(done, cst.BaseSmallStatement):
            self._statements[self._parent(original)] = done
            return node
        return node if done is None else done

    def _note(self, node: cst.CSTNode, rule: Rule, review: str = "", *, changed: bool = True) -> None:
        self.notes.append(Note(self._line(node), rule.old, rule.new if changed else "", review))

    # Names of modules

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        parent = self._parent(original_node)
        if isinstance(
            parent,
            cst.ImportAlias | cst.AsName | cst.Param | cst.AssignTarget | cst.FunctionDef | cst.ClassDef,
        ):
            return updated_node
        if isinstance(parent, cst.Arg) and parent.keyword is original_node:
            return updated_node
        if isinstance(parent, cst.Attribute) and (
            parent.attr is original_node or self._in_import(original_node)
        ):
            return updated_node
        if isinstance(parent, cst.ImportFrom):
            return updated_node
        dotted = self._dotted(original_node)
        if dotted is None:
            return updated_node
        return self._today(dotted, original_node, updated_node)

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        if self._in_import(original_node):
            return updated_node
        dotted = self._dotted(original_node)
        if dotted is not None:
            return self._today(dotted, original_node, updated_node)
        parent = self._parent(original_node)
        if isinstance(parent, cst.Call) and parent.func is original_node:
            return updated_node
        for rule in _MEMBERS.get(original_node.attr.value, ()):
            assert isinstance(rule.how, Member)
            if not self._may_be(rule, original_node) or rule.how.rewrite in ("ix", "is_copy"):
                continue
            if rule.how.rewrite.startswith(".") and rule.old.endswith("is_monotonic"):
                self._note(original_node, rule)
                return updated_node.with_changes(attr=cst.Name(rule.how.rewrite[1:]))
            if rule.how.rewrite in ("weekday_name", "week", "blocks", "grid_scores"):
                return self._expression(self._apply(rule, rule.how.rewrite, updated_node, original_node))
        return updated_node

    @staticmethod
    def _expression(node: Any) -> cst.BaseExpression:
        assert isinstance(node, cst.BaseExpression)
        return node

    def _in_import(self, node: cst.CSTNode) -> bool:
        parent: cst.CSTNode | None = node
        while isinstance(parent, cst.Attribute | cst.Name):
            parent = self._parent(parent)
        return isinstance(parent, cst.Import | cst.ImportFrom | cst.ImportAlias)

    def _today(self, dotted: str, original: Any, updated: Any) -> cst.BaseExpression:
        found = names.today(dotted)
        if not found.rules:
            return self._expression(updated)
        parent = self._parent(original)
        if isinstance(parent, cst.Attribute) and parent.value is original and found.last is None:
            longer = self._dotted(parent)
            if longer is not None and names.today(longer).last is not None:
                return self._expression(original)  # the longer name decides
        if found.last is not None:
            return self._last(found.last, dotted, original, updated)
        text = self._bindings.say(found.dotted)
        if text == code(original) and not dotted.startswith("builtins."):
            return self._expression(updated)
        if not (
            isinstance(parent, cst.Attribute)
            and parent.value is original
            and self._dotted(parent) is not None
        ):
            for rule in found.rules:
                self._note(original, rule, rule.note)
        new = cst.parse_expression(text)
        return new.with_changes(lpar=updated.lpar, rpar=updated.rpar)

    def _last(self, rule: Rule, dotted: str, original: Any, updated: Any) -> cst.BaseExpression:
        parent = self._parent(original)
        if isinstance(rule.how, Lost):
            if not (isinstance(parent, cst.Attribute) and parent.value is original):
                self._note(original, rule, f"nothing replaces it here: use {rule.new}", changed=False)
            self.kept.add(dotted)
            return self._expression(original)
        assert isinstance(rule.how, Function)
        if isinstance(parent, cst.Call) and parent.func is original:
            return self._expression(original)  # left to the call
        if rule.how.rewrite in _VALUES:
            return self._expression(self._apply(rule, rule.how.rewrite, updated, original, dotted=True))
        self._note(original, rule, f"is not called here; use {rule.new}", changed=False)
        self.kept.add(dotted)
        return self._expression(original)

    # Calls

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        dotted = self._dotted(original_node.func)
        if dotted is not None:
            member = self._class_method(dotted, original_node, updated_node)
            if member is not None:
                return member
            return self._call_of_name(dotted, original_node, updated_node)
        if isinstance(original_node.func, cst.Attribute):
            return self._call_of_method(original_node, updated_node)
        return updated_node

    def _class_method(self, dotted: str, original: cst.Call, updated: cst.Call) -> cst.BaseExpression | None:
        owner, _, name = dotted.rpartition(".")
        for rule in _MEMBERS.get(name, ()):
            assert isinstance(rule.how, Member)
            if owner in rule.how.owners and name.startswith("from_"):
                return self._expression(self._apply(rule, rule.how.rewrite, updated, original))
        return None

    def _call_of_name(self, dotted: str, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        found = names.today(dotted)
        if found.last is not None and isinstance(found.last.how, Function):
            done = self._apply(found.last, found.last.how.rewrite, updated, original, dotted=True)
            if done is updated and self._parent(original) not in self._statements:
                self._note(
                    original, found.last, f"this call has no rewrite; use {found.last.new}", changed=False
                )
                self.kept.add(dotted)
            return self._expression(done)
        node: Any = updated
        for rule in _CALLS.get(found.dotted, ()):
            node = self._adapted(rule, node, original, dotted=True)
        if self._python2 and found.dotted.partition(".")[2] in LISTS and found.dotted.startswith("builtins."):
            return self._listed("map(f, x)", node, original, found.dotted.partition(".")[2])
        return self._expression(node)

    def _call_of_method(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        assert isinstance(original.func, cst.Attribute)
        name = original.func.attr.value
        for rule in _MEMBERS.get(name, ()):
            assert isinstance(rule.how, Member)
            if not self._may_be(rule, original.func):
                continue
            if rule.how.rewrite.startswith("."):
                self._note(original, rule)
                function = updated.func
                assert isinstance(function, cst.Attribute)
                return updated.with_changes(func=function.with_changes(attr=cst.Name(rule.how.rewrite[1:])))
            if rule.how.rewrite in REWRITES:
                before = len(self.notes)
                done = self._apply(rule, rule.how.rewrite, updated, original)
                if done is not updated or len(self.notes) > before:
                    return self._expression(done)
        node: Any = updated
        for rule in _METHODS.get(name, ()):
            node = self._adapted(rule, node, original, dotted=False)
            if not (isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute)):
                return self._expression(node)
            if node.func.attr.value != name:
                return node
        return self._python2_method(name, node, original) if self._python2 else self._expression(node)

    def _may_be(self, rule: Rule, function: cst.Attribute) -> bool:
        """Tell whether a member may be the rule's, going by what is known of what it is called on."""
        assert isinstance(rule.how, Member)
        if not any(owner.startswith("pandas.") for owner in rule.how.owners):
            return self._kinds.of(function.value) not in (*_OTHERS, *PANDAS)
        if rule.old.startswith("Series.dt."):
            return isinstance(function.value, cst.Attribute) and function.value.attr.value == "dt"
        kind = self._kinds.of(function.value)
        if kind in _OTHERS:
            return False
        owners = {"frame": "pandas.DataFrame", "series": "pandas.Series"}
        return kind not in owners or owners[kind] in rule.how.owners

    def _adapted(self, rule: Rule, node: Any, original: cst.Call, *, dotted: bool) -> Any:
        if isinstance(rule.how, Around):
            return self._apply(rule, rule.how.rewrite, node, original, dotted=dotted)
        assert isinstance(rule.how, Call)
        if not dotted and not self._receiver_suits(rule.how, original, rule):
            return node
        args = _adapt(rule.how, node.args)
        if args is None:
            return node
        self._note(original, rule, rule.note)
        return node.with_changes(args=args)

    def _receiver_suits(self, call: Call, original: cst.Call, rule: Rule) -> bool:
        assert isinstance(original.func, cst.Attribute)
        receiver = original.func.value
        kind = self._kinds.of(receiver)
        owners = {target.rpartition(".")[0] for target in call.targets}
        if {"frame": owners == {"pandas.Series"}, "series": owners == {"pandas.DataFrame"}}.get(kind or ""):
            return False
        if not all(owner.partition(".")[0] == "pandas" for owner in owners):
            return kind not in (*_OTHERS, *(() if "hist" in rule.old else PANDAS))
        if call.receiver.startswith("."):
            return isinstance(receiver, cst.Attribute) and receiver.attr.value == call.receiver[1:]
        if kind in _OTHERS:
            return False
        if not call.receiver:
            return True
        if kind is None and _adapt(call, original.args) is not None and "replace" not in rule.old:
            self._note(original, rule, f"if this is a {call.receiver} call: {rule.new}", changed=False)
        return kind in PANDAS if call.receiver == "pandas" else kind == call.receiver

    # Python 2

    def _python2_method(self, name: str, node: cst.Call, original: cst.Call) -> cst.BaseExpression:
        assert isinstance(node.func, cst.Attribute)
        receiver = operand(node.func.value)
        if name == "has_key" and len(node.args) == 1:
            self._note(original, BY_OLD["d.has_key(k)"])
            text = f"{operand(node.args[0].value)} in {receiver}"
            safe = isinstance(
                self._parent(original), cst.If | cst.IndentedBlock | cst.Expr | cst.Assign | cst.Arg
            )
            return cst.parse_expression(text if safe else f"({text})")
        if name == "next" and not node.args:
            self._note(
                original, BY_OLD["iterator.next()"], "taken for an iterator, not a class of the script's own"
            )
            return cst.parse_expression(f"next({code(node.func.value)})")
        if name in METHODS and not node.args:
            self._note(original, BY_OLD["d.iteritems()"])
            return node.with_changes(func=node.func.with_changes(attr=cst.Name(METHODS[name])))
        if name in VIEWS and not node.args:
            return self._listed("d.keys()", node, original, name)
        return node

    def _listed(
        self, old: str, node: cst.BaseExpression, original: cst.Call, name: str
    ) -> cst.BaseExpression:
        parent = self._parent(original)
        if isinstance(parent, cst.For | cst.CompFor) and parent.iter is original:
            return node
        if isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, cst.In | cst.NotIn):
            return node
        if isinstance(parent, cst.Arg):
            call = self._parent(parent)
            taker = self._dotted(call.func) if isinstance(call, cst.Call) else None
            method = (
                call.func.attr.value
                if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute)
                else ""
            )
            sized = name in VIEWS or name == "range"
            if (taker or "").removeprefix("builtins.") in (
                *_TAKERS,
                *(("len",) if sized else ()),
            ) or method == "join":
                return node
        self._note(original, BY_OLD[old])
        return cst.parse_expression(f"list({code(node)})")

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BaseExpression:
        if not (self._floors and isinstance(original_node.operator, cst.Divide)):
            return updated_node
        kinds = {self._kinds.of(original_node.left), self._kinds.of(original_node.right)}
        rule = BY_OLD["a / b"]
        if kinds == {"int"}:
            self._note(original_node, rule)
            blanks = original_node.operator
            return updated_node.with_changes(
                operator=cst.FloorDivide(blanks.whitespace_before, blanks.whitespace_after)
            )
        if not kinds & {"float", *PANDAS, "str"}:
            self._note(original_node, rule, rule.note, changed=False)
            self.divisions.append(self._line(original_node))
        return updated_node

    # Statements

    def leave_Subscript(
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        value = original_node.value
        if not (
            isinstance(value, cst.Attribute) and value.attr.value == "ix" and self._dotted(value) is None
        ):
            return updated_node
        return self._expression(self._apply(BY_OLD["DataFrame.ix"], "ix", updated_node, original_node))

    def leave_Expr(self, original_node: cst.Expr, updated_node: cst.Expr) -> cst.BaseSmallStatement:
        if original_node in self._statements:
            return self._statements[original_node]
        call = original_node.value
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
            return updated_node
        inplace = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "inplace"]
        column = call.func.value
        if call.func.attr.value not in INPLACE or not inplace or literal(inplace[0].value) is not True:
            return updated_node
        if isinstance(column, cst.Subscript):
            key = column.slice[0].slice
            suits = plain(column.value) and len(column.slice) == 1 and isinstance(key, cst.Index)
            suits = suits and isinstance(key, cst.Index) and self._kinds.of(key.value) != "mask"
        else:
            suits = isinstance(column, cst.Attribute) and self._kinds.of(column.value) == "frame"
        new = updated_node.value
        if not suits or not isinstance(new, cst.Call) or not isinstance(new.func, cst.Attribute):
            return updated_node
        self._note(original_node, BY_OLD["x['a'].fillna(v, inplace=True)"])
        kept = [arg for arg in new.args if arg.keyword is None or arg.keyword.value != "inplace"]
        if kept:
            kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        target = new.func.value
        assert isinstance(target, cst.Subscript | cst.Attribute)
        return cst.Assign([cst.AssignTarget(target)], new.with_changes(args=kept))

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.BaseSmallStatement:
        if len(original_node.targets) != 1:
            return updated_node
        target, new = original_node.targets[0].target, updated_node.targets[0].target
        if isinstance(target, cst.Attribute) and target.attr.value == "is_copy":
            self._note(original_node, BY_OLD["DataFrame.is_copy"])
            return cst.Pass()
        if not (
            isinstance(target, cst.Subscript) and isinstance(new, cst.Subscript) and len(target.slice) == 1
        ):
            return updated_node
        column, written = self._column(target.value, new.value)
        if column is None or written is None:
            return updated_node
        rule = BY_OLD["x['a'][i] = v"]
        row = target.slice[0].slice
        mask = isinstance(row, cst.Index) and self._kinds.of(row.value) == "mask"
        if self._kinds.of(column) != "frame" and not mask:
            return updated_node
        review = ""
        if isinstance(row, cst.Slice):
            review = "a slice of positions is a slice of labels, with its end, in .loc"
        elif self._kinds.of(column) != "frame":
            review = rule.note
        self._note(original_node, rule, review)
        text = f"{code(column)}.loc[{code(new.slice[0].slice)}, {written}]"
        at = cst.parse_expression(text)
        assert isinstance(at, cst.Subscript)
        return updated_node.with_changes(targets=[updated_node.targets[0].with_changes(target=at)])

    def _column(
        self, old: cst.BaseExpression, new: cst.BaseExpression
    ) -> tuple[cst.BaseExpression | None, str | None]:
        """Take ``x['a']`` or ``x.a`` apart into the table and the name of the column."""
        if (
            isinstance(old, cst.Subscript)
            and isinstance(new, cst.Subscript)
            and len(old.slice) == 1
            and plain(old.value)
        ):
            key = new.slice[0].slice
            if isinstance(key, cst.Index) and self._kinds.of(key.value) in ("str", "int"):
                return new.value, code(key.value)
        table = old.value if isinstance(old, cst.Attribute) and old.attr.value not in _NO_COLUMNS else None
        if (
            isinstance(table, cst.Name)
            and isinstance(old, cst.Attribute)
            and self._kinds.of(table) == "frame"
        ):
            return table, f'"{old.attr.value}"'
        return None, None


def _adapt(call: Call, args: Sequence[cst.Arg]) -> list[cst.Arg] | None:
    """Give the arguments as they are passed today; None where nothing changes or nothing can be told."""
    positions = [name for name in call.order if name != "*"]
    keep = call.order.index("*") if "*" in call.order else len(positions)
    new: list[cst.Arg] = []
    changed, place, starred = False, 0, False
    for arg in args:
        if arg.star:
            starred = True
            new.append(arg)
            continue
        if arg.keyword is None:
            name = positions[place] if place < len(positions) and not starred else ""
            if "*" in call.order and keep <= place and name:
                arg, changed = _named(arg, name), True
            place += 1
        else:
            name = arg.keyword.value
            if name in call.dropped:
                changed = True
                continue
            if name in call.renamed:
                arg, changed = arg.with_changes(keyword=cst.Name(call.renamed[name])), True
                name = call.renamed[name]
        if name in call.values:
            value = _translated(arg.value, call.values[name])
            if value is not None:
                arg, changed = arg.with_changes(value=value), True
        new.append(arg)
    if not changed:
        return None
    if new:
        new[-1] = new[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return new


def _named(arg: cst.Arg, name: str) -> cst.Arg:
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return arg.with_changes(keyword=cst.Name(name), equal=tight)


def _translated(node: cst.BaseExpression, table: Any) -> cst.BaseExpression | None:
    if isinstance(node, cst.List):
        parts = [_translated(element.value, table) for element in node.elements]
        if not any(parts):
            return None
        pairs = zip(node.elements, parts, strict=True)
        return node.with_changes(elements=[e if p is None else e.with_changes(value=p) for e, p in pairs])
    value = literal(node)
    if not isinstance(value, str) or not isinstance(node, cst.SimpleString):
        return None
    if isinstance(table, str):
        new: object = frequency.offset(value) if table == "offset" else frequency.period(value)
    else:
        new = table.get(value, value)
    if new == value:
        return None
    return cst.parse_expression(f"{node.quote}{new}{node.quote}" if isinstance(new, str) else repr(new))
