"""Modules that bring data in and out."""
