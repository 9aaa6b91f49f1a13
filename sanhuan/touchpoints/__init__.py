"""The outer ring: sources in, events applied once, one customer, files imported."""
