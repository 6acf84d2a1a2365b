"""The graph: the experiment file, its checks, its edits, the keys of its steps and the plan of a run."""
