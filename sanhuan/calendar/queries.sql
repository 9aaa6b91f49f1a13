-- name: version
-- How often calendars were changed.
select value from kernel.calendar_version

-- name: calendars
-- All calendars.
select id, name, department_id, zone from kernel.calendar order by id

-- name: days
-- The days that are not as their weekday.
select calendar_id, day, working from kernel.calendar_day

-- name: shifts
-- The hours worked, in order.
select calendar_id, weekday, starts, ends
from kernel.calendar_shift
order by calendar_id, weekday, starts

-- name: make_default
-- The workspace's calendar, unless there is one.
insert into kernel.calendar (name, department_id, zone)
values (%(name)s, null, %(zone)s)
on conflict do nothing
returning id

-- name: default
-- The workspace's calendar.
select id from kernel.calendar where department_id is null

-- name: years
-- The years of which a calendar has days.
select distinct extract(year from day)::int from kernel.calendar_day where calendar_id = %(id)s

-- name: add_day
-- A day that is not as its weekday; what someone entered stays.
insert into kernel.calendar_day (calendar_id, day, working, name)
values (%(id)s, %(day)s, %(working)s, %(name)s)
on conflict do nothing

-- name: add_shift
-- Hours worked on a weekday.
insert into kernel.calendar_shift (calendar_id, weekday, starts, ends)
values (%(id)s, %(weekday)s, %(starts)s, %(ends)s)
