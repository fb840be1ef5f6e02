-- an event comes, and what the user has beyond ten goes: the row that comes tells refresh of both
\set u random(1, 10000)
\set back random(0, 17280000)
\set money random(100, 9999)
\set kind random(0, 2)
BEGIN;
INSERT INTO events (u, t, e, a) VALUES (:u, now() - :back * interval '1 second', (ARRAY['view', 'cart', 'pay'])[1 + :kind], CASE :kind WHEN 2 THEN :money / 100.0 END);
DELETE FROM events WHERE u = :u AND id <= (SELECT id FROM events WHERE u = :u ORDER BY id DESC OFFSET 10 LIMIT 1);
COMMIT;
