-- What was set up by whom: files, forms, copies, undos; each row as it was before and after, as JSON.
create table import (
    id bigint primary key,
    at bigint not null,
    by_whom text not null,
    -- Whose officer may see it; absent: the state's only.
    district_id bigint,
    kind text not null,
    -- A file's name, or 'form', 'copy', 'closed', 'undo'.
    source text not null,
    added bigint not null,
    changed bigint not null,
    removed bigint not null,
    undone_at bigint,
    undone_by text
);

create index import_district on import (district_id, id);

create table import_row (
    import_id bigint not null references import (id),
    position bigint not null,
    name text not null,
    -- Absent: it was not there before, or is not there after.
    before text,
    after text,
    primary key (import_id, position)
);
