-- What a dose says on its way to the portal: it counts up when the record is corrected or the person mended. A call that began before
-- settles nothing.
alter table upload add column version bigint not null default 0;
