"""How many threads BLAS and OpenMP use in a step."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "POLARS_MAX_THREADS",
)
_LIBRARIES = {
    "numpy._core._multiarray_umath": (
        ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
        ("openblas_get_num_threads64_", "openblas_set_num_threads64_"),
        ("openblas_get_num_threads", "openblas_set_num_threads"),
    ),
    "scipy.linalg._fblas": (
        ("scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"),
        ("openblas_get_num_threads", "openblas_set_num_threads"),
    ),
    "sklearn.utils._openmp_helpers": (("omp_get_max_threads", "omp_set_num_threads"),),
}

Get = Callable[[], int]
Set = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Threads:
    """The number of threads before it was limited: of the environment, and of each library by its module."""

    environment: dict[str, str | None]
    loaded: dict[str, int]


def limit(count: int) -> Threads:
    """Give BLAS and OpenMP a number of threads, whether they are loaded already or come later.

    Parameters
    ----------
    count
        The cores of the step, at least 1.

    Returns
    -------
    Threads
        What `restore` needs.

    Notes
    -----
    Libraries that load later read the environment. Those that are loaded are told through their own
    functions, found by way of an extension module that is linked with them.
    """
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(dict.fromkeys(_VARIABLES, str(count)))
    loaded: dict[str, int] = {}
    for name in _LIBRARIES:
        if name not in sys.modules:
            continue
        found = _functions(name)
        if found is not None:
            loaded[name] = found[0]()
            if loaded[name] != count:
                found[1](count)
    return Threads(before, loaded)


def restore(before: Threads) -> None:
    """Give everything the number of threads it had."""
    for name, text in before.environment.items():
        if text is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = text
    for module, count in before.loaded.items():
        found = _functions(module)
        if found is not None:
            found[1](count)


@cache
def _functions(name: str) -> tuple[Get, Set] | None:
    """Find how the library behind an extension module tells and takes its number of threads."""
    file = sys.modules[name].__file__
    if not file:
        return None
    library = ctypes.CDLL(file)
    for getter, setter in _LIBRARIES[name]:
        get, put = getattr(library, getter, None), getattr(library, setter, None)
        if get is not None and put is not None:
            get.restype, put.restype, put.argtypes = ctypes.c_int, None, [ctypes.c_int]
            return get, put
    return None
