-- Silent gaps: records that wait for someone to act, and until when they may.

create table kernel.gap (
    id uuid primary key default uuidv7(),
    gap text not null,
    object_id text not null,
    record_id uuid not null,
    owner_id uuid,
    department_id uuid,
    state text not null default 'open' check (state in ('open', 'reminded', 'breached', 'closed')),
    outcome text check (outcome in ('met', 'moved', 'dropped')),
    lapsed uuid[] not null default '{}',
    since timestamptz not null,
    counted_from timestamptz not null,
    hours numeric not null check (hours >= 0),
    remind_hours numeric check (remind_hours >= 0),
    remind_at timestamptz,
    due_at timestamptz not null,
    next_at timestamptz,
    opened_at timestamptz not null,
    reminded_at timestamptz,
    breached_at timestamptz,
    closed_at timestamptz,
    operation uuid not null,
    root uuid,
    depth smallint not null default 0,
    calendar_version bigint not null,
    attempts integer not null default 0,
    failure text,
    check ((state = 'closed') = (closed_at is not null)),
    check ((state = 'closed') = (outcome is not null)),
    check (state <> 'closed' or next_at is null),
    check (state <> 'breached' or breached_at is not null)
) with (fillfactor = 80);
comment on table kernel.gap is 'One wait of one record for one owner; another owner is another row.';
comment on column kernel.gap.gap is 'Id of the gap''s definition.';
comment on column kernel.gap.state is
    'open; reminded: its owner was reminded; breached: the time is over; closed.';
comment on column kernel.gap.outcome is
    'met: the owner acted; moved: it is another''s now; dropped: it needs no act any more.';
comment on column kernel.gap.lapsed is 'Those who let it lapse before, the first one first.';
comment on column kernel.gap.since is 'When the wait began.';
comment on column kernel.gap.counted_from is
    'Where the time begins: later than since where it was noticed only when the time was over.';
comment on column kernel.gap.hours is 'How long it may last, in hours of working time.';
comment on column kernel.gap.next_at is
    'When the clock is to ring next; null when it rings no more.';
comment on column kernel.gap.operation is 'The change that opened it, for the cause of what follows.';
comment on column kernel.gap.calendar_version is
    'Of the calendars that the times were reckoned by: they are again when it changes.';
comment on column kernel.gap.failure is 'Why the clock rang in vain, while it is tried again.';

create unique index gap_waiting on kernel.gap (gap, object_id, record_id) where state <> 'closed';
create index gap_next on kernel.gap (next_at, id) where next_at is not null;
create index gap_open_due on kernel.gap (due_at, id) where state <> 'closed';
create index gap_of_record on kernel.gap (object_id, record_id);
