# ruff: noqa: D103 - each is called by its name in the table, where its rule says what it does
"""Methods of DataFrame and Series, rewritten."""

from __future__ import annotations

import libcst as cst

from drawloom.script.classic.kinds import PANDAS
from drawloom.script.classic.rewrites.common import rewrite, swap, with_args
from drawloom.script.classic.site import Site, code, keywords, literal, operand, plain, rest


@rewrite
def as_matrix(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("columns")
    if given is None:
        return None
    named = "columns" in given and literal(given["columns"]) is not None
    columns = f"[{code(given['columns'])}]" if named else ""
    return site.parse(f"{operand(site.receiver)}{columns}.to_numpy()")


@rewrite
def sort(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("columns", "axis", "ascending", "inplace", "kind", "na_position")
    kind = site.kind_of_receiver()
    if given is None or kind not in (None, "frame") or {"key", "reverse", "cmp"} & set(given):
        return None
    if "columns" in given:
        return site.method("sort_values", code(given.pop("columns")), *rest(given))
    if kind is None and not {"ascending", "inplace", "na_position"} & set(given) and not site.used:
        return None
    if kind is None:
        site.review("taken for DataFrame.sort; a Series sorted its values: .sort_values()")
    return site.method("sort_index", *rest(given))


@rewrite
def series_sort(site: Site) -> cst.BaseExpression | cst.BaseSmallStatement | None:
    given = site.arguments("axis", "ascending", "kind", "na_position", "inplace")
    if given is None or site.kind_of_receiver() != "series":
        return None
    if "inplace" in given or site.used or not plain(site.receiver):
        inplace = code(given["inplace"]) if "inplace" in given else "True"
        return site.method("sort_values", *rest(given, "axis", "inplace"), f"inplace={inplace}")
    assert isinstance(site.receiver, cst.Name | cst.Attribute)
    return cst.Assign([cst.AssignTarget(site.receiver)], site.method("sort_values", *rest(given, "axis")))


@rewrite
def order(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("na_last", "ascending", "kind", "na_position", "inplace")
    if given is None or site.kind_of_receiver() not in (None, "series"):
        return None
    last = literal(given.get("na_last"))
    position = f'na_position="{"last" if last else "first"}"' if isinstance(last, bool) else ""
    return site.method("sort_values", *rest(given, "na_last"), position)


@rewrite
def sortlevel(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("level", "axis", "ascending", "inplace")
    if given is None:
        return None
    level = code(given["level"]) if "level" in given else "0"
    return site.method("sort_index", f"level={level}", *rest(given, "level"))


@rewrite
def append(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("other", "ignore_index", "verify_integrity", "sort")
    kind = site.kind_of_receiver()
    if given is None or "other" not in given or kind not in (None, *PANDAS) or not site.used:
        return None
    other = given["other"]
    assert isinstance(site.original, cst.Call)
    what = site.kind(site.original.args[0].value)
    concat, frame = site.say("pandas.concat"), site.say("pandas.DataFrame")
    first = isinstance(other, cst.List) and other.elements and other.elements[0].value
    if what == "dict":
        parts = f"{code(site.receiver)}, {frame}([{code(other)}])"
    elif isinstance(other, cst.List) and isinstance(first, cst.Dict):
        parts = f"{code(site.receiver)}, {frame}({code(other)})"
    elif what == "list" or isinstance(other, cst.List):
        parts = f"{code(site.receiver)}, *{operand(other)}"
    elif what == "series" and kind == "frame":
        parts = f"{code(site.receiver)}, {operand(other)}.to_frame().T.infer_objects()"
    else:
        parts = f"{code(site.receiver)}, {code(other)}"
        if what not in PANDAS and kind != "series":
            site.review("taken for DataFrame.append of a DataFrame; a Series or dict was added as one row")
    return site.parse(", ".join([f"{concat}([{parts}]", *rest(given, "other")]) + ")")


@rewrite
def ix(site: Site) -> cst.BaseExpression | None:
    node, original = site.node, site.original
    assert isinstance(node, cst.Subscript)
    assert isinstance(node.value, cst.Attribute)
    assert isinstance(original, cst.Subscript)
    table, parts = node.value.value, [element.slice for element in node.slice]
    kinds = [_key(site, element.slice) for element in original.slice]
    text = operand(table)
    if kinds[0] in ("int", "unknown"):
        site.review(
            "whole numbers as rows of .ix are read as labels, as an index of whole numbers has them; "
            "where the index holds anything else they were positions: .iloc"
        )
    if len(parts) == 1:
        return site.parse(f"{text}.loc[{code(parts[0])}]")
    if len(parts) > 2:
        return None
    if kinds[1] == "unknown":
        site.review(
            "columns of .ix are read as labels; if these are whole numbers, they were positions: .iloc"
        )
    if kinds[1] != "int":
        return site.parse(f"{text}.loc[{code(parts[0])}, {code(parts[1])}]")
    site.review(
        "whole numbers as columns of .ix are read as positions; where columns are whole numbers: .loc"
    )
    if kinds[0] == "all":
        return site.parse(f"{text}.iloc[:, {code(parts[1])}]")
    if plain(table):
        return site.parse(f"{text}.loc[{code(parts[0])}, {text}.columns[{code(parts[1])}]]")
    return site.parse(f"{text}.loc[{code(parts[0])}, :].iloc[:, {code(parts[1])}]")


def _key(site: Site, part: cst.BaseSlice) -> str:
    """Tell what a part of `.ix[...]` is: everything, whole numbers, labels, or not known."""
    if isinstance(part, cst.Slice):
        bounds = [bound for bound in (part.lower, part.upper) if bound is not None]
        if not bounds:
            return "all"
        return _common(site, bounds)
    assert isinstance(part, cst.Index)
    value = part.value
    if isinstance(value, cst.List):
        return _common(site, [element.value for element in value.elements])
    return {"int": "int", "str": "label", "mask": "label"}.get(site.kind(value) or "", "unknown")


def _common(site: Site, parts: list[cst.BaseExpression]) -> str:
    kinds = {site.kind(part) for part in parts}
    return "int" if kinds == {"int"} else "label" if kinds == {"str"} else "unknown"


@rewrite
def set_value(site: Site) -> cst.BaseExpression | cst.BaseSmallStatement | None:
    names = ("index", "value") if site.kind_of_receiver() == "series" else ("index", "col", "value")
    given = site.arguments(*names)
    if given is None or set(given) != set(names):
        return None
    key = ", ".join(code(given[name]) for name in names[:-1])
    if site.used:
        site.review(f"write {code(site.receiver)}.at[{key}] = {code(given['value'])} on a line of its own")
        return None
    line = cst.parse_statement(f"{operand(site.receiver)}.at[{key}] = {code(given['value'])}\n")
    assert isinstance(line, cst.SimpleStatementLine)
    return line.body[0]


@rewrite
def get_value(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("index", "col")
    if not given:
        return None
    return site.parse(f"{operand(site.receiver)}.at[{', '.join(code(value) for value in given.values())}]")


def _position(site: Site, before: str) -> cst.BaseExpression | None:
    given = site.arguments("i")
    return site.parse(f"{operand(site.receiver)}.iloc[{before}{code(given['i'])}]") if given else None


@rewrite
def iloc(site: Site) -> cst.BaseExpression | None:
    return _position(site, "")


@rewrite
def icol(site: Site) -> cst.BaseExpression | None:
    return _position(site, ":, ")


@rewrite
def convert_objects(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("convert_dates", "convert_numeric")
    if given is None:
        return None
    if literal(given.get("convert_numeric")) is not True:
        return site.method("infer_objects")
    to_numeric = site.say("pandas.to_numeric")
    if site.kind_of_receiver() == "series":
        return site.parse(f'{to_numeric}({code(site.receiver)}, errors="coerce")')
    site.review("columns of text without any number become missing here; convert_objects left them")
    return site.method("apply", to_numeric, 'errors="coerce"')


@rewrite
def from_csv(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("path", "header", "sep", "index_col", "parse_dates", "encoding")
    if not given or "path" not in given:
        return None
    parts = [code(given.pop("path")), *rest(given)]
    parts += [part for part in ("index_col=0", "parse_dates=True") if part.partition("=")[0] not in given]
    squeezed = '.squeeze("columns")' if code(site.receiver).endswith("Series") else ""
    return site.parse(f"{site.say('pandas.read_csv')}({', '.join(parts)}){squeezed}")


@rewrite
def from_items(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("items")
    return (
        site.parse(f"{code(site.receiver)}(dict({code(given['items'])}))")
        if given and len(given) == 1
        else None
    )


@rewrite
def from_array(site: Site) -> cst.BaseExpression | None:
    return site.parse(f"{code(site.receiver)}({', '.join(code(arg).rstrip(', ') for arg in site.call.args)})")


@rewrite
def mad(site: Site) -> cst.BaseExpression | None:
    if site.call.args or (not plain(site.receiver) and site.kind_of_receiver() not in PANDAS):
        return None
    text = operand(site.receiver)
    return site.parse(f"({text} - {text}.mean()).abs().mean()")


@rewrite
def lookup(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("row_labels", "col_labels")
    if not given or len(given) != 2 or not plain(site.receiver):
        return None
    text = operand(site.receiver)
    rows, columns = code(given["row_labels"]), code(given["col_labels"])
    return site.parse(
        f"{text}.to_numpy()[{text}.index.get_indexer({rows}), {text}.columns.get_indexer({columns})]"
    )


@rewrite
def get_dtype_counts(site: Site) -> cst.BaseExpression | None:
    return site.parse(f"{operand(site.receiver)}.dtypes.astype(str).value_counts()")


@rewrite
def blocks(site: Site) -> cst.BaseExpression | None:
    if not plain(site.receiver) or site.kind_of_receiver() != "frame":
        return None
    text = operand(site.receiver)
    return site.parse(f"{{str(t): {text}.loc[:, {text}.dtypes == t] for t in {text}.dtypes.unique()}}")


@rewrite
def tshift(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("periods", "freq")
    if given is None:
        return None
    periods = code(given["periods"]) if "periods" in given else "1"
    return site.method("shift", periods, *(keywords(given, "freq") or ['freq="infer"']))


def _clip(site: Site, name: str) -> cst.BaseExpression | None:
    given = site.arguments("threshold", "axis")
    return (
        site.method("clip", f"{name}={code(given['threshold'])}", *keywords(given, "axis")) if given else None
    )


@rewrite
def clip_lower(site: Site) -> cst.BaseExpression | None:
    return _clip(site, "lower")


@rewrite
def clip_upper(site: Site) -> cst.BaseExpression | None:
    return _clip(site, "upper")


@rewrite
def reindex_axis(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("labels", "axis", "method", "level")
    if not given or "labels" not in given:
        return None
    axis = code(given["axis"]) if "axis" in given else "0"
    return site.method("reindex", code(given["labels"]), f"axis={axis}", *rest(given, "labels", "axis"))


@rewrite
def swapaxes(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("axis1", "axis2")
    axes = {literal(value) for value in (given or {}).values()}
    if site.kind_of_receiver() == "frame" and axes in ({0, 1}, {"index", "columns"}):
        return site.parse(f"{operand(site.receiver)}.T")
    if site.kind_of_receiver() is None:
        site.review("if this is a DataFrame, write .T; an array has .swapaxes still")
    return None


@rewrite
def through_numpy(site: Site) -> cst.BaseExpression | None:
    if site.kind_of_receiver() != "series":
        return None
    function = site.call.func
    assert isinstance(function, cst.Attribute)
    array = cst.parse_expression(f"{operand(function.value)}.to_numpy()")
    return site.call.with_changes(func=function.with_changes(value=array))


@rewrite
def ptp(site: Site) -> cst.BaseExpression | None:
    if site.kind_of_receiver() != "series" or site.call.args:
        return None
    text = operand(site.receiver)
    return site.parse(f"({text}.max() - {text}.min())")


@rewrite
def weekday_name(site: Site) -> cst.BaseExpression | None:
    return site.parse(f"{operand(site.receiver)}.day_name()")


@rewrite
def week(site: Site) -> cst.BaseExpression | None:
    receiver = site.receiver
    if isinstance(receiver, cst.Attribute) and receiver.attr.value == "dt":
        return site.parse(f"{operand(receiver)}.isocalendar().week")
    return None


@rewrite
def fillna(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("value", "method", "axis", "inplace", "limit")
    method = literal((given or {}).get("method"))
    if given is None or method not in (None, "ffill", "pad", "bfill", "backfill"):
        return None
    if method is None:
        value = [code(given["value"])] if "value" in given else []
        return site.method("fillna", *value, *rest(given, "value", "method"))
    name = {"pad": "ffill", "backfill": "bfill"}.get(str(method), str(method))
    return site.method(name, *rest(given, "value", "method"))


@rewrite
def resample(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("rule", "how")
    if given is None or "how" not in given or "fill_method" in given:
        return None
    how = literal(given["how"])
    after = f"{how}()" if isinstance(how, str) else f"agg({code(given['how'])})"
    rule = code(given["rule"]) if "rule" in given else ""
    options = ", ".join(part for part in (rule, *rest(given, "rule", "how")) if part)
    return site.parse(f"{operand(site.receiver)}.resample({options}).{after}")


@rewrite
def take_last(site: Site) -> cst.BaseExpression | None:
    return swap(site, "take_last", {True: 'keep="last"', False: 'keep="first"'})


@rewrite
def sort_index_by(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("axis", "by")
    if given is None or "by" not in given:
        return None
    return site.method("sort_values", code(given["by"]), *rest(given, "by"))


@rewrite
def series_apply(site: Site) -> cst.BaseExpression | None:
    if site.kind_of_receiver() != "series":
        return None
    kept = [arg for arg in site.call.args if arg.keyword is None or arg.keyword.value != "axis"]
    return with_args(site.call, kept) if len(kept) < len(site.call.args) else None
