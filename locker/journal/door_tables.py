"""Steps of the tables of doors."""

# Who is at a door stands in the row of that door, so that each step of a visit writes one page of it and not two: what
# is as by default is left out. The row has a page to grow in, which a table without rowid would not give it.
VISITS_IN_THEIR_DOORS = (
    """create table door (
        id text primary key, use text not null, seen text not null, since text, openings integer not null,
        faults integer not null, reason text not null, parcels text not null default '[]',
        staff_orders text not null default '[]', visit text check (visit is null or json_valid(visit))) strict""",
    """insert into door select c.id, c.use, c.seen, c.since, c.openings, c.faults, c.reason, c.parcels, c.staff_orders,
        case when v.id is not null then json_object('id', v.id, 'kind', v.kind, 'compartment', v.compartment,
            'parcels', json(v.parcels), 'by', v.by, 'began_at', v.began_at, 'pulsed_at', v.pulsed_at,
            'pulses', v.pulses, 'asked', v.asked, 'opened_at', v.opened_at, 'shut_at', v.shut_at, 'leaving', v.leaving,
            'inside', v.inside, 'blind', v.blind, 'doubt', v.doubt, 'put_back', json(v.put_back),
            'accepted', json(v.accepted), 'door_open_seconds', v.door_open_seconds,
            'reopen_seconds', v.reopen_seconds, 'place', v.place, 'target', v.target, 'origin', v.origin) end
        from compartment c left join visit v on v.compartment = c.id order by c.id""",
    "drop table visit",
    "drop table compartment",
    "alter table door rename to compartment",
)
