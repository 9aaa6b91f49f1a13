-- Files: what lies in the data folder, and which records name it.

create table kernel.stored_file (
    sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    size bigint not null check (size >= 0),
    stored_at timestamptz not null default now()
);
comment on table kernel.stored_file is
    'Contents in the data folder, each once. What lies there and is not here was left by a crash.';

create table kernel.file_place (
    file_id uuid not null,
    object_id text not null,
    record_id uuid not null,
    field_id text not null,
    primary key (file_id, object_id, record_id, field_id)
);
comment on table kernel.file_place is
    'Records that name a file, kept by a reader of the change log: who sees one of them may have '
    'the file. Whether it still names it is asked when the file is.';
