"""pandas: functions, classes and modules."""

from __future__ import annotations

from drawloom.script.classic.rule import Around, Call, Function, Lost, Module, Moved, Rule

_ROLLING = (
    "mean",
    "sum",
    "std",
    "var",
    "min",
    "max",
    "median",
    "count",
    "skew",
    "kurt",
    "quantile",
    "apply",
    "corr",
    "cov",
)
_EXPANDING = ("mean", "sum", "std", "var", "min", "max", "median", "count")
_EWM = {"ewma": "mean", "ewmstd": "std", "ewmvar": "var"}


def _windows(module: str) -> tuple[Rule, ...]:
    gone = "pandas 0.23"
    return (
        *(
            Rule(
                f"{module}.rolling_{name}",
                f"x.rolling(window).{name}()",
                gone,
                Function(f"windows:rolling_{name}", "rolling"),
            )
            for name in _ROLLING
        ),
        *(
            Rule(
                f"{module}.expanding_{name}",
                f"x.expanding().{name}()",
                gone,
                Function(f"windows:expanding_{name}", "expanding"),
            )
            for name in _EXPANDING
        ),
        *(
            Rule(f"{module}.{old}", f"x.ewm(...).{name}()", gone, Function(f"windows:{old}", "ewm"))
            for old, name in _EWM.items()
        ),
    )


def _module(old: str, to: str, gone: str) -> Rule:
    return Rule(old, to, f"pandas {gone}", Module(to))


def _moved(old: str, to: str, gone: str) -> Rule:
    return Rule(f"pandas.{old}", to.removeprefix("builtins."), f"pandas {gone}", Moved(to))


_MODULES = (
    _module("pandas.tools", "pandas", "0.24"),
    _module("pandas.tools.plotting", "pandas.plotting", "0.24"),
    _module("pandas.tools.merge", "pandas", "0.24"),
    _module("pandas.tools.pivot", "pandas", "0.24"),
    _module("pandas.tools.tile", "pandas", "0.24"),
    _module("pandas.tools.util", "pandas", "0.24"),
    _module("pandas.util.testing", "pandas.testing", "2.0"),
    _module("pandas.core.index", "pandas", "2.0"),
    _module("pandas.tseries.index", "pandas", "0.20"),
    _module("pandas.stats", "pandas", "0.23"),
    _module("pandas.stats.moments", "pandas", "0.23"),
    _module("pandas.parser", "pandas.errors", "1.0"),
)
_MOVED = (
    _moved("scatter_matrix", "pandas.plotting.scatter_matrix", "0.24"),
    _moved("datetime", "datetime.datetime", "2.0"),
    _moved("np", "numpy", "2.0"),
    _moved("TimeSeries", "pandas.Series", "0.20"),
    _moved("Int64Index", "pandas.Index", "2.0"),
    _moved("Float64Index", "pandas.Index", "2.0"),
    _moved("parser.CParserError", "pandas.errors.ParserError", "1.0"),
    _moved("io.common.CParserError", "pandas.errors.ParserError", "0.23"),
    _moved("io.json.json_normalize", "pandas.json_normalize", "3.0"),
)
_FUNCTIONS = (
    Rule(
        "pandas.TimeGrouper",
        "pd.Grouper(freq=...)",
        "pandas 1.0",
        Function("functions:time_grouper", "time_grouper"),
    ),
    Rule(
        "pandas.match", "pd.Index(values).get_indexer(x)", "pandas 0.25", Function("functions:match", "match")
    ),
)
_LOST = (
    Rule("pandas.Panel", "a DataFrame with a MultiIndex, or xarray", "pandas 1.0", Lost()),
    Rule("pandas.rpy", "an Execute R Script step", "pandas 0.20", Lost()),
    Rule("pandas.tools.rplot", "seaborn, or pandas.plotting", "pandas 0.20", Lost()),
    Rule("pandas.io.data", "the package pandas-datareader", "pandas 0.19", Lost()),
)


def _call(old: str, new: str, gone: str, *calls: str, **change: object) -> Rule:
    return Rule(old, new, f"pandas {gone}", Call(calls, **change))  # type: ignore[arg-type]


