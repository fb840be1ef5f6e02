-- States and models can be hashed; ALTER OPERATOR says so from 17 on only.
UPDATE pg_operator o
SET oprcanhash = true
WHERE o.oprnamespace = 'user_ops'::regnamespace AND NOT o.oprcanhash
  AND EXISTS (SELECT FROM pg_amop a JOIN pg_am m ON m.oid = a.amopmethod WHERE a.amopopr = o.oid AND m.amname = 'hash');
