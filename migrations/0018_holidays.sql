-- Days on which a district, or every district, does not vaccinate.
create table holiday (
    id bigint primary key,
    day text not null,
    -- Absent: in every district.
    district_id bigint references district (id),
    name_en text not null,
    name_hi text not null
);

-- A slot that goes is looked for where something may hang on it.
create index lapsed_place_slot on lapsed_place (slot_id);
create index pack_slot on pack (slot_id);

create unique index holiday_day on holiday (day, coalesce(district_id, 0));
