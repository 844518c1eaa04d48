-- What a careful program of two tiers would keep for an attestation: accepted once, rated, posted, told to others.
-- One function does it, so that an attestation costs one round trip.
drop table if exists attestation, rated, entry, balance, outbox;

create table attestation (
  number    bigserial primary key,
  principal smallint not null,
  key       text not null,
  person    bigint not null,
  provider  integer not null,
  network   smallint not null,
  day       date not null,
  body      bytea not null,
  unique (principal, key)
);
create index attestation_person on attestation (person, day);

create table rated (
  number  bigint primary key,
  fee     bigint not null,
  share   bigint not null,
  insurer bigint not null
);

create table entry (
  number  bigint not null,
  line    smallint not null,
  account integer not null,
  cents   bigint not null,
  primary key (number, line)
);

create table balance (
  account integer primary key,
  cents   bigint not null
);
insert into balance select n, 0 from generate_series(1, 32) n;                -- networks
insert into balance select 1000 + n, 0 from generate_series(0, 1343) n;       -- providers

create table outbox (
  id     bigserial primary key,
  number bigint not null,
  topic  text not null,
  body   bytea not null
);

create or replace function attest(client integer, key text, person bigint, provider integer, network integer, day date,
                                  body bytea) returns bigint language plpgsql as $$
declare
  attestation bigint;
  sessions    bigint;
  share_cents bigint := 1100;
begin
  insert into attestation (principal, key, person, provider, network, day, body)
    values (client, attest.key, attest.person, attest.provider, attest.network, attest.day, attest.body)
    on conflict do nothing returning number into attestation;
  if attestation is null then
    return 0;
  end if;
  select count(*) into sessions from attestation a
    where a.person = attest.person and a.day > attest.day - 365 and a.day <= attest.day;
  if sessions = 1 then
    share_cents := 0;
  end if;
  insert into rated values (attestation, 9102, share_cents, 9102 - share_cents);
  insert into entry values (attestation, 1, attest.network, 9102 - share_cents),
                           (attestation, 2, 1000 + attest.provider, share_cents - 9102);
  insert into outbox (number, topic, body) values (attestation, 'network/posted', substr(attest.body, 1, 128));
  -- The rows that many share come last, networks before their providers, so that nobody waits for somebody who waits.
  update balance set cents = cents + 9102 - share_cents where account = attest.network;
  update balance set cents = cents - 9102 + share_cents where account = 1000 + attest.provider;
  return attestation;
end $$;
