"""Old scripts: Python 2 and names that libraries have dropped, kept working or rewritten.

`rules` is the one table. `runtime` makes it true while a script runs; `upgrade` makes it true of its source.
"""
