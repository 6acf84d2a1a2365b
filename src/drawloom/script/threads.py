"""How many threads BLAS and OpenMP use in a step."""

from __future__ import annotations

import ctypes
import os
import sys

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "POLARS_MAX_THREADS",
)
_SETTERS = {
    "numpy._core._multiarray_umath": ("scipy_openblas_set_num_threads64_", "openblas_set_num_threads64_"),
    "scipy.linalg._fblas": ("scipy_openblas_set_num_threads", "openblas_set_num_threads"),
    "sklearn.utils._openmp_helpers": ("omp_set_num_threads",),
}


def limit(count: int) -> None:
    """Give BLAS and OpenMP a number of threads, whether they are loaded already or come later.

    Parameters
    ----------
    count
        The cores of the step, at least 1.

    Notes
    -----
    Libraries that load later read the environment. Those that are loaded are told through their own setters,
    found by way of an extension module that is linked with them.
    """
    os.environ.update(dict.fromkeys(_VARIABLES, str(count)))
    for name, setters in _SETTERS.items():
        module = sys.modules.get(name)
        if module is None or not module.__file__:
            continue
        library = ctypes.CDLL(module.__file__)
        for setter in setters:
            function = getattr(library, setter, None)
            if function is not None:
                function(ctypes.c_int(count))
                break
