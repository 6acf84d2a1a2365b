"""What stands in for old names while a script runs; each file imports the library it stands for."""
