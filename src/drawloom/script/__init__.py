"""The script contract: find the function, read its form, call it, collect what it leaves."""
