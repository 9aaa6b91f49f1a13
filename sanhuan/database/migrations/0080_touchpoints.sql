-- What comes from outside: sources' secrets, events as they arrived, whose record is whose outside,
-- and what people did (behaviour), which gives heat.

create table kernel.source_secret (
    id uuid primary key default uuidv7(),
    source text not null,
    secret bytea not null check (octet_length(secret) between 24 and 64),
    created_at timestamptz not null,
    created_by uuid not null,
    ends_at timestamptz
);
comment on table kernel.source_secret is
    'What senders sign with (Standard Webhooks). Two hold while one takes the other''s place.';
comment on column kernel.source_secret.source is 'Id of the source''s definition.';
comment on column kernel.source_secret.secret is
    'In clear: a signature can be checked by no digest of it. Nobody but the application reads it.';
comment on column kernel.source_secret.ends_at is 'From when it is not taken any more; null: never.';
create index source_secret_of_source on kernel.source_secret (source, created_at);

create table kernel.source_event (
    id bigint generated always as identity primary key,
    source text not null,
    event_id text not null check (length(event_id) between 1 and 200),
    type text not null check (length(type) between 1 and 200),
    body json not null,
    digest bytea not null check (octet_length(digest) = 32),
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    state text not null default 'new' check (state in ('new', 'applied', 'refused', 'ignored')),
    waits_for text,
    reason jsonb,
    attempts integer not null default 0,
    operation uuid,
    settled_at timestamptz,
    conflicts integer not null default 0,
    unique (source, event_id),
    check ((state = 'new') = (settled_at is null)),
    check (waits_for is null or state = 'new'),
    check (state <> 'refused' or reason is not null)
) with (fillfactor = 80);
comment on table kernel.source_event is
    'Events as they arrived, stored before the sender is answered; each has one effect at most.';
comment on column kernel.source_event.body is 'As sent, byte for byte: type, timestamp, data.';
comment on column kernel.source_event.digest is
    'SHA-256 of the body in canonical form: the same id with another body is a conflict.';
comment on column kernel.source_event.state is
    'new: to be applied; applied: had its effect; refused: waits in the tray, with its reason; '
    'ignored: the source takes nothing of this type.';
comment on column kernel.source_event.waits_for is
    'The record it is about has not come yet: object id, a blank, the outside id.';
comment on column kernel.source_event.reason is 'Why refused: [{code, field, message: {zh, en}}].';
comment on column kernel.source_event.conflicts is 'How often its id came with another body.';
create index source_event_to_do on kernel.source_event (source, id)
    where state = 'new' and waits_for is null;
create index source_event_waiting on kernel.source_event (source, waits_for)
    where waits_for is not null;
create index source_event_refused on kernel.source_event (source, id) where state = 'refused';
create index source_event_settled on kernel.source_event (settled_at)
    where state in ('applied', 'ignored');
create index source_event_received on kernel.source_event (source, received_at);

-- How many events of a source had which end: counted as they are settled.
create table kernel.source_tally (
    source text primary key,
    applied bigint not null default 0,
    ignored bigint not null default 0,
    last_settled_at timestamptz
) with (fillfactor = 50);

create table kernel.source_record (
    source text not null,
    object_id text not null,
    outside_id text not null,
    record_id uuid not null,
    primary key (source, object_id, outside_id)
);
comment on table kernel.source_record is
    'Which record stands for what a source knows under an id of its own.';

create table kernel.source_version (
    source text not null,
    record_id uuid not null,
    versions jsonb not null check (jsonb_typeof(versions) = 'object'),
    primary key (source, record_id)
);
comment on column kernel.source_version.versions is
    'By field name: [number as text, event id] of the event that last set it, so that an older one '
    'that comes late overwrites nothing newer.';

create table kernel.behaviour_event (
    id bigint generated always as identity,
    at timestamptz not null,
    source text not null,
    event bigint not null,
    kind text not null,
    object_id text not null,
    outside_id text not null,
    record_id uuid,
    points double precision not null,
    primary key (id, at)
) partition by range (at);
comment on table kernel.behaviour_event is
    'What a person did (looked at a page, downloaded, replied, took a call): gives heat.';
comment on column kernel.behaviour_event.event is 'The event (source_event.id) that told of it.';
comment on column kernel.behaviour_event.record_id is
    'The record it is about; null until the source brings the one of that outside id.';
comment on column kernel.behaviour_event.points is 'What it adds to heat on the day it happens.';
create index behaviour_of_record on kernel.behaviour_event (object_id, record_id, at);
create index behaviour_unknown on kernel.behaviour_event (source, object_id, outside_id)
    where record_id is null;
create table kernel.behaviour_event_default partition of kernel.behaviour_event default;
insert into kernel.partitioned (parent, grain, ahead, keep)
values ('kernel.behaviour_event', 'month', 2, 24);
select kernel.make_partition('kernel.behaviour_event', (now() + make_interval(months => n))::date)
from generate_series(0, 2) as n;

create table kernel.heat (
    object_id text not null,
    record_id uuid not null,
    base integer not null,
    given integer not null,
    primary key (object_id, record_id)
);
comment on table kernel.heat is 'Records whose heat behaviour has changed.';
comment on column kernel.heat.base is 'The heat without behaviour, as rules or people set it.';
comment on column kernel.heat.given is
    'What was written last: another value in the record is a new base.';

create table kernel.match_made (
    object_id text not null,
    record_id uuid not null,
    target_object_id text not null,
    target_id uuid not null,
    created boolean not null,
    by text[] not null,
    also uuid[] not null default '{}',
    at timestamptz not null,
    primary key (object_id, record_id, target_object_id)
);
comment on table kernel.match_made is 'Why a record joined another: one customer on all channels.';
comment on column kernel.match_made.by is 'Names of the fields that agreed; empty when created.';
comment on column kernel.match_made.also is 'Others that agreed too: perhaps one customer twice.';
