-- Imports of files: the file itself, how far it is, and what was refused. Undo of operations.

create table kernel.import (
    id uuid primary key,
    user_id uuid not null,
    token_id uuid,
    scopes text[],
    object_id text not null,
    file_name text not null check (length(file_name) between 1 and 255),
    bytes bigint not null check (bytes >= 0),
    layout jsonb not null,
    columns text[] not null,
    mapping jsonb not null,
    mode text not null check (mode in ('all', 'each', 'check')),
    key text,
    language text not null default 'zh',
    operation uuid not null unique,
    state text not null default 'waiting' check (
        state in (
            'waiting', 'checking', 'writing', 'done', 'refused', 'cancelled', 'failed', 'undoing',
            'undone'
        )
    ),
    rows integer,
    failure jsonb,
    cancel_asked_at timestamptz,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    undo_operation uuid,
    undo_by uuid,
    undo jsonb,
    check ((scopes is null) = (token_id is null))
) with (fillfactor = 70);
comment on column kernel.import.layout is
    'How the file is read: encoding, separator, sheet, header row.';
comment on column kernel.import.mapping is
    'By column: the field, and how its values are called: {column: {field, values}}.';
comment on column kernel.import.mode is
    'all: every row or none; each: those that are right; check: write nothing.';
comment on column kernel.import.operation is 'Of all its changes in the log.';
comment on column kernel.import.rows is 'Rows with data in the file; null until it was read.';
comment on column kernel.import.undo is
    'What undoing did: {removed, put_back, restored, left: [{object, id, reason}]}.';
create index import_of_user on kernel.import (user_id, id desc);

create table kernel.import_part (
    import uuid not null references kernel.import (id) on delete cascade,
    number integer not null,
    content bytea not null,
    primary key (import, number)
);
alter table kernel.import_part alter column content set storage external;
comment on table kernel.import_part is 'The file, in pieces of a megabyte; gone once it is done.';

create table kernel.import_chunk (
    import uuid not null references kernel.import (id) on delete cascade,
    phase text not null check (phase in ('check', 'write')),
    number integer not null,
    rows integer not null,
    created integer not null,
    updated integer not null,
    unchanged integer not null,
    refused integer not null,
    primary key (import, phase, number)
);
comment on table kernel.import_chunk is
    'Chunks that are through, each written in the transaction of its rows: work goes on from here.';

create table kernel.import_refusal (
    import uuid not null references kernel.import (id) on delete cascade,
    phase text not null,
    row integer not null,
    line integer not null,
    cells text[] not null,
    faults jsonb not null,
    primary key (import, phase, row)
);
comment on column kernel.import_refusal.line is 'Line of the file, or row of the sheet, from 1.';
comment on column kernel.import_refusal.faults is '[{code, field, column, message: {zh, en}}]';

create table kernel.import_mapping (
    user_id uuid not null,
    object_id text not null,
    headers bytea not null,
    mapping jsonb not null,
    used_at timestamptz not null,
    primary key (user_id, object_id, headers)
);
comment on table kernel.import_mapping is
    'How a person mapped a set of columns last (a digest of their names).';

-- What an operation set off is undone with it.
create index change_of_root on kernel.change (root) where root is not null;
