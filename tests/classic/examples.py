# ruff: noqa: E501 - a table: one example a row
"""One example of old code for every rule of the table: what it leaves as `answer`, of old as today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ANY = object()


@dataclass(frozen=True)
class Example:
    """Old code.

    Attributes
    ----------
    code
        Sets `answer`.
    answer
        What it is; `ANY` where the two ways of running it are only compared with each other.
    fails
        What the error says, where nothing replaces the name.
    same
        Whether the rewrite leaves the code as it is, because it cannot prove anything, and asks for a review.
    """

    code: str
    answer: Any = ANY
    fails: str = ""
    same: bool = False


_FRAME = """
import pandas as pd
import numpy as np
df = pd.DataFrame({"a": [3, 1, 2], "b": [1.5, 2.5, 3.5], "c": ["x", "y", "z"]})
s = pd.Series([3, 1, 2])
"""
_DATES = """
import pandas as pd
s = pd.Series([1.0, 2.0, 3.0], index=pd.to_datetime(["2015-01-01", "2015-01-15", "2015-02-01"]))
d = pd.Series(pd.to_datetime(["2015-01-01 10:40", "2015-02-02 01:10"]))
"""
_FILE = """
import pandas as pd
import io
"""
_LEARN = """
import numpy as np
X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0], [4.0, 1.0], [5.0, 0.0]])
y = np.array([0, 0, 0, 1, 1, 1])
"""
_PLOT = """
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
"""

PYTHON_2 = {
    "print x": Example(
        """
        import sys, io
        out, sys.stdout = sys.stdout, io.StringIO()
        print "a", 1,
        print "b"
        print
        print >>sys.stdout, "c"
        answer, sys.stdout = sys.stdout.getvalue(), out
        """,
        "a 1 b\n\nc\n",
    ),
    "exec code in names": Example('names = {}\nexec "x = 3" in names\nanswer = names["x"]', 3),
    "except X, e": Example('try:\n    int("x")\nexcept ValueError, e:\n    answer = str(e)[:7]', "invalid"),
    "raise X, message": Example(
        'try:\n    raise KeyError, "no"\nexcept (KeyError, ValueError), e:\n    answer = e.args', ("no",)
    ),
    "a <> b": Example("answer = 1 <> 2", True),
    "`x`": Example("answer = `1 + 1`", "2"),
    "0777": Example("answer = 0777", 511),
    "10L": Example("answer = [10L, 0xFFL]", [10, 255]),
    "ur'text'": Example(r"answer = ur'\d'", r"\d"),
    "lambda (a, b): x": Example(
        "answer = sorted({'a': 2, 'b': 1}.items(), key=lambda (k, v): (v, k))", [("b", 1), ("a", 2)]
    ),
    "tabs mixed with blanks": Example("if True:\n        a = 1\n\tb = 2\nanswer = a + b", 3),
    "a / b": Example(
        "words = ['a', 'b', 'c']\nprint 'x'\nanswer = [len(words) / 2, 7 / 2, 7 / 2.0]", [1, 3, 3.5]
    ),
    "map(f, x)": Example(
        "print 1\nanswer = map(str, [1, 2]) + zip('a', 'b') + range(2)", ["1", "2", ("a", "b"), 0, 1]
    ),
    "d.keys()": Example(
        "print 1\nd = {'b': 1, 'a': 2}\nk = d.keys()\nk.sort()\nanswer = k + d.values()", ["a", "b", 1, 2]
    ),
    "d.iteritems()": Example("print 1\nanswer = [k for k, v in {'a': 1}.iteritems()]", ["a"]),
    "d.has_key(k)": Example(
        "print 1\nd = {'a': 1}\nanswer = (d.has_key('a'), not d.has_key('a'))", (True, False)
    ),
    "iterator.next()": Example("print 1\nanswer = iter([5]).next()", 5),
    "builtins.xrange": Example("answer = list(xrange(3))", [0, 1, 2]),
    "builtins.unicode": Example("answer = unicode(3)", "3"),
    "builtins.basestring": Example("answer = isinstance('a', basestring)", True),
    "builtins.long": Example("answer = long('3')", 3),
    "builtins.raw_input": Example("answer = callable(raw_input)", True),
    "builtins.unichr": Example("answer = unichr(97)", "a"),
    "builtins.file": Example("answer = callable(file)", True),
    "builtins.reduce": Example("answer = reduce(lambda a, b: a + b, [1, 2, 3])", 6),
    "builtins.reload": Example("import string\nanswer = reload(string) is string", True),
    "builtins.intern": Example("answer = intern('a')", "a"),
    "builtins.cmp": Example("answer = cmp(1, 2)", -1),
    "builtins.execfile": Example(
        "with open('part.py', 'w') as f:\n    f.write('x = 3')\nexecfile('part.py')\nanswer = x", 3
    ),
    "urllib2": Example("import urllib2\nanswer = urllib2.Request('http://h/p').host", "h"),
    "urlparse": Example("import urlparse\nanswer = urlparse.urlparse('http://h/p').path", "/p"),
    "StringIO": Example("from StringIO import StringIO\nanswer = StringIO('a').read()", "a"),
    "cStringIO": Example("import cStringIO\nanswer = cStringIO.StringIO('a').read()", "a"),
    "cPickle": Example("import cPickle as pickle\nanswer = pickle.loads(pickle.dumps([1]))", [1]),
    "ConfigParser": Example(
        "import ConfigParser\nanswer = ConfigParser.NoSectionError.__name__", "NoSectionError"
    ),
    "Queue": Example("from Queue import Queue\nq = Queue()\nq.put(1)\nanswer = q.get()", 1),
    "httplib": Example("import httplib\nanswer = httplib.OK", 200),
    "HTMLParser": Example("import HTMLParser\nanswer = HTMLParser.HTMLParser.__name__", "HTMLParser"),
    "__builtin__": Example("import __builtin__\nanswer = __builtin__.len('ab')", 2),
    "urllib.urlencode": Example("import urllib\nanswer = urllib.urlencode({'a': 1})", "a=1"),
    "urllib.quote": Example("import urllib\nanswer = urllib.quote('a b')", "a%20b"),
    "urllib.quote_plus": Example("from urllib import quote_plus\nanswer = quote_plus('a b')", "a+b"),
    "urllib.unquote": Example("import urllib\nanswer = urllib.unquote('a%20b')", "a b"),
    "urllib.urlopen": Example("import urllib\nanswer = urllib.urlopen.__name__", "urlopen"),
    "urllib.urlretrieve": Example("import urllib\nanswer = urllib.urlretrieve.__name__", "urlretrieve"),
    "itertools.izip": Example("from itertools import izip\nanswer = list(izip([1], [2]))", [(1, 2)]),
    "itertools.imap": Example("import itertools\nanswer = list(itertools.imap(str, [1]))", ["1"]),
    "itertools.ifilter": Example("import itertools\nanswer = list(itertools.ifilter(None, [0, 1]))", [1]),
    "itertools.izip_longest": Example(
        "from itertools import izip_longest\nanswer = list(izip_longest([1], [2, 3]))", [(1, 2), (None, 3)]
    ),
    "string.letters": Example("import string\nanswer = len(string.letters)", 52),
    "string.lowercase": Example("import string\nanswer = string.lowercase[:3]", "abc"),
    "string.uppercase": Example("import string\nanswer = string.uppercase[:3]", "ABC"),
    "sys.maxint": Example("import sys\nanswer = sys.maxint > 10", True),
    "os.getcwdu": Example("import os\nanswer = os.getcwdu() == os.getcwd()", True),
    "string.join": Example("import string\nanswer = string.join(['a', 'b'], '-')", "a-b"),
    "sys.setdefaultencoding": Example("import sys\nsys.setdefaultencoding('utf8')\nanswer = 1", 1),
}

FRAMES = {
    name: Example(_FRAME + code, answer)
    for name, (code, answer) in {
        "x['a'][i] = v": ("df['a'][0] = 9\ndf['b'][df['a'] > 5] = 0\nanswer = df[['a', 'b']].values.tolist()",
                          [[9, 0.0], [1, 2.5], [2, 3.5]]),
        "x['a'].fillna(v, inplace=True)": (
            "df['b'] = [1.0, None, 3.0]\ndf['b'].fillna(0, inplace=True)\nanswer = df['b'].tolist()", [1.0, 0.0, 3.0]),
        "DataFrame.ix": ("answer = [df.ix[0, 'a'], df.ix[0:1, 'c'].tolist(), df.ix[1, 0], df.ix[:, 0].tolist(), "
                         "df.ix[df['a'] > 1, ['a', 'c']].shape]", [3, ["x", "y"], 1, [3, 1, 2], (2, 2)]),
        "DataFrame.as_matrix": ("answer = [df[['a', 'b']].as_matrix().tolist(), df.as_matrix(['a']).tolist()]",
                                [[[3.0, 1.5], [1.0, 2.5], [2.0, 3.5]], [[3], [1], [2]]]),
        "DataFrame.get_values": ("answer = s.get_values().tolist()", [3, 1, 2]),
        "DataFrame.sort": ("answer = [df.sort('a')['c'].tolist(), df.sort(['a'], ascending=False)['a'].tolist(), "
                           "df.sort(ascending=False).index.tolist()]", [["y", "z", "x"], [3, 2, 1], [2, 1, 0]]),
        "Series.sort": ("s.sort()\nanswer = s.tolist()", [1, 2, 3]),
        "Series.order": ("answer = s.order(ascending=False).tolist()", [3, 2, 1]),
        "DataFrame.sortlevel": ("answer = df.set_index(['c', 'a']).sortlevel('a')['b'].tolist()", [2.5, 3.5, 1.5]),
        "DataFrame.append": ("answer = df.append(df).append({'a': 7, 'b': 0.5, 'c': 'w'}, ignore_index=True)", ANY),
        "DataFrame.set_value": ("df.set_value(1, 'a', 8)\nanswer = df['a'].tolist()", [3, 8, 2]),
        "DataFrame.get_value": ("answer = df.get_value(2, 'c')", "z"),
        "DataFrame.irow": ("answer = df.irow(1).tolist()", [1, 2.5, "y"]),
        "DataFrame.icol": ("answer = df.icol(2).tolist()", ["x", "y", "z"]),
        "Series.iget": ("answer = int(s.iget(0))", 3),
        "DataFrame.iteritems": ("answer = [name for name, column in df.iteritems()]", ["a", "b", "c"]),
        "DataFrame.convert_objects": (
            "t = pd.Series(['1', 'x'], dtype=object)\n"
            "answer = [t.convert_objects(convert_numeric=True).tolist()[0], str(s.convert_objects().dtype)]",
            [1.0, "int64"]),
        "DataFrame.from_csv": (
            "import io\nanswer = pd.DataFrame.from_csv(io.StringIO('d,v\\n2015-01-01,3\\n')).index[0].year", 2015),
        "DataFrame.from_items": ("answer = pd.DataFrame.from_items([('x', [1]), ('y', [2])]).columns.tolist()", ["x", "y"]),
        "Series.from_array": ("answer = pd.Series.from_array(np.array([1, 2])).tolist()", [1, 2]),
        "DataFrame.mad": ("answer = float(s.mad())", 2 / 3),
        "DataFrame.applymap": ("answer = df[['a']].applymap(lambda v: v + 1)['a'].tolist()", [4, 2, 3]),
        "DataFrame.lookup": ("answer = df.lookup([0, 2], ['a', 'c']).tolist()", [3, "z"]),
        "DataFrame.get_dtype_counts": ("answer = int(df.get_dtype_counts()['int64'])", 1),
        "DataFrame.is_copy": ("df.is_copy = False\nanswer = len(df)", 3),
        "DataFrame.blocks": ("answer = sorted(df.blocks)", ["float64", "int64", "str"]),
        "DataFrame.tshift": ("t = pd.Series([1, 2], index=pd.date_range('2015-01-01', periods=2))\n"
                             "answer = str(t.tshift(1).index[0].date())", "2015-01-02"),
        "DataFrame.clip_lower": ("answer = s.clip_lower(2).tolist()", [3, 2, 2]),
        "DataFrame.clip_upper": ("answer = s.clip_upper(2).tolist()", [2, 1, 2]),
        "DataFrame.reindex_axis": ("answer = df.reindex_axis(['c', 'a'], axis=1).columns.tolist()", ["c", "a"]),
        "DataFrame.pad": ("answer = pd.Series([1.0, None]).pad().tolist()", [1.0, 1.0]),
        "DataFrame.backfill": ("answer = pd.Series([None, 1.0]).backfill().tolist()", [1.0, 1.0]),
        "DataFrame.swapaxes": ("answer = df.swapaxes(0, 1).shape", (3, 3)),
        "Series.valid": ("answer = pd.Series([1.0, None]).valid().tolist()", [1.0]),
        "Series.nonzero": ("answer = pd.Series([0, 5]).nonzero()[0].tolist()", [1]),
        "Series.ravel": ("answer = s.ravel().tolist()", [3, 1, 2]),
        "Series.reshape": ("answer = s.reshape(-1, 1).tolist()", [[3], [1], [2]]),
        "Series.ptp": ("answer = int(s.ptp())", 2),
        "Series.is_monotonic": ("answer = s.is_monotonic", False),
        "DataFrame.to_csv(line_terminator=...)": ("answer = s.to_csv(line_terminator='|')", ANY),
        "DataFrame.to_csv(cols=...)": ("answer = df.to_csv(cols=['a'], index=False)", "a\n3\n1\n2\n"),
        "DataFrame.drop_duplicates(cols=...)": ("answer = len(df.drop_duplicates(cols=['a']))", 3),
        "DataFrame.to_dict(outtype=...)": ("answer = df[['a']].to_dict(outtype='list')", {"a": [3, 1, 2]}),
        "DataFrame.pivot_table(rows=..., cols=...)": (
            "answer = df.pivot_table('a', rows='c', cols='b', aggfunc='sum').shape", (3, 3)),
        "DataFrame.apply(reduce=...)": ("answer = df[['a']].apply(np.sum, reduce=True).tolist()", [6]),
        "DataFrame.fillna(method=...)": ("answer = pd.Series([1.0, None]).fillna(method='pad').tolist()", [1.0, 1.0]),
        "DataFrame.drop_duplicates(take_last=True)": (
            "answer = df.append(df).drop_duplicates('a', take_last=True).shape", (3, 3)),
        "DataFrame.sort_index(by=...)": ("answer = df.sort_index(by='a')['a'].tolist()", [1, 2, 3]),
        "Series.apply(f, axis=1)": ("answer = s.apply(np.sqrt, axis=1).round(2).tolist()", [1.73, 1.0, 1.41]),
        "DataFrame.drop(x, 1)": ("answer = [df.drop('a', 1).columns.tolist(), len(df.drop(0, 0))]", [["b", "c"], 2]),
        "DataFrame.dropna(1)": ("df['d'] = None\nanswer = df.dropna(1).columns.tolist()", ["a", "b", "c"]),
        "DataFrame.fillna(x, method, 1)": ("answer = df[['a', 'b']].fillna(0, None, 1).shape", (3, 2)),
        "DataFrame.sort_values(by, 0, False)": ("answer = df.sort_values('a', 0, False)['a'].tolist()", [3, 2, 1]),
        "Series.sort_values(0, False)": ("answer = s.sort_values(0, False).tolist()", [3, 2, 1]),
        "DataFrame.sort_index(1)": ("answer = df[['c', 'a']].sort_index(1).columns.tolist()", ["a", "c"]),
        "DataFrame.reset_index(None, True)": ("answer = df.reset_index(None, True).shape", (3, 3)),
        "DataFrame.set_index(keys, False)": ("answer = df.set_index('a', False).shape", (3, 3)),
        "DataFrame.drop_duplicates(x, 'last')": ("answer = df.drop_duplicates('a', 'last').shape", (3, 3)),
        "DataFrame.sum(1)": ("answer = [df[['a', 'b']].sum(1).tolist(), df[['a']].mean(0).tolist()]",
                             [[4.5, 3.5, 5.5], [2.0]]),
        "DataFrame.any(1)": ("answer = (df[['a', 'b']] > 2.6).any(1).tolist()", [True, False, True]),
        "DataFrame.clip(0, 1, 1)": ("answer = df[['a']].clip(1, 2, 1)['a'].tolist()", [2, 1, 2]),
        "DataFrame.replace(a, b, True)": ("df.replace(3, 9, True)\nanswer = df['a'].tolist()", [9, 1, 2]),
        "DataFrame.where(c, x, True)": ("s.where(s > 1, 0, True)\nanswer = s.tolist()", [3, 0, 2]),
        "DataFrame.ffill(1)": ("answer = df[['a', 'b']].ffill(1).shape", (3, 2)),
        "DataFrame.pivot(a, b, c)": ("answer = df.pivot('a', 'c', 'b').shape", (3, 3)),
        "DataFrame.to_csv(path, sep)": ("answer = df[['a', 'c']].to_csv(None, ';', index=False)", "a;c\n3;x\n1;y\n2;z\n"),
        "Series.str.split(x, n)": ("answer = pd.Series(['a-b-c']).str.split('-', 1)[0]", ["a", "b-c"]),
    }.items()
}  # fmt: skip
DATES = {
    name: Example(_DATES + code, answer)
    for name, (code, answer) in {
        "Series.dt.weekday_name": ("answer = d.dt.weekday_name.tolist()", ["Thursday", "Monday"]),
        "Series.dt.week": ("answer = d.dt.week.tolist()", [1, 6]),
        "Series.dt.weekofyear": ("answer = d.dt.weekofyear.tolist()", [1, 6]),
        "DataFrame.resample('M')": ("answer = s.resample('M').mean().tolist()", [1.5, 3.0]),
        "DataFrame.resample(how=...)": ("answer = s.resample('M', how='sum').tolist()", [3.0, 3.0]),
        "DataFrame.shift(1, 'M')": ("answer = str(s.shift(1, 'M').index[0].date())", "2015-01-31"),
        "Series.dt.round('H')": ("answer = [t.hour for t in d.dt.round('H')]", [11, 1]),
        "Series.dt.to_period('A')": ("answer = [str(p) for p in d.dt.to_period('A')]", ["2015", "2015"]),
        "pandas.date_range(freq='M')": (
            "answer = [str(t.date()) for t in pd.date_range('2015-01-01', periods=2, freq='M')]",
            ["2015-01-31", "2015-02-28"]),
        "pandas.date_range(closed=...)": (
            "answer = len(pd.date_range('2015-01-01', '2015-01-03', closed='left'))", 2),
        "pandas.Grouper(freq='M')": ("answer = s.groupby(pd.Grouper(freq='M')).sum().tolist()", [3.0, 3.0]),
        "pandas.TimeGrouper": ("answer = s.groupby(pd.TimeGrouper('M')).sum().tolist()", [3.0, 3.0]),
        "pandas.DatetimeIndex(freq='M')": (
            "answer = len(pd.DatetimeIndex(['2015-01-31', '2015-02-28'], freq='M'))", 2),
        "pandas.period_range(freq='A')": ("answer = len(pd.period_range('2013', '2015', freq='A'))", 3),
        "pandas.to_timedelta(unit='H')": ("answer = pd.to_timedelta(2, unit='H').seconds", 7200),
        "pandas.datetime": ("answer = pd.datetime(2015, 1, 2).day", 2),
        "pandas.to_datetime(infer_datetime_format=...)": (
            "answer = pd.to_datetime(['2015-01-02'], infer_datetime_format=True)[0].day", 2),
        "pandas.to_datetime(coerce=True)": ("answer = int(pd.to_datetime(['x'], coerce=True).isna().sum())", 1),
    }.items()
}  # fmt: skip

_TOOLS = {
    "pandas.tools": "import pandas.tools\nanswer = pandas.tools.DataFrame.__name__",
    "pandas.tools.plotting": "from pandas.tools.plotting import scatter_matrix\nanswer = scatter_matrix.__name__",
    "pandas.tools.merge": "from pandas.tools.merge import concat\nanswer = len(concat([s, s]))",
    "pandas.tools.pivot": "from pandas.tools.pivot import pivot_table\nanswer = pivot_table.__name__",
    "pandas.tools.tile": "import pandas.tools.tile as tile\nanswer = tile.cut([1, 5], 2).codes.tolist()",
    "pandas.tools.util": "import pandas.tools.util\nanswer = pandas.tools.util.to_numeric('3')",
    "pandas.util.testing": "from pandas.util.testing import assert_frame_equal\nanswer = assert_frame_equal(df, df)",
    "pandas.core.index": "from pandas.core.index import MultiIndex\nanswer = MultiIndex.__name__",
    "pandas.tseries.index": "from pandas.tseries.index import DatetimeIndex\nanswer = DatetimeIndex.__name__",
    "pandas.stats": "import pandas.stats\nanswer = pandas.stats.DataFrame.__name__",
    "pandas.stats.moments": "from pandas.stats.moments import rolling_sum\nanswer = rolling_sum(s, 2).tolist()[1:]",
    "pandas.parser": "import pandas.parser\nanswer = pandas.parser.ParserError.__name__",
    "pandas.parser.CParserError": "from pandas.parser import CParserError\nanswer = CParserError.__name__",
    "pandas.io.common.CParserError": "from pandas.io.common import CParserError\nanswer = CParserError.__name__",
    "pandas.io.json.json_normalize": "from pandas.io.json import json_normalize\nanswer = json_normalize([{'a': {'b': 1}}])",
    "pandas.scatter_matrix": "answer = pd.scatter_matrix.__name__",
    "pandas.np": "answer = pd.np.arange(2).tolist()",
    "pandas.TimeSeries": "answer = pd.TimeSeries([1]).tolist()",
    "pandas.Int64Index": "answer = pd.Int64Index([1, 2]).tolist()",
    "pandas.Float64Index": "answer = pd.Float64Index([1.5]).tolist()",
    "pandas.match": "answer = pd.match(['b', 'q'], ['a', 'b']).tolist()",
    "pandas.concat(x, 1)": "answer = pd.concat([df, s], 1).shape",
    "pandas.concat(join_axes=[...])": "answer = pd.concat([df, s], axis=1, join_axes=[df.index[:2]]).shape",
    "pandas.crosstab(rows=..., cols=...)": "answer = pd.crosstab(rows=df['a'], cols=df['c']).shape",
    "pandas.set_option('display.height', n)": "pd.set_option('display.height', 500)\nanswer = 1",
    "pandas.rolling_mean": "answer = pd.rolling_mean(s, 2, min_periods=1)",
    "pandas.rolling_quantile": "answer = pd.rolling_quantile(s, 2, 0.5)",
    "pandas.rolling_apply": "answer = pd.rolling_apply(s, 2, lambda x: x.sum())",
    "pandas.rolling_corr": "answer = pd.rolling_corr(df['a'], df['b'], 2)",
    "pandas.rolling_cov": "answer = pd.rolling_cov(df['a'], df['b'], window=2)",
    "pandas.ewma": "answer = pd.ewma(s, span=2)",
    "pandas.ewmstd": "answer = pd.ewmstd(s, 2)",
    "pandas.ewmvar": "answer = pd.ewmvar(s, halflife=2)",
}
_READ = {
    "pandas.read_csv(path, sep)": ("pd.read_csv(io.StringIO('a;b\\n1;2\\n'), ';').columns.tolist()", ["a", "b"]),
    "pandas.read_csv(mangle_dupe_cols=...)": ("len(pd.read_csv(io.StringIO('a\\n1'), mangle_dupe_cols=True))", 1),
    "pandas.read_csv(skip_footer=...)": ("len(pd.read_csv(io.StringIO('a\\n1\\nx'), skip_footer=1, engine='python'))", 1),
    "pandas.read_csv(error_bad_lines=...)": (
        "len(pd.read_csv(io.StringIO('a\\n1\\n2,3,4\\n'), error_bad_lines=False, warn_bad_lines=False))", 1),
    "pandas.read_csv(squeeze=True)": ("pd.read_csv(io.StringIO('a\\n1\\n2'), squeeze=True).tolist()", [1, 2]),
    "pandas.read_csv(delim_whitespace=True)": (
        "pd.read_csv(io.StringIO('a  b\\n1  2'), delim_whitespace=True).columns.tolist()", ["a", "b"]),
}  # fmt: skip
PANDAS = {
    **{name: Example(_FRAME + code) for name, code in _TOOLS.items()},
    **{
        f"pandas.rolling_{name}": Example(_FRAME + f"answer = pd.rolling_{name}(s, 2)")
        for name in ("sum", "std", "var", "min", "max", "median", "count", "skew", "kurt")
    },
    **{
        f"pandas.expanding_{name}": Example(_FRAME + f"answer = pd.expanding_{name}(s, min_periods=2)")
        for name in ("mean", "sum", "std", "var", "min", "max", "median", "count")
    },
    **{name: Example(_FILE + f"answer = {code}", answer) for name, (code, answer) in _READ.items()},
    "pandas.read_excel(sheetname=...)": Example(
        _FRAME + "df.to_excel('x.xlsx', index=False)\nanswer = pd.read_excel('x.xlsx', sheetname=0).shape",
        (3, 3),
    ),
    "pandas.Panel": Example("import pandas as pd\nanswer = pd.Panel()", fails="MultiIndex", same=True),
    "pandas.rpy": Example("import pandas.rpy\nanswer = 1", fails="pandas.rpy", same=True),
    "pandas.tools.rplot": Example("import pandas.tools.rplot as rplot\nanswer = 1", fails="rplot", same=True),
    "pandas.io.data": Example("from pandas.io.data import DataReader", fails="pandas", same=True),
}

_NUMPY = {
    "float": "np.float(3)", "int": "np.int(3.0)", "object": "np.array([1], dtype=np.object)", "str": "np.str(3)",
    "complex": "np.complex(1)", "unicode": "np.unicode(3)", "bool8": "bool(np.bool8(1))", "unicode_": "str(np.unicode_('a'))",
    "string_": "bytes(np.string_(b'a'))", "float_": "np.float_(3)", "complex_": "np.complex_(1)",
    "longfloat": "float(np.longfloat(1))", "Inf": "np.Inf", "Infinity": "np.Infinity", "infty": "np.infty",
    "PINF": "np.PINF", "NaN": "np.NaN", "NAN": "np.NAN", "product": "np.product([2, 3])",
    "cumproduct": "np.cumproduct([2, 3])", "alltrue": "bool(np.alltrue([1, 0]))",
    "sometrue": "bool(np.sometrue([1, 0]))", "in1d": "np.in1d([1, 2], [2])", "trapz": "np.trapz([1, 3])",
    "round_": "np.round_(2.7)", "mat": "np.mat('1 2').shape", "rank": "np.rank([[1]])", "NINF": "np.NINF",
    "asscalar": "np.asscalar(np.array([3]))", "msort": "np.msort([3, 1])", "asfarray": "np.asfarray([1])",
    "histogram(normed=...)": "np.histogram([1, 2, 2], bins=2, normed=True)[0]",
}  # fmt: skip
NUMPY = {f"numpy.{name}": Example(f"import numpy as np\nanswer = {code}") for name, code in _NUMPY.items()}

_MODULES = {
    "sklearn.externals.joblib": "dump", "sklearn.pls": "PLSRegression", "sklearn.mixture.gmm": "GaussianMixture",
    "sklearn.grid_search": "GridSearchCV", "sklearn.learning_curve": "learning_curve",
    "sklearn.cross_validation": "train_test_split", "sklearn.lda": "LinearDiscriminantAnalysis",
    "sklearn.qda": "QuadraticDiscriminantAnalysis", "sklearn.datasets.samples_generator": "make_blobs",
    "sklearn.datasets.base": "load_iris", "sklearn.ensemble.forest": "RandomForestClassifier",
    "sklearn.ensemble.gradient_boosting": "GradientBoostingClassifier",
    "sklearn.ensemble.weight_boosting": "AdaBoostClassifier", "sklearn.ensemble.bagging": "BaggingClassifier",
    "sklearn.tree.tree": "DecisionTreeClassifier", "sklearn.linear_model.base": "LinearRegression",
    "sklearn.linear_model.logistic": "LogisticRegression", "sklearn.linear_model.stochastic_gradient": "SGDClassifier",
    "sklearn.linear_model.ridge": "Ridge", "sklearn.linear_model.coordinate_descent": "Lasso",
    "sklearn.neighbors.classification": "KNeighborsClassifier", "sklearn.neighbors.regression": "KNeighborsRegressor",
    "sklearn.cluster.k_means_": "KMeans", "sklearn.cluster.hierarchical": "AgglomerativeClustering",
    "sklearn.cluster.dbscan_": "DBSCAN", "sklearn.svm.classes": "SVC", "sklearn.preprocessing.data": "StandardScaler",
    "sklearn.preprocessing.label": "LabelEncoder", "sklearn.preprocessing.imputation": "StandardScaler",
    "sklearn.decomposition.pca": "PCA", "sklearn.decomposition.truncated_svd": "TruncatedSVD",
    "sklearn.feature_selection.univariate_selection": "SelectKBest", "sklearn.feature_selection.rfe": "RFE",
    "sklearn.metrics.scorer": "make_scorer", "sklearn.metrics.classification": "accuracy_score",
    "sklearn.metrics.ranking": "roc_auc_score", "sklearn.metrics.regression": "r2_score",
    "sklearn.neural_network.multilayer_perceptron": "MLPClassifier", "sklearn.manifold.t_sne": "TSNE",
    "sklearn.lda.LDA": "LDA", "sklearn.qda.QDA": "QDA", "sklearn.utils.safe_indexing": "safe_indexing",
    "sklearn.covariance.GraphLasso": "GraphLasso", "sklearn.metrics.calinski_harabaz_score": "calinski_harabaz_score",
    "sklearn.metrics.auc_score": "auc_score", "sklearn.preprocessing.Scaler": "Scaler",
    "sklearn.neighbors.DistanceMetric": "DistanceMetric",
}  # fmt: skip
_SPLITS = {
    "KFold": "KFold(6, n_folds=3)", "StratifiedKFold": "StratifiedKFold(y, n_folds=3)",
    "ShuffleSplit": "ShuffleSplit(6, n_iter=2, test_size=0.5, random_state=0)",
    "StratifiedShuffleSplit": "StratifiedShuffleSplit(y, 2, test_size=0.5, random_state=0)",
    "LeaveOneOut": "LeaveOneOut(6)",
}  # fmt: skip
_SETTINGS = {  # model: rule, import, call, attribute looked at
    "sklearn min_impurity_split=...": ("tree", "DecisionTreeClassifier(min_impurity_split=0.1, random_state=0)", "random_state"),
    "sklearn RandomForestClassifier(max_features='auto')": (
        "ensemble", "RandomForestClassifier(n_estimators=2, max_features='auto', random_state=0)", "max_features"),
    "sklearn RandomForestRegressor(max_features='auto')": (
        "ensemble", "RandomForestRegressor(n_estimators=2, max_features='auto', random_state=0)", "max_features"),
    "sklearn GradientBoostingClassifier(loss='deviance')": (
        "ensemble", "GradientBoostingClassifier(loss='deviance', n_estimators=2, random_state=0)", "loss"),
    "sklearn GradientBoostingRegressor(loss='ls')": (
        "ensemble", "GradientBoostingRegressor(loss='ls', n_estimators=2, random_state=0)", "loss"),
    "sklearn RandomForestRegressor(criterion='mse')": (
        "ensemble", "RandomForestRegressor(n_estimators=2, criterion='mse', random_state=0)", "criterion"),
    "sklearn SGDClassifier(n_iter=...)": ("linear_model", "SGDClassifier(n_iter=50, random_state=0)", "max_iter"),
    "sklearn SGDClassifier(loss='log')": ("linear_model", "SGDClassifier('log', random_state=0)", "loss"),
    "sklearn SGDRegressor(loss='squared_loss')": (
        "linear_model", "SGDRegressor(loss='squared_loss', random_state=0)", "loss"),
    "sklearn LinearSVC(loss='l2')": ("svm", "LinearSVC(loss='l2', random_state=0)", "loss"),
    "sklearn LinearRegression(normalize=...)": ("linear_model", "LinearRegression(normalize=False)", "fit_intercept"),
    "sklearn KMeans(n_jobs=...)": ("cluster", "KMeans(2, n_jobs=2, n_init=1, random_state=0)", "n_clusters"),
    "sklearn KMeans(k=...)": ("cluster", "KMeans(k=2, n_init=1, random_state=0)", "n_clusters"),
    "sklearn AdaBoostClassifier(base_estimator=...)": (
        "ensemble", "AdaBoostClassifier(base_estimator=None, n_estimators=2, random_state=0)", "n_estimators"),
    "sklearn AdaBoostClassifier(algorithm=...)": (
        "ensemble", "AdaBoostClassifier(algorithm='SAMME', n_estimators=2, random_state=0)", "n_estimators"),
    "sklearn SVC(1.0, 'rbf')": ("svm", "SVC(2.0, 'linear')", "kernel"),
    "sklearn LogisticRegression(penalty, dual)": ("linear_model", "LogisticRegression('l2', False, 0.001)", "tol"),
}  # fmt: skip
_LEARNING = {
    "sklearn.preprocessing.Imputer": (
        "from sklearn.preprocessing import Imputer\n"
        "answer = Imputer(missing_values='NaN', strategy='median', axis=0).fit_transform([[1.0], [np.nan], [4.0]])"),
    "sklearn.decomposition.RandomizedPCA": (
        "from sklearn import decomposition\n"
        "answer = decomposition.RandomizedPCA(n_components=1, random_state=0).fit_transform(X).round(6)"),
    "sklearn.mixture.GMM": (
        "from sklearn.mixture import GMM\nanswer = GMM(2, n_iter=50, random_state=0).fit(X).means_.round(6)"),
    "sklearn.metrics.jaccard_similarity_score": (
        "from sklearn.metrics import jaccard_similarity_score\n"
        "answer = float(jaccard_similarity_score([0, 1, 1], [0, 1, 0]))"),
    "sklearn AgglomerativeClustering(affinity=...)": (
        "from sklearn.cluster import AgglomerativeClustering\n"
        "answer = AgglomerativeClustering(2, affinity='euclidean').fit_predict(X)"),
    "sklearn OneHotEncoder(sparse=...)": (
        "from sklearn.preprocessing import OneHotEncoder\n"
        "answer = OneHotEncoder(sparse=False).fit_transform([[1], [2]])"),
    "sklearn GridSearchCV(iid=...)": (
        "from sklearn.model_selection import GridSearchCV\nfrom sklearn.svm import SVC\n"
        "answer = GridSearchCV(SVC(), {'C': [1.0]}, cv=3, iid=False).fit(X, y).best_score_"),
    "sklearn GridSearchCV(scoring='mean_squared_error')": (
        "from sklearn.model_selection import cross_val_score\nfrom sklearn.linear_model import LinearRegression\n"
        "answer = cross_val_score(LinearRegression(), X, y, cv=2, scoring='mean_squared_error')"),
    "sklearn LatentDirichletAllocation(n_topics=...)": (
        "from sklearn.decomposition import LatentDirichletAllocation\n"
        "answer = LatentDirichletAllocation(n_topics=2, max_iter=1, random_state=0).fit_transform(X).round(6)"),
    "sklearn make_blobs(10, 2, 3)": (
        "from sklearn.datasets import make_blobs\nanswer = make_blobs(10, 2, 3, random_state=0)[0].shape"),
    "sklearn confusion_matrix(y, p, labels)": (
        "from sklearn.metrics import confusion_matrix\nanswer = confusion_matrix([0, 1], [0, 0], [1, 0])"),
    "sklearn SelectKBest(f, 2)": (
        "from sklearn.feature_selection import SelectKBest, f_classif\n"
        "answer = SelectKBest(f_classif, 1).fit_transform(X, y)"),
    "sklearn RFE(model, 2)": (
        "from sklearn.feature_selection import RFE\nfrom sklearn.linear_model import LinearRegression\n"
        "answer = RFE(LinearRegression(), 1).fit(X, y).support_"),
    "sklearn mean_squared_error(squared=False)": (
        "from sklearn.metrics import mean_squared_error\nanswer = mean_squared_error([1.0, 2.0], [1.0, 4.0], squared=False)"),
    "CountVectorizer.get_feature_names": (
        "from sklearn.feature_extraction.text import CountVectorizer\n"
        "answer = CountVectorizer().fit(['bb aa']).get_feature_names()"),
}  # fmt: skip
_NOT_REPLACED = {
    "sklearn.datasets.load_boston": "from sklearn.datasets import load_boston",
    "sklearn.datasets.fetch_mldata": "from sklearn.datasets import fetch_mldata",
    "sklearn.linear_model.RandomizedLasso": "from sklearn.linear_model import RandomizedLasso",
    "sklearn.linear_model.RandomizedLogisticRegression": "from sklearn.linear_model import RandomizedLogisticRegression",
    "sklearn.hmm": "import sklearn.hmm",
    "sklearn.externals.six": "from sklearn.externals import six",
    "scipy.misc.imread": "from scipy import misc\nmisc.imread('x.png')",
    "scipy.misc.imresize": "import scipy.misc\nscipy.misc.imresize(1, 2)",
    "matplotlib.mlab.rec2csv": "from matplotlib.mlab import rec2csv",
    "matplotlib.finance": "import matplotlib.finance",
}
LEARNING = {
    **{
        old: Example(f"from {old.removesuffix('.' + name) if old != 'sklearn.learning_curve' else old} "
                     f"import {name}\nanswer = {name}.__name__")
        for old, name in _MODULES.items()
    },
    **{
        f"sklearn.cross_validation.{name}": Example(
            _LEARN + f"from sklearn.cross_validation import {name}\nanswer = [list(part) for part in {call}]"
        )
        for name, call in _SPLITS.items()
    },
    **{
        name: Example(
            _LEARN + f"from sklearn.{module} import {call.partition('(')[0]}\nmodel = {call}.fit(X, y)\n"
            f"answer = [model.{attribute}, model.predict(X).tolist()]"
        )
        for name, (module, call, attribute) in _SETTINGS.items()
    },
    **{name: Example(_LEARN + code) for name, code in _LEARNING.items()},
    **{name: Example(code, fails="", same=True) for name, code in _NOT_REPLACED.items()},
    "GridSearchCV.grid_scores_": Example(
        _LEARN + "from sklearn.model_selection import GridSearchCV\nfrom sklearn.svm import SVC\n"
        "answer = len(GridSearchCV(SVC(), {'C': [1.0, 2.0]}, cv=3).fit(X, y).grid_scores_)",
        2,
        same=True,
    ),
}  # fmt: skip

_SCIPY = {
    "misc.comb": "misc.comb(4, 2)", "misc.factorial": "misc.factorial(3)", "misc.logsumexp": "misc.logsumexp([0.0, 0.0])",
    "integrate.trapz": "integrate.trapz([1, 3])", "integrate.simps": "integrate.simps([1, 3, 5])",
    "integrate.cumtrapz": "integrate.cumtrapz([1, 3])", "linalg.pinv2": "linalg.pinv2([[2.0]])",
    "stats.nanmean": "stats.nanmean([1.0, 3.0])", "stats.nanstd": "stats.nanstd([1.0, 3.0])",
    "stats.nanmedian": "stats.nanmedian([1.0, 3.0])", "stats.itemfreq": "stats.itemfreq([1, 1, 2])",
    "stats.binom_test": "stats.binom_test(2, 10, 0.5)",
    **{f"signal.{name}": f"signal.{name}(4)" for name in ("hann", "hamming", "blackman", "bartlett", "boxcar", "triang")},
    "signal.gaussian": "signal.gaussian(4, 1.0)", "signal.kaiser": "signal.kaiser(4, 2.0)",
}  # fmt: skip
_TOP = {
    "array": "([1])", "mean": "([1, 2])", "std": "([1, 2])", "sqrt": "(4)", "log": "(1)", "exp": "(0)", "zeros": "(2)",
    "ones": "(2)", "arange": "(3)", "linspace": "(0, 1, 3)", "where": "([True])", "dot": "([1], [2])", "pi": "",
    "nan": "", "inf": "", "median": "([1, 2])", "sum": "([1, 2])", "cos": "(0)", "sin": "(0)", "log10": "(10)",
    "absolute": "(-1)", "unique": "([1, 1])", "vstack": "([[1], [2]])", "hstack": "([[1], [2]])",
    "transpose": "([[1, 2]])", "interp": "(0.5, [0, 1], [0, 2])", "isnan": "(1.0)", "polyfit": "([0, 1], [0, 1], 1).round(6)",
    "poly1d": "([1, 2])(3)", "eye": "(2)", "random": ".RandomState(0).rand()",
}  # fmt: skip
SCIPY = {
    **{
        f"scipy.{name}": Example(f"from scipy import {name.partition('.')[0]}\nanswer = {code}")
        for name, code in _SCIPY.items()
    },
    **{
        f"scipy.{name}": Example(f"import scipy as sp\nanswer = sp.{name}{use}") for name, use in _TOP.items()
    },
}

FIGURES = {
    name: Example(_PLOT + code, answer)
    for name, (code, answer) in {
        "matplotlib.pyplot.hold": ("plt.hold(True)\nanswer = 1", 1),
        "matplotlib.pyplot.ishold": ("answer = plt.ishold()", True),
        "Axes.hold": ("ax.hold(True)\nanswer = 1", 1),
        "Axes.set_axis_bgcolor": ("ax.set_axis_bgcolor('red')\nanswer = ax.get_facecolor()", (1.0, 0.0, 0.0, 1)),
        "Axes.get_axis_bgcolor": ("answer = ax.get_axis_bgcolor()", ANY),
        "Axes.set_color_cycle": ("ax.set_color_cycle(['red'])\nanswer = ax.plot([1])[0].get_color()", "red"),
        "Axes.get_axes": ("answer = ax.plot([1])[0].get_axes() is ax", True),
        "matplotlib.cm.get_cmap": ("from matplotlib import cm\nanswer = cm.get_cmap('jet').name", "jet"),
        "matplotlib.cm.spectral": ("answer = plt.cm.spectral.name", "nipy_spectral"),
        "matplotlib.mlab.normpdf": (
            "import matplotlib.mlab as mlab\nanswer = round(float(mlab.normpdf(0.0, 0.0, 1.0)), 6)", 0.398942),
        "matplotlib.mlab.find": ("from matplotlib.mlab import find\nanswer = find([0, 1, 1]).tolist()", [1, 2]),
        "subplot(axisbg=...)": ("answer = plt.subplot(111, axisbg='red').get_facecolor()", (1.0, 0.0, 0.0, 1)),
        "plot(hold=...)": ("answer = len(ax.plot([1, 2], hold=True))", 1),
        "hist(normed=...)": ("answer = plt.hist([1, 2, 2], bins=2, normed=True)[0].round(6).tolist()", ANY),
        "bar(left=...)": ("answer = len(ax.bar(left=[1, 2], height=[1, 2]))", 2),
        "boxplot(labels=...)": (
            "ax.boxplot([[1, 2]], labels=['q'])\nanswer = [t.get_text() for t in ax.get_xticklabels()]", ["q"]),
        "stem(use_line_collection=...)": ("answer = len(plt.stem([1, 2], use_line_collection=True))", 3),
        "grid(b=...)": ("ax.grid(b=True)\nanswer = 1", 1),
        "legend(handles, labels, loc)": (
            "line = ax.plot([1, 2])\nanswer = ax.legend(line, ['q'], 'upper left').get_texts()[0].get_text()", "q"),
        "savefig(frameon=...)": ("import os\nplt.savefig('p.png', frameon=False)\nanswer = os.path.exists('p.png')", True),
        "subplots(2, 1, True)": ("answer = len(plt.subplots(2, 1, True)[1])", 2),
        "tight_layout(1)": ("plt.tight_layout(2)\nanswer = 1", 1),
        "style.use('seaborn-whitegrid')": (
            "from matplotlib import style\nwith plt.rc_context():\n    style.use('seaborn-whitegrid')\n"
            "    answer = plt.rcParams['axes.grid']", True),
        "cmap='spectral'": ("answer = plt.imshow([[1, 2]], cmap='spectral').cmap.name", "nipy_spectral"),
        "gca(projection='3d')": ("answer = plt.figure().gca(projection='3d').name", "3d"),
    }.items()
}  # fmt: skip

EXAMPLES = {**PYTHON_2, **FRAMES, **DATES, **PANDAS, **NUMPY, **LEARNING, **SCIPY, **FIGURES}
