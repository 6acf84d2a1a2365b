"""The inner walls: what a forked child puts around itself before it may run anyone's code.

One wall a file. `lockdown.lock_down` applies them in the one order that works, and
`lockdown.self_test` then tries what must no longer be possible.
"""