_READERS = ("pandas.read_csv", "pandas.read_table")
_RANGES = ("pandas.date_range", "pandas.bdate_range")
_ARGUMENTS = (
    _call(
        "pandas.concat(x, 1)", "axis=... by name", "2.0", "pandas.concat", order=("objs", "*", "axis", "join")
    ),
    _call(
        "pandas.read_csv(path, sep)",
        "sep=... by name",
        "2.0",
        *_READERS,
        order=("filepath_or_buffer", "*", "sep", "delimiter", "header", "names", "index_col"),
    ),
    _call(
        "pandas.read_csv(mangle_dupe_cols=...)",
        "nothing: remove it",
        "2.0",
        *_READERS,
        dropped=(
            "mangle_dupe_cols",
            "infer_datetime_format",
            "tupleize_cols",
            "verbose",
            "keep_date_col",
            "compact_ints",
            "use_unsigned",
        ),
    ),
    _call(
        "pandas.read_csv(skip_footer=...)",
        "skipfooter=...",
        "1.0",
        *_READERS,
        renamed={"skip_footer": "skipfooter"},
    ),
    _call(
        "pandas.read_excel(sheetname=...)",
        "sheet_name=...",
        "1.0",
        "pandas.read_excel",
        renamed={"sheetname": "sheet_name", "parse_cols": "usecols"},
    ),
    _call(
        "pandas.crosstab(rows=..., cols=...)",
        "index=..., columns=...",
        "0.18",
        "pandas.crosstab",
        renamed={"rows": "index", "cols": "columns"},
    ),
    _call(
        "pandas.to_datetime(infer_datetime_format=...)",
        "nothing: remove it",
        "3.0",
        "pandas.to_datetime",
        dropped=("infer_datetime_format", "box"),
    ),
    _call(
        "pandas.date_range(freq='M')",
        "'ME'",
        "3.0",
        *_RANGES,
        order=("start", "end", "periods", "freq"),
        values={"freq": "offset"},
    ),
    _call("pandas.date_range(closed=...)", "inclusive=...", "2.0", *_RANGES, renamed={"closed": "inclusive"}),
    _call(
        "pandas.Grouper(freq='M')",
        "'ME'",
        "3.0",
        "pandas.Grouper",
        "pandas.core.resample.TimeGrouper",
        values={"freq": "offset"},
    ),
    _call("pandas.DatetimeIndex(freq='M')", "'ME'", "3.0", "pandas.DatetimeIndex", values={"freq": "offset"}),
    _call(
        "pandas.period_range(freq='A')",
        "'Y'",
        "3.0",
        "pandas.period_range",
        order=("start", "end", "periods", "freq"),
        values={"freq": "period"},
    ),
    _call(
        "pandas.to_timedelta(unit='H')",
        "'h'",
        "3.0",
        "pandas.to_timedelta",
        order=("arg", "unit"),
        values={"unit": "offset"},
    ),
)
_AROUND = (
    Rule(
        "pandas.read_csv(error_bad_lines=...)",
        'on_bad_lines="warn"',
        "pandas 2.0",
        Around(_READERS, "functions:error_bad_lines", "error_bad_lines"),
    ),
    Rule(
        "pandas.read_csv(squeeze=True)",
        '.squeeze("columns")',
        "pandas 2.0",
        Around(_READERS, "functions:squeeze", "squeeze"),
    ),
    Rule(
        "pandas.read_csv(delim_whitespace=True)",
        r'sep=r"\s+"',
        "pandas 3.0",
        Around(_READERS, "functions:delim_whitespace", "delim_whitespace"),
    ),
    Rule(
        "pandas.to_datetime(coerce=True)",
        'errors="coerce"',
        "pandas 0.20",
        Around(("pandas.to_datetime",), "functions:coerce", "coerce"),
    ),
    Rule(
        "pandas.concat(join_axes=[...])",
        ".reindex(...)",
        "pandas 1.0",
        Around(("pandas.concat",), "functions:join_axes", "join_axes"),
    ),
    Rule(
        "pandas.set_option('display.height', n)",
        "nothing: remove it",
        "pandas 0.20",
        Around(("pandas.set_option",), "functions:set_option", "set_option"),
    ),
)

RULES = (*_MODULES, *_MOVED, *_windows("pandas"), *_FUNCTIONS, *_LOST, *_ARGUMENTS, *_AROUND)
