-- What the inner ring decided: who each record was given to, out of whom, and why.

create table kernel.dispatch_decision (
    id uuid primary key default uuidv7(),
    at timestamptz not null,
    policy text not null,
    object_id text not null,
    record_id uuid not null,
    operation uuid not null,
    actor uuid not null,
    kind text not null check (kind in ('dispatch', 'assign')),
    candidates jsonb not null check (jsonb_typeof(candidates) = 'array'),
    excluded uuid[] not null default '{}',
    owner_before uuid,
    chosen uuid,
    reason jsonb not null,
    probability double precision check (probability > 0 and probability <= 1),
    check (kind = 'dispatch' or chosen is not null)
);
comment on table kernel.dispatch_decision is
    'Each time a record was given to someone, or could not be: what is needed to judge it later.';
comment on column kernel.dispatch_decision.policy is 'Id of the dispatch definition.';
comment on column kernel.dispatch_decision.kind is 'dispatch: by the policy; assign: by a person.';
comment on column kernel.dispatch_decision.candidates is
    'The best first: [{user, name, score, load, parts: {term: points}}].';
comment on column kernel.dispatch_decision.chosen is 'Null when nobody could be chosen.';
comment on column kernel.dispatch_decision.reason is 'In words: {zh, en}.';
comment on column kernel.dispatch_decision.probability is
    'With which the chosen one was drawn; null while the best is always taken.';
create index dispatch_decision_of_record
    on kernel.dispatch_decision (object_id, record_id, at);
create index dispatch_decision_of_chosen
    on kernel.dispatch_decision (policy, chosen, at) where chosen is not null;
revoke update, delete on kernel.dispatch_decision from sanhuan_app;
