-- name: migrations
-- The numbers of the migrations that were applied.
select number from kernel.migration;
