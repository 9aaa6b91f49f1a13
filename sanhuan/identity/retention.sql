-- name: purge_sessions
-- Delete sessions that ended long ago.
delete from kernel.session where least(ended_at, ends_at) < %(ended_before)s

-- name: purge_api_tokens
-- Delete API tokens that ended long ago.
delete from kernel.api_token where least(ended_at, ends_at) < %(ended_before)s

-- name: purge_invitations
-- Delete invitations that ended long ago.
delete from kernel.invitation where least(used_at, ended_at, ends_at) < %(ended_before)s

-- name: purge_shares
-- Delete shares that ended long ago.
delete from kernel.share where until < %(ended_before)s

-- name: purge_attempts
-- Delete counts of attempts whose window is long over.
delete from kernel.sign_in_attempt where began_at < %(attempts_before)s
