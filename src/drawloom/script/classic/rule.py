"""What a rule of the table is: a name that is gone, what took its place, and how to get there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Moved:
    """An attribute of a module that is now called something else; its use stays as it was.

    Attributes
    ----------
    to
        The full dotted name today; ``builtins.float`` is plain ``float`` in the source.
    """

    to: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module that is gone: its names are found in another one.

    Attributes
    ----------
    to
        The module that has them today.
    """

    to: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function or class of a module whose call has another form today.

    Attributes
    ----------
    shim
        ``module:name`` beneath `classic.shims`, which takes the old call.
    rewrite
        The name of a rewrite in `classic.rewrites`.
    """

    shim: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class Member:
    """A method or property of classes.

    Attributes
    ----------
    owners
        Dotted names of the classes.
    shim
        ``module:name`` beneath `classic.shims`: a function, a property or a class method.
    rewrite
        A rewrite in `classic.rewrites`; or ``.name`` for another method with the same call.
    """

    owners: tuple[str, ...]
    shim: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments of functions and methods that exist, but no longer take them so.

    Attributes
    ----------
    targets
        Dotted names of the functions, methods or classes.
    order
        The old order of the arguments by position. Those after ``"*"`` are keywords today and are passed by
        name.
    renamed
        Old keyword -> today's.
    dropped
        Keywords that no longer mean anything.
    values
        Keyword -> old value -> today's value; or the name of a translation, ``"offset"`` or ``"period"``.
    receiver
        What the source has to prove of the receiver of a method before it is rewritten, because other classes
        have such a call too: ``pandas``, ``series``, or the accessor ``.dt`` or ``.str``.
    """

    targets: tuple[str, ...]
    order: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, object] | str] = field(default_factory=dict)
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """Functions and methods that exist, but read some call in another way.

    Attributes
    ----------
    targets
        Dotted names of the functions, methods or classes.
    shim
        ``module:name``: takes today's function and the old call, and tells by giving `NotImplemented` that
        the call is one of today.
    rewrite
        A rewrite in `classic.rewrites`, which gives None for a call of today.
    """

    targets: tuple[str, ...]
    shim: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A name that nothing replaces: its use fails with the note, and is listed for review."""


@dataclass(frozen=True, slots=True)
class Source:
    """A form of the source itself, translated as it is read: at run time in `load`, and in the rewrite.

    Attributes
    ----------
    form
        What translates it: ``syntax`` on the tokens, anything else on the tree.
    """

    form: str


How = Moved | Module | Function | Member | Call | Around | Lost | Source


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes
    ----------
    old
        The old name or form; unique.
    new
        What to write today, as warnings and the review say it.
    gone
        The first version without it.
    how
        How a run and a rewrite get from one to the other.
    note
        What the reader of a rewritten line should look at, because no rule can prove it.
    """

    old: str
    new: str
    gone: str
    how: How
    note: str = ""
