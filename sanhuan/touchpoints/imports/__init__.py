"""Importing files: read with limits, mapped, previewed, written as whoever imports, undone."""
