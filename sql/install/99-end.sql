-- What only this script needs.

DROP FUNCTION user_ops_internal.make_state(name, integer, integer, text);
DROP FUNCTION user_ops_internal.make_value_order(name, text, text, text, text);
