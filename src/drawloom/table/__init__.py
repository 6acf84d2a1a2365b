"""Tables: columns, the bridge between Arrow and pandas, names, files and profiles."""
