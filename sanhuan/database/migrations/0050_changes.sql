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

-- Months of the log. The application may ask for them, not make them: it may run no DDL.
create function kernel.make_change_partition(month date) returns boolean
language plpgsql
security definer
set search_path = kernel, pg_temp
as $$
declare
    low timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    high timestamptz := (date_trunc('month', month::timestamp) + interval '1 month')
        at time zone 'UTC';
    name text := 'change_' || to_char(month, 'YYYYMM');
begin
    -- One maker at a time; the lock ends with the transaction.
    perform pg_advisory_xact_lock(hashtextextended('sanhuan.change_partition', 0));
    if to_regclass(format('kernel.%I', name)) is not null then
        return false;
    end if;
    -- Made apart and attached: attaching lets the log be written to meanwhile.
    execute format(
        'create table kernel.%I (like kernel.change including defaults including constraints)', name
    );
    execute format('revoke all on kernel.%I from sanhuan_app', name);
    execute format('grant select on kernel.%I to sanhuan_app', name);
    if exists (select from kernel.change_default where at >= low and at < high) then
        -- The month was not made in time: what was written meanwhile moves in.
        lock table kernel.change_default in access exclusive mode;
        execute format(
            'insert into kernel.%I select * from kernel.change_default where at >= $1 and at < $2',
            name
        ) using low, high;
        delete from kernel.change_default where at >= low and at < high;
    end if;
    execute format(
        'alter table kernel.change attach partition kernel.%I for values from (%L) to (%L)',
        name, low, high
    );
    return true;
end;
$$;
comment on function kernel.make_change_partition is
    'Makes the partition of a month (UTC) of the change log; false when it is there already.';
revoke execute on function kernel.make_change_partition from public;
grant execute on function kernel.make_change_partition to sanhuan_app;

-- Rights on a partition count for whoever names it directly: they are those of the log.
revoke insert, update, delete, truncate on kernel.change_default from sanhuan_app;
select kernel.make_change_partition((date_trunc('month', now()) + make_interval(months => n))::date)
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
