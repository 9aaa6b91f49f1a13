-- name: begin
-- A new import.
insert into kernel.import
    (id, user_id, token_id, scopes, object_id, file_name, bytes, layout, columns, mapping, mode, key,
     language, operation, created_at)
values
    (%(id)s, %(user)s, %(token)s, %(scopes)s, %(object)s, %(file_name)s, %(bytes)s, %(layout)s,
     %(columns)s, %(mapping)s, %(mode)s, %(key)s, %(language)s, %(operation)s, %(now)s)

-- name: add_part
-- A piece of the file.
insert into kernel.import_part (import, number, content) values (%(id)s, %(number)s, %(content)s)

-- name: part
-- A piece of the file.
select content from kernel.import_part where import = %(id)s and number = %(number)s

-- name: remember
-- How a person mapped these columns.
insert into kernel.import_mapping (user_id, object_id, headers, mapping, used_at)
values (%(user)s, %(object)s, %(headers)s, %(mapping)s, %(now)s)
on conflict (user_id, object_id, headers) do update
set mapping = excluded.mapping, used_at = excluded.used_at

-- name: remembered
-- How a person mapped these columns last.
select mapping from kernel.import_mapping
where user_id = %(user)s and object_id = %(object)s and headers = %(headers)s

-- name: find
-- One import.
select i.id, i.user_id, i.token_id, i.scopes, i.object_id, i.file_name, i.bytes, i.layout,
    i.columns, i.mapping, i.mode, i.key, i.language, i.operation, i.state, i.rows, i.failure,
    i.cancel_asked_at is not null as cancelling, i.created_at, i.started_at, i.finished_at,
    i.undo_operation, i.undo, i.undo_by
from kernel.import as i
where i.id = %(id)s

-- name: of_user
-- The imports of a person (null: of everybody), the latest first.
select i.id, i.user_id, i.token_id, i.scopes, i.object_id, i.file_name, i.bytes, i.layout,
    i.columns, i.mapping, i.mode, i.key, i.language, i.operation, i.state, i.rows, i.failure,
    i.cancel_asked_at is not null as cancelling, i.created_at, i.started_at, i.finished_at,
    i.undo_operation, i.undo, i.undo_by
from kernel.import as i
where (%(user)s::uuid is null or i.user_id = %(user)s)
    and (%(before)s::uuid is null or i.id < %(before)s)
order by i.id desc
limit %(limit)s

-- name: counts
-- How far imports are, by phase.
select import, phase, sum(rows), sum(created), sum(updated), sum(unchanged), sum(refused)
from kernel.import_chunk
where import = any(%(ids)s)
group by import, phase

-- name: chunks
-- The chunks of a phase that are through.
select number from kernel.import_chunk where import = %(id)s and phase = %(phase)s

-- name: add_chunk
-- A chunk is through.
insert into kernel.import_chunk
    (import, phase, number, rows, created, updated, unchanged, refused)
values
    (%(id)s, %(phase)s, %(number)s, %(rows)s, %(created)s, %(updated)s, %(unchanged)s, %(refused)s)

-- name: add_refusals
-- Rows that were refused, with their reasons.
insert into kernel.import_refusal (import, phase, row, line, cells, faults)
select %(id)s, %(phase)s, r.row, r.line,
    array(select jsonb_array_elements_text(r.cells)), r.faults
from jsonb_to_recordset(%(rows)s::jsonb) as r(row integer, line integer, cells jsonb, faults jsonb)

-- name: refusals
-- Refused rows in the order of the file.
select row, line, cells, faults
from kernel.import_refusal
where import = %(id)s and phase = %(phase)s and row > %(after)s
order by row
limit %(limit)s

-- name: start
-- A worker has begun.
update kernel.import
set state = %(state)s, started_at = coalesce(started_at, %(now)s)
where id = %(id)s

-- name: count_rows
-- How many rows the file has.
update kernel.import set rows = %(rows)s where id = %(id)s

-- name: finish
-- It has ended.
update kernel.import
set state = %(state)s, failure = %(failure)s, finished_at = %(now)s
where id = %(id)s

-- name: drop_parts
-- The file is not needed any more.
delete from kernel.import_part where import = %(id)s

-- name: cancel
-- Somebody wants it to stop; whether it can still.
update kernel.import
set cancel_asked_at = coalesce(cancel_asked_at, %(now)s)
where id = %(id)s and state in ('waiting', 'checking', 'writing')
returning id

-- name: begin_undo
-- It is to be undone; whether it can be.
update kernel.import
set state = 'undoing', undo_operation = %(operation)s, undo_by = %(user)s
where id = %(id)s and state in ('done', 'cancelled', 'failed')
returning id

-- name: note_undo
-- How far undoing is.
update kernel.import set undo = %(undo)s, state = %(state)s where id = %(id)s

-- name: token_holds
-- Whether an API token may still be used.
select exists (
    select from kernel.api_token
    where id = %(token)s and ended_at is null and (ends_at is null or ends_at > %(now)s)
)

-- name: take_turn
-- One worker at a time runs an import.
select pg_try_advisory_lock(hashtextextended('sanhuan.import ' || %(id)s::text, 0))

-- name: give_up_turn
-- Another may run the import.
select pg_advisory_unlock(hashtextextended('sanhuan.import ' || %(id)s::text, 0))
