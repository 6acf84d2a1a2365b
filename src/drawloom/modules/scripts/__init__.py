"""Modules that run a script of the user's: Python, R, SQL."""
