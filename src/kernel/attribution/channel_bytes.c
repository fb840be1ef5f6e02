/*
 * channel_bytes.c: the stored form of counted paths (channel_counts.h).
 */
#include "kernel/attribution/channel_counts.h"

#include "kernel/journey/texts.h"

#define HAS_AMOUNT        1
#define HAS_DIRECT_AMOUNT 2

static void
write_amounts(const ChannelCounts *counts, ByteWriter *out)
{
	int scale = channel_counts_scale(counts);
	int64_t spare = power_of_ten(counts->scale - scale);

	if (!counts->amount.known && !counts->direct_amount.known)
		return;
	write_byte(out, (uint8_t) scale);
	if (counts->amount.known)
		write_wide(out, counts->amount.sum / spare);
	if (counts->direct_amount.known)
		write_wide(out, counts->direct_amount.sum / spare);
}

static void
write_name(const JourneyText *name, ByteWriter *out)
{
	write_varint(out, name->size);
	for (uint32_t i = 0; i < name->size; i++)
	{
		write_byte(out, (uint8_t) name->bytes[i]);
		host_poll_at(i);
	}
}

static void
pack(const void *state, ByteWriter *out)
{
	const ChannelCounts *counts = state;
	ChannelTable table = channel_table_make(counts);
	uint32_t from = 0;

	write_byte(out, CHANNEL_COUNTS_VERSION);
	write_byte(out, counts->question);
	write_byte(out, (uint8_t) ((counts->amount.known ? HAS_AMOUNT : 0) |
							   (counts->direct_amount.known ? HAS_DIRECT_AMOUNT : 0)));
	write_varint(out, counts->direct);
	write_amounts(counts, out);
	write_varint(out, table.n_names);
	write_varint(out, table.n_cells);
	for (uint32_t i = 0; i < table.n_names; i++)
		write_name(&table.names[i], out);
	for (uint32_t i = 0; i < table.n_cells; i++)
	{
		write_varint(out, table.cells[i].from - from);
		write_varint(out, table.cells[i].to);
		write_varint(out, table.cells[i].count);
		from = table.cells[i].from;
		host_poll_at(i);
	}
	channel_table_free(&table);
}

/* What the header says. */
typedef struct Header
{
	ChannelQuestion question;
	uint64_t direct;
	uint64_t n_names;
	uint64_t n_cells;
	int scale;
	ChannelAmount amount;
	ChannelAmount direct_amount;
} Header;

/* What is wrong with the amounts, or NULL. */
static const char *
read_amounts(ByteReader *in, Header *header, uint8_t flags)
{
	header->amount.known = (flags & HAS_AMOUNT) != 0;
	header->direct_amount.known = (flags & HAS_DIRECT_AMOUNT) != 0;
	if (flags == 0)
		return NULL;
	header->scale = read_byte(in);
	if (header->scale > MONEY_MAX_SCALE)
		return "too many decimals";
	if (header->amount.known)
		header->amount.sum = read_wide(in);
	if (header->direct_amount.known)
		header->direct_amount.sum = read_wide(in);
	if (header->scale > 0 && header->amount.sum % 10 == 0 && header->direct_amount.sum % 10 == 0)
		return "superfluous decimals";
	return header->direct_amount.known && header->direct == 0 ? "an amount of nothing" : NULL;
}

/* What is wrong with the header, or NULL. */
static const char *
read_header(ByteReader *in, Header *header, bool markov)
{
	uint8_t version = read_byte(in);
	uint8_t flags;
	const char *problem;

	if (version != CHANNEL_COUNTS_VERSION)
		return "unknown format version";
	header->question = read_byte(in);
	if ((header->question == CHANNELS_MARKOV) != markov ||
		header->question > CHANNELS_BY_CONVERSIONS || header->question < CHANNELS_MARKOV)
		return "unknown question";
	flags = read_byte(in);
	header->direct = read_varint(in, PATHS_MAX);
	if (in->bad || flags > (HAS_AMOUNT | HAS_DIRECT_AMOUNT))
		return "truncated or bad header";
	problem = read_amounts(in, header, flags);
	header->n_names = read_varint(in, (uint64_t) (in->end - in->next));
	header->n_cells = read_varint(in, (uint64_t) (in->end - in->next) / 3);
	if (problem == NULL && in->bad)
		return "truncated or bad header";
	if (problem == NULL && header->n_names > channels_max(header->question))
		return "too many channels";
	return problem;
}

