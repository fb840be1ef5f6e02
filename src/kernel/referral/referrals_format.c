/*
 * referrals_format.c: the stored form of referrals.
 */
#include <string.h>

#include "kernel/base/civil.h"
#include "kernel/base/rows.h"
#include "kernel/referral/referrals_private.h"

static const RowShape number_shape = {.n_keys = 1};
static const RowShape row_shape = {.n_keys = REFERRAL_TIMES, .n_counts = 1};

/* How many bytes both begin with. */
static uint32_t
shared_bytes(const ReferralId *a, const ReferralId *b)
{
	uint32_t n = 0;

	while (n < a->size && n < b->size && a->bytes[n] == b->bytes[n])
		n++;
	return n;
}

static void
write_texts(ByteWriter *out, const Referrals *referrals, const ReferralOrder *order)
{
	ReferralId before = {.bytes = ""};

	for (uint32_t i = 0; i < referrals->n_ids; i++)
	{
		ReferralId id = referrals_id(referrals, order->ids[i]);
		uint32_t shared = shared_bytes(&before, &id);

		write_varint(out, shared);
		write_varint(out, id.size - shared);
		for (uint32_t k = shared; k < id.size; k++)
			write_byte(out, (uint8_t) id.bytes[k]);
		before = id;
		host_poll_at(i);
	}
}

static void
write_numbers(RangeWriter *writer, const Referrals *referrals, const ReferralOrder *order)
{
	uint64_t *numbers = host_alloc((size_t) referrals->n_ids * sizeof(uint64_t));
	uint64_t first = (uint64_t) referrals_id(referrals, order->ids[0]).number;

	for (uint32_t i = 0; i < referrals->n_ids; i++)
	{
		numbers[i] = (uint64_t) referrals_id(referrals, order->ids[i]).number - first;
		host_poll_at(i);
	}
	rows_write(writer, &number_shape, numbers, referrals->n_ids);
	host_free(numbers);
}

void
referrals_pack(const void *state, ByteWriter *out)
{
	const Referrals *referrals = state;
	ReferralOrder order = referrals_order(referrals);
	RangeWriter writer;

	write_byte(out, REFERRALS_VERSION);
	write_byte(out, (uint8_t) referrals->ids);
	write_varint(out, referrals->n_ids);
	write_varint(out, order.n_rows);
	write_zigzag(out, order.first_day);
	if (referrals->ids == REFERRAL_TEXTS)
		write_texts(out, referrals, &order);
	else
		write_zigzag(out, referrals_id(referrals, order.ids[0]).number);
	writer = range_writer(out);
	if (referrals->ids == REFERRAL_NUMBERS)
		write_numbers(&writer, referrals, &order);
	rows_write(&writer, &row_shape, order.rows, order.n_rows);
	range_finish(&writer);
	host_free(order.ids);
	host_free(order.rows);
}

/* How many bytes follow, as it is said where the reader stands; not more than there are. */
static uint32_t
read_size(ByteReader *in)
{
	uint64_t size = read_varint(in, UINT32_MAX);

	in->bad |= size > (uint64_t) (in->end - in->next);
	return in->bad ? 0 : (uint32_t) size;
}

/* How many bytes the texts have together, from where they stand. */
static uint64_t
size_of_texts(ByteReader in, uint64_t n)
{
	uint64_t size = 0;

	for (uint64_t i = 0; i < n && !in.bad && size < STATE_LIMIT; i++)
	{
		uint32_t more;

		size += read_varint(&in, STATE_LIMIT);
		more = read_size(&in);
		size += more;
		in.next += more;
		host_poll_at(i);
	}
	return in.bad ? STATE_LIMIT : size;
}

/* Ids for which there is room. */
static const char *
read_texts(ByteReader *in, Referrals *referrals)
{
	char *text = host_alloc((size_t) referrals->room_bytes + 1);
	uint32_t size = 0;
	bool bad = false;

	for (uint32_t i = 0; i < referrals->room_ids && !bad; i++)
	{
		uint32_t shared = (uint32_t) read_varint(in, size);
		uint32_t more = read_size(in);

		bad = in->bad;
		if (bad)
			break;
		memcpy(text + shared, in->next, more);
		in->next += more;
		size = shared + more;
		bad = memchr(text + shared, '\0', more) != NULL ||
			  referrals_place(referrals, &(ReferralId){.bytes = text, .size = size}) != i;
		host_poll_at(i);
	}
	host_free(text);
	return bad ? "truncated or bad ids" : NULL;
}

