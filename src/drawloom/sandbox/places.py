"""Where things lie inside the walls."""

from __future__ import annotations

from typing import Final

WORK: Final = "/w"
"""The working directory of a step: empty before, gone afterwards."""

SCRATCH: Final = "/scratch"
"""The one file system a child may write; /w, /tmp, /dev/shm and HOME all lie on it."""

ENVIRONMENT: Final = "/environment"
"""The packages of the zygote's environment, read-only, where it has more than the interpreter's own."""
