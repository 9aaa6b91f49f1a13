"""Working calendars: which days and hours are worked, and working time between instants.

A calendar is a week's pattern of shifts and the days that differ from it: legal holidays and the
days worked in exchange (调休), which China publishes year by year. Years that are not published yet
follow the pattern. Departments have calendars of their own where they differ; the nearest one up
the tree holds. `working` is pure; `store` loads calendars; `china` knows the published days.
"""