static const char *
read_numbers(RangeReader *reader, Referrals *referrals, int64_t first)
{
	uint32_t n = referrals->room_ids;
	uint64_t *numbers = host_alloc((size_t) n * sizeof(uint64_t));
	bool bad;

	rows_read(reader, &number_shape, numbers, n);
	bad = reader->bad;
	for (uint32_t i = 0; i < n && !bad; i++)
	{
		bad = numbers[i] > (uint64_t) INT64_MAX - (uint64_t) first ||
			  referrals_place(referrals, &(ReferralId){.number = (int64_t) ((uint64_t) first + numbers[i])}) != i;
		host_poll_at(i);
	}
	host_free(numbers);
	return bad ? "truncated or bad ids" : NULL;
}

/* Can the row, of so many ids, be one? */
static bool
row_valid(const uint64_t *row, uint32_t n_ids, int64_t first_day)
{
	return row[REFERRAL_INVITEE] < n_ids && row[REFERRAL_INVITER] < n_ids &&
		   row[REFERRAL_DAY] <= UINT32_MAX &&
		   civil_day_valid(first_day + (int64_t) row[REFERRAL_DAY]) && row[REFERRAL_TIMES] > 0 &&
		   row[REFERRAL_TIMES] <= UINT32_MAX;
}

/* What is wrong with rows that were read, or NULL. */
static const char *
check_rows(const uint64_t *rows, uint32_t n, uint32_t n_ids, int64_t first_day)
{
	uint8_t *met = host_alloc(n_ids);
	const char *problem = NULL;

	memset(met, 0, n_ids);
	for (uint32_t i = 0; i < n && problem == NULL; i++)
	{
		const uint64_t *row = rows + (size_t) i * REFERRAL_WORDS;

		if (row_valid(row, n_ids, first_day))
			met[row[REFERRAL_INVITEE]] = met[row[REFERRAL_INVITER]] = 1;
		else
			problem = "truncated or bad rows";
		host_poll_at(i);
	}
	if (problem == NULL && memchr(met, 0, n_ids) != NULL)
		problem = "an id without a row";
	host_free(met);
	return problem;
}

/* Rows for which there is room, of ids that were read. */
static const char *
read_rows(RangeReader *reader, Referrals *referrals, int64_t first_day)
{
	uint32_t n = referrals->room_rows;
	uint64_t *rows = host_alloc((size_t) n * REFERRAL_WORDS * sizeof(uint64_t));
	const char *problem;

	rows_read(reader, &row_shape, rows, n);
	problem = reader->bad ? "truncated or bad rows" : check_rows(rows, n, referrals->n_ids, first_day);
	for (; referrals->n_rows < n && problem == NULL; referrals->n_rows++)
	{
		const uint64_t *row = rows + (size_t) referrals->n_rows * REFERRAL_WORDS;

		referrals->rows[referrals->n_rows] =
			(ReferralRow){(uint32_t) row[REFERRAL_INVITEE], (uint32_t) row[REFERRAL_INVITER],
						  (int32_t) (first_day + (int64_t) row[REFERRAL_DAY]),
						  (uint32_t) row[REFERRAL_TIMES]};
		host_poll_at(referrals->n_rows);
	}
	host_free(rows);
	return problem;
}

void *
referrals_unpack(const uint8_t *bytes, size_t size, const char **problem)
{
	ByteReader in = byte_reader(bytes, size);
	uint8_t version = read_byte(&in);
	bool texts = read_byte(&in) == REFERRAL_TEXTS;
	ReferralRooms rooms;
	int64_t first_day;
	int64_t first_number;
	Referrals *referrals;
	RangeReader reader;

	*problem = "unknown format version";
	if (version != REFERRALS_VERSION)
		return NULL;
	rooms.ids = read_varint(&in, rows_in_bytes(size));
	rooms.rows = read_varint(&in, rows_in_bytes(size));
	first_day = read_zigzag(&in);
	first_number = texts ? 0 : read_zigzag(&in);
	rooms.bytes = texts ? size_of_texts(in, rooms.ids) : 0;
	*problem = "truncated or bad parameters";
	if (in.bad || rooms.ids == 0 || rooms.rows == 0 || !civil_day_valid(first_day) ||
		referrals_bytes(&rooms) > STATE_LIMIT)
		return NULL;
	referrals = referrals_with_room(texts ? REFERRAL_TEXTS : REFERRAL_NUMBERS, &rooms);
	*problem = texts ? read_texts(&in, referrals) : NULL;
	reader = range_reader(&in);
	if (*problem == NULL && !texts)
		*problem = read_numbers(&reader, referrals, first_number);
	if (*problem == NULL)
		*problem = read_rows(&reader, referrals, first_day);
	if (*problem == NULL)
		return referrals;
	host_free(referrals);
	return NULL;
}
