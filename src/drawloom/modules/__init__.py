"""The catalogue of modules: what a step can be.

Empty on purpose: the host asks `drawloom.modules.registry`, and a worker that imports one ``work`` pays for
no spec.
"""
