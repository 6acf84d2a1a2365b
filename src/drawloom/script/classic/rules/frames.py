"""pandas: what DataFrame and Series had, or took, and do no more."""

from __future__ import annotations

from drawloom.script.classic.rule import Around, Call, Member, Rule, Source

_FRAME = ("pandas.DataFrame",)
_SERIES = ("pandas.Series",)
_BOTH = _FRAME + _SERIES
_DT = ("pandas.core.indexes.accessors.DatetimeProperties",)


def _member(
    old: str, new: str, gone: str, owners: tuple[str, ...], rewrite: str, note: str = "", shim: str = ""
) -> Rule:
    name = old.rpartition(".")[2]
    return Rule(old, new, f"pandas {gone}", Member(owners, shim or f"frames:{name}", rewrite), note)


def _of(*names: str, owners: tuple[str, ...] = _BOTH) -> tuple[str, ...]:
    return tuple(f"{owner}.{name}" for owner in owners for name in names)


_ASSUMES_FRAME = "taken for the method of a DataFrame or Series"

_MEMBERS = (
    _member(
        "DataFrame.ix",
        ".loc for labels, .iloc for positions",
        "1.0",
        _BOTH,
        "ix",
    ),
    _member("DataFrame.as_matrix", ".to_numpy()", "1.0", _BOTH, "as_matrix"),
    _member("DataFrame.get_values", ".to_numpy()", "1.0", _BOTH, ".to_numpy"),
    _member("DataFrame.sort", ".sort_values() or .sort_index()", "0.20", _FRAME, "sort"),
    _member("Series.sort", "x = x.sort_values()", "0.20", _SERIES, "series_sort", shim="frames:series_sort"),
    _member("Series.order", ".sort_values()", "0.20", _SERIES, "order"),
    _member("DataFrame.sortlevel", ".sort_index(level=...)", "0.23", _BOTH, "sortlevel"),
    _member("DataFrame.append", "pd.concat", "2.0", _BOTH, "append"),
    _member("DataFrame.set_value", ".at[row, column] = value", "1.0", _BOTH, "set_value"),
    _member("DataFrame.get_value", ".at[row, column]", "1.0", _BOTH, "get_value"),
    _member("DataFrame.irow", ".iloc[i]", "0.18", _BOTH, "iloc"),
    _member("DataFrame.icol", ".iloc[:, i]", "0.18", _FRAME, "icol"),
    _member("Series.iget", ".iloc[i]", "0.18", _SERIES, "iloc"),
    _member("DataFrame.iteritems", ".items()", "2.0", _BOTH, ".items"),
    _member(
        "DataFrame.convert_objects", ".infer_objects() or pd.to_numeric", "1.0", _BOTH, "convert_objects"
    ),
    _member(
        "DataFrame.from_csv", "pd.read_csv(..., index_col=0, parse_dates=True)", "1.0", _BOTH, "from_csv"
    ),
    _member("DataFrame.from_items", "pd.DataFrame(dict(items))", "1.0", _FRAME, "from_items"),
    _member("Series.from_array", "pd.Series(values)", "1.0", _SERIES, "from_array"),
    _member("DataFrame.mad", "(x - x.mean()).abs().mean()", "2.0", _BOTH, "mad"),
    _member("DataFrame.applymap", ".map", "3.0", _FRAME, ".map"),
    _member("DataFrame.lookup", "positions from .get_indexer", "2.0", _FRAME, "lookup"),
    _member(
        "DataFrame.get_dtype_counts", ".dtypes.astype(str).value_counts()", "1.0", _FRAME, "get_dtype_counts"
    ),
    _member("DataFrame.is_copy", "nothing: remove it", "1.0", _BOTH, "is_copy"),
    _member("DataFrame.blocks", "{str(t): x.loc[:, x.dtypes == t] ...}", "1.0", _FRAME, "blocks"),
    _member("DataFrame.tshift", '.shift(periods, freq="infer")', "2.0", _BOTH, "tshift"),
    _member("DataFrame.clip_lower", ".clip(lower=...)", "1.0", _BOTH, "clip_lower"),
    _member("DataFrame.clip_upper", ".clip(upper=...)", "1.0", _BOTH, "clip_upper"),
    _member("DataFrame.reindex_axis", ".reindex(labels, axis=...)", "1.0", _BOTH, "reindex_axis"),
    _member("DataFrame.pad", ".ffill()", "3.0", _BOTH, ".ffill"),
    _member("DataFrame.backfill", ".bfill()", "3.0", _BOTH, ".bfill"),
    _member("DataFrame.swapaxes", ".T", "3.0", _FRAME, "swapaxes", _ASSUMES_FRAME),
    _member("Series.valid", ".dropna()", "1.0", _SERIES, ".dropna"),
    _member("Series.nonzero", ".to_numpy().nonzero()", "1.0", _SERIES, "through_numpy", _ASSUMES_FRAME),
    _member("Series.ravel", ".to_numpy().ravel()", "3.0", _SERIES, "through_numpy", _ASSUMES_FRAME),
    _member("Series.reshape", ".to_numpy().reshape(...)", "0.25", _SERIES, "through_numpy", _ASSUMES_FRAME),
    _member("Series.ptp", ".max() - .min()", "1.0", _SERIES, "ptp", _ASSUMES_FRAME),
    _member(
        "Series.is_monotonic",
        ".is_monotonic_increasing",
        "2.0",
        (*_SERIES, "pandas.Index"),
        ".is_monotonic_increasing",
    ),
    _member(
        "Series.dt.weekday_name", ".dt.day_name()", "1.0", (*_DT, "pandas.DatetimeIndex"), "weekday_name"
    ),
    _member("Series.dt.week", ".dt.isocalendar().week", "2.0", _DT, "week", shim="frames:week"),
    _member("Series.dt.weekofyear", ".dt.isocalendar().week", "2.0", _DT, "week", shim="frames:week"),
)