/* What is wrong with the names, or NULL. */
static const char *
read_names(ByteReader *in, uint64_t n, ChannelCounts *counts)
{
	JourneyText last = {NULL, 0};

	for (uint64_t i = 0; i < n; i++)
	{
		uint64_t size = read_varint(in, (uint64_t) (in->end - in->next));
		JourneyText name = {(const char *) in->next, (uint32_t) size};
		uint32_t place;

		if (in->bad || size > (uint64_t) (in->end - in->next))
			return "truncated or bad channels";
		if (i > 0 && text_compare(&last, &name) >= 0)
			return "channels that do not ascend";
		in->next += size;
		channel_counts_add_name(counts, &name, &place); /* there is room */
		last = name;
		host_poll_at(i);
	}
	return NULL;
}

/* Are these numbers of a cell? */
static bool
cell_valid(const ChannelCounts *counts, const ChannelCell *cell)
{
	uint32_t end = STEP_CHANNEL + counts->n_names;

	switch ((ChannelQuestion) counts->question)
	{
		case CHANNELS_MARKOV:
			if (cell->from == STEP_START)
				return cell->to >= STEP_CHANNEL && cell->to < end;
			return cell->from >= STEP_CHANNEL && cell->from < end && cell->to < end &&
				   cell->from != cell->to;
		case CHANNELS_BY_RATE:
			return cell->from > 0 && cell->from >> counts->n_names == 0 && cell->to <= 1;
		case CHANNELS_BY_CONVERSIONS:
			break;
	}
	return cell->from < counts->n_names && cell->to > 0 && cell->to <= counts->n_names;
}

/* What is wrong with the cells, or NULL. */
static const char *
read_cells(ByteReader *in, uint64_t n, ChannelCounts *counts)
{
	ChannelCell last = {0, 0, 0};

	for (uint64_t i = 0; i < n; i++)
	{
		ChannelCell cell = {.from = last.from};

		cell.from += (uint32_t) read_varint(in, UINT32_MAX - last.from);
		cell.to = (uint32_t) read_varint(in, UINT32_MAX);
		cell.count = read_varint(in, PATHS_MAX - counts->total);
		if (in->bad || cell.count == 0 || !cell_valid(counts, &cell))
			return "truncated or bad cells";
		if (i > 0 && cell.from == last.from && cell.to <= last.to)
			return "cells that do not ascend";
		channel_counts_add_cell(counts, &cell); /* there is room */
		last = cell;
		host_poll_at(i);
	}
	return in->next == in->end ? NULL : "bytes after the last cell";
}

static void *
unpack(const uint8_t *bytes, size_t size, const char **problem, bool markov)
{
	ByteReader in = byte_reader(bytes, size);
	Header header = {0};
	ChannelCounts *counts;

	*problem = read_header(&in, &header, markov);
	if (*problem != NULL)
		return NULL;
	counts = channel_counts_with_room(header.question, (uint32_t) header.n_names + 1,
									  (size_t) (in.end - in.next), (uint32_t) header.n_cells);
	counts->direct = header.direct;
	counts->scale = (uint8_t) header.scale;
	counts->amount = header.amount;
	counts->direct_amount = header.direct_amount;
	*problem = read_names(&in, header.n_names, counts);
	if (*problem == NULL)
		*problem = read_cells(&in, header.n_cells, counts);
	if (*problem == NULL)
		*problem = channel_counts_problem(counts);
	if (*problem == NULL)
		return counts;
	host_free(counts);
	return NULL;
}

static void *
unpack_markov(const uint8_t *bytes, size_t size, const char **problem)
{
	return unpack(bytes, size, problem, true);
}

static void *
unpack_shapley(const uint8_t *bytes, size_t size, const char **problem)
{
	return unpack(bytes, size, problem, false);
}

const StateKind markov_kind = {.type = "markov_attribution",
							   .pack = pack,
							   .unpack = unpack_markov,
							   .merge = channel_counts_merge};

const StateKind shapley_kind = {.type = "shapley_attribution",
								.pack = pack,
								.unpack = unpack_shapley,
								.merge = channel_counts_merge};
