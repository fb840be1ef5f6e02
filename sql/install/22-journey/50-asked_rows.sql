-- Aggregates over the rows of one user that end in an answer (asked_rows.h): how their
-- states travel between workers.

SELECT user_ops_internal.make_hand_over('asked_rows', 'aggregates over rows that end in an answer, such as sequence_match');