_REDUCTIONS = ("sum", "mean", "median", "min", "max", "std", "var", "prod", "sem", "skew", "kurt")


def _keywords(
    old: str, targets: tuple[str, ...], *order: str, gone: str = "pandas 2.0", receiver: str = ""
) -> Rule:
    first = order[order.index("*") + 1]
    return Rule(old, f"{first}=... by name", gone, Call(targets, order, receiver=receiver))


_POSITIONAL = (
    _keywords("DataFrame.drop(x, 1)", _of("drop"), "labels", "*", "axis", "level", "inplace", "errors"),
    _keywords("DataFrame.dropna(1)", _of("dropna"), "*", "axis", "how", "thresh", "subset", "inplace"),
    _keywords(
        "DataFrame.fillna(x, method, 1)", _of("fillna"), "value", "*", "method", "axis", "inplace", "limit"
    ),
    _keywords(
        "DataFrame.sort_values(by, 0, False)",
        ("pandas.DataFrame.sort_values",),
        "by",
        "*",
        "axis",
        "ascending",
        "inplace",
    ),
    _keywords(
        "Series.sort_values(0, False)",
        ("pandas.Series.sort_values",),
        "*",
        "axis",
        "ascending",
        "inplace",
        receiver="series",
    ),
    _keywords("DataFrame.sort_index(1)", _of("sort_index"), "*", "axis", "level", "ascending", "inplace"),
    _keywords(
        "DataFrame.reset_index(None, True)",
        ("pandas.DataFrame.reset_index",),
        "level",
        "*",
        "drop",
        "inplace",
    ),
    _keywords(
        "DataFrame.set_index(keys, False)",
        ("pandas.DataFrame.set_index",),
        "keys",
        "*",
        "drop",
        "append",
        "inplace",
    ),
    _keywords(
        "DataFrame.drop_duplicates(x, 'last')",
        ("pandas.DataFrame.drop_duplicates",),
        "subset",
        "*",
        "keep",
        "inplace",
    ),
    _keywords("DataFrame.sum(1)", _of(*_REDUCTIONS), "*", "axis", "skipna", gone="pandas 3.0"),
    _keywords("DataFrame.any(1)", _of("any", "all"), "*", "axis"),
    _keywords("DataFrame.clip(0, 1, 1)", _of("clip"), "lower", "upper", "*", "axis", receiver="pandas"),
    _keywords(
        "DataFrame.replace(a, b, True)",
        _of("replace"),
        "to_replace",
        "value",
        "*",
        "inplace",
        receiver="pandas",
    ),
    _keywords("DataFrame.where(c, x, True)", _of("where", "mask"), "cond", "other", "*", "inplace"),
    _keywords("DataFrame.ffill(1)", _of("ffill", "bfill"), "*", "axis", "inplace", "limit"),
    _keywords("DataFrame.pivot(a, b, c)", ("pandas.DataFrame.pivot",), "*", "index", "columns", "values"),
    _keywords("DataFrame.to_csv(path, sep)", _of("to_csv"), "path_or_buf", "*", "sep", "na_rep"),
    _keywords(
        "Series.str.split(x, n)",
        ("pandas.core.strings.accessor.StringMethods.split",),
        "pat",
        "*",
        "n",
        "expand",
        receiver=".str",
    ),
)


