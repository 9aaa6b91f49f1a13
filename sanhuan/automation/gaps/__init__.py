"""Silent gaps: records that wait for their owner, each with a clock in working time.

The record is the authority: a gap is open while its definition's condition holds. A reader of the
change log opens and closes rows of kernel.gap accordingly (`opening`); clocks ring by `next_at`
(`clock`): first a reminder, then what the definition does about it, then the manager. What both
decide is pure (`deciding`, `times`). Locks go in one order, rows of kernel.gap before records.
"""
