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

-- How long records were in which state, for choice fields that are tracked. A row is one stay of a
-- record in a state in one hand; `entered_at` is when the state was entered, across hands.
create table kernel.state_span (
    object_id text not null,
    field_id text not null,
    record_id uuid not null,
    version integer not null,
    value text not null,
    entered_at timestamptz not null,
    since timestamptz not null,
    until timestamptz,
    owner_id uuid,
    department_id uuid,
    ended_by text check (ended_by in ('value', 'holder', 'bin')),
    seconds numeric generated always as (extract(epoch from until - since)) stored,
    primary key (object_id, record_id, field_id, version),
    check (entered_at <= since and since <= until),
    check ((until is null) = (ended_by is null))
);
comment on column kernel.state_span.version is 'The version of the record that began it.';
comment on column kernel.state_span.until is 'Null while it lasts.';
comment on column kernel.state_span.ended_by is
    'value: another state; holder: another owner or department; bin: the record was binned.';
create index state_span_of_value on kernel.state_span (object_id, field_id, value, since);
create index state_span_open on kernel.state_span (object_id, field_id, value, since)
    where until is null;

-- Fields whose spans are complete from the first entry on: those not listed are filled in.
create table kernel.state_tracking (
    object_id text not null,
    field_id text not null,
    complete_at timestamptz not null default clock_timestamp(),
    primary key (object_id, field_id)
);

-- The chain of digests over the log: each link takes in the one before it.
create table kernel.change_digest (
    place bigint primary key check (place > 0),
    change_id bigint not null unique,
    at timestamptz not null,
    payload bytea not null check (length(payload) = 32),
    digest bytea not null check (length(digest) = 32)
);
comment on column kernel.change_digest.payload is
    'SHA-256 of what the entry changed: stays when that is erased for a person''s sake.';
comment on column kernel.change_digest.digest is
    'SHA-256 of the digest before it and of the entry, with `payload` in place of what it changed.';
revoke update, delete on kernel.change_digest from sanhuan_app;

-- Entries whose values were erased: without a row here an empty entry counts as tampered with.
create table kernel.change_erasure (
    change_id bigint primary key,
    change_at timestamptz not null,
    at timestamptz not null default clock_timestamp(),
    actor uuid not null,
    reason text not null check (reason <> '')
);
revoke insert, update, delete on kernel.change_erasure from sanhuan_app;

-- The state that entries lead to: each one's changed fields laid over those before it.
create aggregate kernel.laid_over (jsonb) (
    sfunc = jsonb_concat, stype = jsonb, initcond = '{}'
);
grant execute on function kernel.laid_over (jsonb) to sanhuan_app;
