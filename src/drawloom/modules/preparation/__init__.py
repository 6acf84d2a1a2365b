"""Modules that prepare data."""
