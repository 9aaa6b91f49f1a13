"""The figures of docs/benchmarks.md: measured on real processes, as ratios within one run."""
