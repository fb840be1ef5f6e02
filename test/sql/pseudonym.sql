SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;
\set VERBOSITY default
-- RFC 4231, cases 1, 2 and 7; and of nothing with an empty key, as everybody prints it.
SELECT hmac_sha256('Hi There', decode(repeat('0b', 20), 'hex')) = '\xb0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7' AS case_1,
	   hmac_sha256('what do ya want for nothing?', 'Jefe') = '\x5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843' AS case_2,
	   hmac_sha256('This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
				   decode(repeat('aa', 131), 'hex')) = '\x9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2' AS case_7,
	   hmac_sha256('', '') = '\xb613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad' AS of_nothing;
-- By the definition (RFC 2104) with the server's sha256: keys shorter and longer than a block of 64 bytes, data of 0 to 300 bytes.
CREATE FUNCTION pg_temp.xored(key bytea, with_byte integer) RETURNS bytea LANGUAGE sql AS $$
	SELECT string_agg(set_byte('\x00', 0, with_byte # CASE WHEN i < length(key) THEN get_byte(key, i) ELSE 0 END), '' ORDER BY i) FROM generate_series(0, 63) AS i
$$;
CREATE FUNCTION pg_temp.by_definition(data bytea, secret bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT sha256(pg_temp.xored(key, 92) || sha256(pg_temp.xored(key, 54) || data)) FROM (SELECT CASE WHEN length(secret) > 64 THEN sha256(secret) ELSE secret END) AS k (key)
$$;
CREATE FUNCTION pg_temp.bytes(size integer, of text) RETURNS bytea LANGUAGE sql AS $$
	SELECT coalesce(string_agg(substr(sha256((of || i)::bytea), 1, 1), '' ORDER BY i), '') FROM generate_series(1, size) AS i
$$;
SELECT count(*), count(*) FILTER (WHERE hmac_sha256(data, secret) = pg_temp.by_definition(data, secret)) AS equal
FROM generate_series(0, 130, 13) AS k, generate_series(0, 300, 60) AS d, LATERAL (SELECT pg_temp.bytes(d, 'data'), pg_temp.bytes(k, 'secret')) AS b (data, secret);
-- A pseudonym is the first 16 bytes; a number is its digits.
SELECT pseudonym('Hi There', decode(repeat('0b', 20), 'hex')), pseudonym('', decode(repeat('00', 16), 'hex')) = pseudonym(''::text, decode(repeat('00', 16), 'hex')) AS of_nothing;
SELECT id, pseudonym(id, 'sixteen bytes of') = pseudonym(id::text, 'sixteen bytes of') AS as_text,
	   pseudonym(id, 'sixteen bytes of') = encode(substr(hmac_sha256(id::text::bytea, 'sixteen bytes of'), 1, 16), 'hex')::uuid AS as_bytes
FROM unnest('{0,7,-7,9223372036854775807,-9223372036854775808}'::bigint[]) AS id;
SELECT pseudonym(7, 'sixteen bytes of') = pseudonym('7', 'sixteen bytes of') AS integers, pseudonym('用户七', 'sixteen bytes of') = encode(substr(hmac_sha256(convert_to('用户七', 'UTF8'), 'sixteen bytes of'), 1, 16), 'hex')::uuid AS utf8,
	   pseudonym(7, 'sixteen bytes of') = pseudonym(7, 'sixteen others..') AS other_secret, pseudonym('a', 'sixteen bytes of') = pseudonym('A', 'sixteen bytes of') AS other_id;
SELECT count(*), count(DISTINCT pseudonym(id, 'sixteen bytes of')) AS pseudonyms FROM generate_series(1, 20000) AS id;
-- NULL
SELECT hmac_sha256(NULL, 'k') IS NULL AS data, hmac_sha256('a', NULL) IS NULL AS secret, pseudonym(NULL::text, 'sixteen bytes of') IS NULL AS id, pseudonym(7, NULL) IS NULL AS no_secret;
-- Long ids, also compressed ones and those stored elsewhere.
CREATE TEMPORARY TABLE long_ids AS SELECT repeat('ab', 5000) AS id UNION ALL SELECT string_agg(md5(i::text), '' ORDER BY i) FROM generate_series(1, 4000) AS i;
SELECT length(id), pseudonym(id, 'sixteen bytes of') = encode(substr(hmac_sha256(id::bytea, 'sixteen bytes of'), 1, 16), 'hex')::uuid AS equal FROM long_ids ORDER BY 1;
-- A secret that is easy to guess.
SELECT pseudonym('a', 'fifteen bytes..');
SELECT pseudonym(7, '');
