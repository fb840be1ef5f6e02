-- Ids that join, but do not tell whose they are.

CREATE FUNCTION hmac_sha256(data bytea, secret bytea) RETURNS bytea
	AS 'MODULE_PATHNAME', 'user_ops_hmac_sha256'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION hmac_sha256(bytea, bytea) IS
	'Privacy: The HMAC-SHA-256 (RFC 2104) of data with a secret, 32 bytes';

CREATE FUNCTION pseudonym(id text, secret bytea) RETURNS uuid
	AS 'MODULE_PATHNAME', 'user_ops_pseudonym_text'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION pseudonym(text, bytea) IS
	'Privacy: An id in place of another: the first 16 bytes of hmac_sha256 of the id in UTF-8. The same id and secret give the same pseudonym, so that joins and refreshes work; with another secret nobody can link them. Who has the secret can find out whose it is, so this is pseudonymisation (GDPR art. 4(5)) and not anonymisation. A secret in the text of a query stands in logs: keep it in a table that only those who refresh can read, and pass it by a sub-select. A secret of fewer than 16 bytes is an error (22023)';

CREATE FUNCTION pseudonym(id bigint, secret bytea) RETURNS uuid
	AS 'MODULE_PATHNAME', 'user_ops_pseudonym_bigint'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION pseudonym(bigint, bytea) IS
	'Privacy: The same of a number, which is that of its decimal digits';
