"""Saving: one pipeline for one row and for ten thousand, from a form, an import or a flow."""
