-- The change log: append-only, one entry per change of a record, in the change's transaction.
-- It is the audit trail, the timeline, the realtime feed and the trigger of automation.

create table kernel.change (
    id bigint generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    generation integer not null default 1,
    at timestamptz not null default clock_timestamp(),
    occurred_at timestamptz not null default now(),
    operation uuid not null,
    actor uuid not null,
    on_behalf_of uuid,
    via text not null check (via in ('api', 'ui', 'import', 'flow', 'timer', 'source', 'system')),
    cause uuid,
    root uuid,
    depth smallint not null default 0,
    object_id text not null,
    record_id uuid not null,
    version integer not null,
    kind text not null
        check (kind in ('create', 'update', 'delete', 'restore', 'purge', 'computed')),
    before jsonb,
    after jsonb,
    owner_before uuid,
    owner_after uuid,
    department_before uuid,
    department_after uuid,
    trace jsonb,
    catalog_version bigint not null,
    primary key (id, at)
) partition by range (at);
comment on column kernel.change.at is 'Partition key: when the entry was written, never past.';
comment on column kernel.change.occurred_at is
    'When it happened: differs from at for imported and offline history.';
comment on column kernel.change.generation is
    'Rises when the database is restored into a new cluster, where transaction ids start again.';
comment on column kernel.change.before is 'Changed fields by field id, as the API writes values.';

create index change_in_order on kernel.change (xid, id);
create index change_of_record on kernel.change (object_id, record_id, version);
create index change_of_operation on kernel.change (operation);

create table kernel.change_default partition of kernel.change default;

-- Attempts that ended in a refusal, a warning or a request for approval: without them rules could
-- be neither explained nor replayed. Written in a transaction of their own.
create table kernel.refusal (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor uuid not null,
    via text not null,
    operation uuid not null,
    object_id text not null,
    record_id uuid,
    kind text not null check (kind in ('refused', 'needs_consent')),
    attempted jsonb not null,
    problems jsonb not null,
    trace jsonb,
    catalog_version bigint not null
);
create index refusal_of_object on kernel.refusal (object_id, id);

-- Answers of POSTs that carried an Idempotency-Key; only 2xx are kept, for 24 hours.
create table kernel.idempotency (
    scope uuid not null,
    route text not null,
    key text not null,
    body_digest bytea not null,
    status smallint not null,
    headers jsonb not null,
    answer bytea not null,
    at timestamptz not null default now(),
    primary key (scope, route, key)
);
create index idempotency_age on kernel.idempotency (at);

revoke update, delete, truncate on kernel.change, kernel.refusal from sanhuan_app;
