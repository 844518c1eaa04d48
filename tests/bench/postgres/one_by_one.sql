\set n :n + 1
\set provider random(0, 1343)
\set network :provider % 32 + 1
\set person random(1, 50000)
\set day random(0, 270)
select attest(:client_id, 'bench-' || lpad((:n)::text, 8, '0'), :person, :provider, :network, date '2026-01-01' + (:day)::integer, decode(repeat('a5', 200), 'hex'));
