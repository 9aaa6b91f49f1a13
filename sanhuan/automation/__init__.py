"""The middle ring: what follows from changes, silent gaps and their clocks, tasks."""