def _call(old: str, new: str, gone: str, call: Call, note: str = "") -> Rule:
    return Rule(old, new, f"pandas {gone}", call, note)


_ARGUMENTS = (
    _call(
        "DataFrame.to_csv(line_terminator=...)",
        "lineterminator=...",
        "2.0",
        Call(_of("to_csv"), renamed={"line_terminator": "lineterminator"}),
    ),
    _call(
        "DataFrame.to_csv(cols=...)", "columns=...", "0.18", Call(_of("to_csv"), renamed={"cols": "columns"})
    ),
    _call(
        "DataFrame.drop_duplicates(cols=...)",
        "subset=...",
        "0.18",
        Call(_of("drop_duplicates", "duplicated", owners=_FRAME), renamed={"cols": "subset"}),
    ),
    _call(
        "DataFrame.to_dict(outtype=...)",
        "orient=...",
        "0.20",
        Call(("pandas.DataFrame.to_dict",), renamed={"outtype": "orient"}),
    ),
    _call(
        "DataFrame.pivot_table(rows=..., cols=...)",
        "index=..., columns=...",
        "0.18",
        Call(
            ("pandas.DataFrame.pivot_table", "pandas.pivot_table"),
            renamed={"rows": "index", "cols": "columns"},
        ),
    ),
    _call(
        "DataFrame.apply(reduce=...)",
        'result_type="reduce"',
        "1.0",
        Call(("pandas.DataFrame.apply",), dropped=("reduce", "broadcast")),
    ),
    _call(
        "DataFrame.resample('M')",
        "'ME'",
        "3.0",
        Call(_of("resample", "asfreq"), ("rule",), values={"rule": "offset", "freq": "offset"}),
    ),
    _call(
        "DataFrame.shift(1, 'M')",
        "'ME'",
        "3.0",
        Call(_of("shift"), ("periods", "freq"), values={"freq": "offset"}),
    ),
    _call(
        "Series.dt.round('H')",
        "'h'",
        "3.0",
        Call(
            tuple(f"{_DT[0]}.{name}" for name in ("round", "floor", "ceil")),
            ("freq",),
            values={"freq": "offset"},
            receiver=".dt",
        ),
    ),
    _call(
        "Series.dt.to_period('A')",
        "'Y'",
        "3.0",
        Call((f"{_DT[0]}.to_period",), ("freq",), values={"freq": "period"}),
    ),
)

_AROUND = (
    Rule(
        "DataFrame.fillna(method=...)",
        ".ffill() or .bfill()",
        "pandas 3.0",
        Around(_of("fillna"), "frames:fillna", "fillna"),
    ),
    Rule(
        "DataFrame.resample(how=...)",
        ".resample(...).mean() and so on",
        "pandas 0.25",
        Around(_of("resample"), "frames:resample", "resample"),
    ),
    Rule(
        "DataFrame.drop_duplicates(take_last=True)",
        'keep="last"',
        "pandas 0.19",
        Around(_of("drop_duplicates", "duplicated"), "frames:take_last", "take_last"),
    ),
    Rule(
        "DataFrame.sort_index(by=...)",
        ".sort_values(by)",
        "pandas 1.0",
        Around(("pandas.DataFrame.sort_index",), "frames:sort_index_by", "sort_index_by"),
    ),
    Rule(
        "Series.apply(f, axis=1)",
        ".apply(f)",
        "pandas 1.0",
        Around(("pandas.Series.apply",), "frames:series_apply", "series_apply"),
    ),
)

_CHAINED = (
    Rule(
        "x['a'][i] = v",
        "x.loc[i, 'a'] = v",
        "pandas 3.0",
        Source("chained_set"),
        "taken for a DataFrame; today this assigns to a copy",
    ),
    Rule(
        "x['a'].fillna(v, inplace=True)", "x['a'] = x['a'].fillna(v)", "pandas 3.0", Source("chained_inplace")
    ),
)

RULES = (*_CHAINED, *_MEMBERS, *_ARGUMENTS, *_AROUND, *_POSITIONAL)
