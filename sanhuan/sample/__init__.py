"""Data to try the product with: a made-up company with a year of history, and real open data.

`company.plan` makes the company up from a seed, `loading.load` writes it through records as any
other history is written. `campaign` and `retail` read the real data that ships (see the NOTICE
beside it), `funnel` reads a published funnel that may not ship, from a folder given.
"""
