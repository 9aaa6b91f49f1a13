-- What reads the change log: partitions, readers and their places, spans of states, digests.

-- Which run of transaction ids entries belong to. It rises when the database was restored into a
-- new cluster, where those ids start again: what went before is then settled as a whole.
create table kernel.log_generation (
    singleton boolean primary key default true check (singleton),
    generation integer not null,
    system_identifier bigint not null,
    begun_at timestamptz not null default clock_timestamp()
);
comment on column kernel.log_generation.system_identifier is
    'The cluster that the generation began in, as pg_control_system() names it.';
insert into kernel.log_generation (generation, system_identifier)
select 1, system_identifier from pg_control_system();
revoke insert, update, delete on kernel.log_generation from sanhuan_app;

-- Months of the log; what is written in one that was not made in time goes to change_default.
insert into kernel.partitioned (parent, grain, ahead, keep)
values ('kernel.change', 'month', 2, null);
revoke all on kernel.change_default from sanhuan_app;
select kernel.make_partition('kernel.change', (now() + make_interval(months => n))::date)
from generate_series(0, 2) as n;

-- Where each reader stands in the log: everything up to (generation, xid, id) is handled.
create table kernel.cursor (
    name text primary key,
    generation integer not null,
    xid xid8 not null,
    id bigint not null,
    objects text[],
    ahead bigint[] not null default '{}',
    floor timestamptz,
    mark_xid xid8 not null,
    mark_at timestamptz not null,
    handled bigint not null default 0,
    moved_at timestamptz not null default clock_timestamp(),
    failed_at timestamptz,
    failure text
) with (fillfactor = 50);
comment on column kernel.cursor.objects is 'Ids of the objects that it reads about; null for all.';
comment on column kernel.cursor.ahead is
    'Ids of entries beyond the place that are handled: earlier versions of handled ones.';
comment on column kernel.cursor.floor is
    'No entry beyond the place was written before this; null when nothing is known.';
comment on column kernel.cursor.mark_xid is
    'Ids from this one on were drawn at or after mark_at: once passed, mark_at is the floor.';
comment on column kernel.cursor.failure is 'Why it stands still; null while it runs.';

-- Entries that a reader could not handle and went past.
create table kernel.reader_incident (
    id bigint generated always as identity primary key,
    reader text not null references kernel.cursor (name) on delete cascade,
    change_id bigint not null,
    change_at timestamptz not null,
    object_id text not null,
    record_id uuid not null,
    error text not null,
    at timestamptz not null default clock_timestamp(),
    tries integer not null default 1,
    resolved_at timestamptz,
    resolution text check (resolution in ('handled', 'dismissed')),
    check ((resolved_at is null) = (resolution is null))
);
create unique index reader_incident_open on kernel.reader_incident (reader, change_id)
    where resolved_at is null;
