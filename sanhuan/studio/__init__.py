"""Changing definitions safely: drafts, diff, publish, undo, export, import."""
