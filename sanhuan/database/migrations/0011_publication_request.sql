-- Publications that people asked for: the web process asks, a worker with the DDL role carries out.

create table kernel.publication_request (
    id uuid primary key,
    asked_at timestamptz not null default clock_timestamp(),
    asked_by uuid not null,
    changes jsonb not null,
    undo bigint references kernel.publication (id),
    state text not null default 'waiting' check (state in ('waiting', 'done', 'refused')),
    publication bigint references kernel.publication (id),
    steps jsonb,
    complaint jsonb,
    ended_at timestamptz,
    check ((state = 'waiting') = (ended_at is null))
);
comment on column kernel.publication_request.undo is 'The publication to take back; null to publish.';
comment on column kernel.publication_request.complaint is 'Why it was refused: code, zh, en, list.';
