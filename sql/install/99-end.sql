-- What only this script needs.

DROP FUNCTION user_ops_internal.make_type(name, integer, text, text, text[]), user_ops_internal.make_bytea_casts(name, integer, text),
	user_ops_internal.make_hash(name, text, text), user_ops_internal.make_equality(name, text, text, integer, text, boolean), user_ops_internal.make_hand_over(name, text),
	user_ops_internal.make_state(name, integer, integer, text), user_ops_internal.make_value_order(name, text, text, text, text);
