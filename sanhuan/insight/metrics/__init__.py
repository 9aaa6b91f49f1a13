"""Figures that are declared once and asked for everywhere.

A metric counts the asker's rows: it is composed by records, so that it tells nobody more than his
lists do. Each figure carries the filter that opens its records.
"""
