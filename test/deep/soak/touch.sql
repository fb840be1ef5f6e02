-- an event is corrected, and points change
\set u random(1, 10000)
\set money random(100, 9999)
\set points random(1, 9)
UPDATE events SET a = :money / 100.0, e = 'pay', changed = now() WHERE id = (SELECT id FROM events WHERE u = :u ORDER BY id LIMIT 1);
UPDATE moves SET points = :points WHERE u = :u;
