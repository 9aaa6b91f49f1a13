"""The change log, read: readers that act on it, the live feed, spans, digests, verification.

The log itself is written by `sanhuan.records`, in the transaction of the change. What holds here:

- The authority is the table kernel.change. Entries are only added, each in the transaction of its
  change, and are read in the order (generation, transaction id, entry id).
- An entry may be read once every transaction with a lower id has ended (the horizon). Before that,
  one that is still open could add entries in front of those read.
- That order is not the order of one record's versions: a transaction may draw its id early and
  touch the record late. Readers put one record's entries in order (see `order`).
- A reader's place moves in the transaction of its effect. A crash undoes both or neither, so each
  entry has its effect exactly once. What leaves the database (the live feed) is at least once.
"""
