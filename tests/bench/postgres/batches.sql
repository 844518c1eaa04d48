\set n :n + 1000
\set network random(0, 31)
\set person random(1, 49000)
\set day random(0, 270)
select count(attest(:client_id, 'bench-' || lpad(((:n)::integer + i)::text, 8, '0'), (:person)::bigint + i, ((:network)::integer + 32 * (i % 42))::integer, (:network)::integer + 1, date '2026-01-01' + (:day)::integer, decode(repeat('a5', 200), 'hex'))) from generate_series(1, 1000) i;
