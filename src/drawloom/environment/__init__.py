"""Packages: locked, with an identity, built behind walls from wheels, shared read-only."""
