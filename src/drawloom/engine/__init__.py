"""Where a step runs: the local pool of sandboxed children; the seam for many machines."""
