"""The inner ring: metrics, and who a record is dispatched to."""
