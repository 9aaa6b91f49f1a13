-- Working calendars: one of the workspace, and those of departments, which say only what differs.

create table kernel.calendar (
    id uuid primary key default uuidv7(),
    name text not null unique check (name <> ''),
    department_id uuid,
    zone text not null,
    unique nulls not distinct (department_id)
);
comment on column kernel.calendar.department_id is
    'Whose it is, those below included; null for the one calendar of the workspace.';
comment on column kernel.calendar.zone is 'Time zone of its hours, such as Asia/Shanghai.';

create table kernel.calendar_day (
    calendar_id uuid not null references kernel.calendar on delete cascade,
    day date not null,
    working boolean not null,
    name text not null default '',
    primary key (calendar_id, day)
);
comment on table kernel.calendar_day is
    'Days that are not as their weekday: holidays, and days worked in exchange.';

create table kernel.calendar_shift (
    calendar_id uuid not null references kernel.calendar on delete cascade,
    weekday smallint not null check (weekday between 1 and 7),
    starts time not null,
    ends time not null check (ends < '24:00'),
    primary key (calendar_id, weekday, starts),
    check (starts < ends)
);
comment on column kernel.calendar_shift.weekday is '1 Monday to 7 Sunday (ISO 8601).';
comment on column kernel.calendar_shift.ends is 'The first instant that is no longer worked.';

-- Rises with every change, so that a process knows when its copy is old.
create table kernel.calendar_version (
    singleton boolean primary key default true check (singleton),
    value bigint not null
) with (fillfactor = 50);
insert into kernel.calendar_version (value) values (1);
revoke insert, update, delete on kernel.calendar_version from sanhuan_app;

create function kernel.calendar_changed() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update kernel.calendar_version set value = value + 1;
    return null;
end;
$$;
revoke execute on function kernel.calendar_changed from public;
create trigger changed after insert or update or delete on kernel.calendar
    for each statement execute function kernel.calendar_changed();
create trigger changed after insert or update or delete on kernel.calendar_day
    for each statement execute function kernel.calendar_changed();
create trigger changed after insert or update or delete on kernel.calendar_shift
    for each statement execute function kernel.calendar_changed();
