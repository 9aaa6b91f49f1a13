"""The built-in apps: packages of definitions, data only."""
