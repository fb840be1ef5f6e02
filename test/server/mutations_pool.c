/*
 * mutations_pool.c: what is changed, and where.
 */
#include "mutations.h"

#include <ctype.h>

#include "common/hashfn.h"
#include "fmgr.h"

/* What stands at the edges of numbers, in text and in bytes. */
static const char *const text_pieces[] = {"0",
										  "1",
										  "9",
										  "00",
										  "-1",
										  "-0",
										  "4294967295",
										  "4294967296",
										  "9223372036854775807",
										  "9223372036854775808",
										  "-9223372036854775808",
										  "0.000000001",
										  "0.0000000001",
										  "1e308",
										  "1e999",
										  "-1e-999",
										  "NaN",
										  "infinity",
										  "2024-02-29",
										  "2023-02-29",
										  "-4713-11-24",
										  "-4713-11-23",
										  "5874897-12-31",
										  "5874898-01-01",
										  "99999999999999999999",
										  "{",
										  "}",
										  "(",
										  ")",
										  ",",
										  ";",
										  ":",
										  "\"",
										  "'",
										  "\\",
										  " ",
										  "\t",
										  "\n",
										  ".",
										  "-",
										  "=",
										  "NULL",
										  "null",
										  "true",
										  "\\x",
										  "\\x00",
										  "amounts",
										  "others",
										  "keep_others",
										  "names",
										  "error",
										  "status",
										  "x",
										  "\x7f"};

#define BYTES(text)                                                                                \
	{                                                                                              \
		text, sizeof(text) - 1                                                                     \
	}
static const struct
{
	const char *bytes;
	int size;
} byte_pieces[] = {BYTES("\x00"),
				   BYTES("\x01"),
				   BYTES("\x02"),
				   BYTES("\x7f"),
				   BYTES("\x80"),
				   BYTES("\x80\x00"),
				   BYTES("\xff"),
				   BYTES("\xff\x01"),
				   BYTES("\x80\x80\x04"),
				   BYTES("\xff\xff\xff\xff\x07"),
				   BYTES("\xfe\xff\xff\xff\x0f"),
				   BYTES("\xff\xff\xff\xff\x0f"),
				   BYTES("\x80\x80\x80\x80\x10"),
				   BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
				   BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
				   BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"),
				   BYTES("\x00\x00\x00\x00\x00\x00\xf0\x7f"),
				   BYTES("\x00\x00\x00\x00\x00\x00\xf8\x7f"),
				   BYTES("\x7f\xf0\x00\x00\x00\x00\x00\x00"),
				   BYTES("\x7f\xf8\x00\x00\x00\x00\x00\x00"),
				   BYTES("\x00\x00\x00\x00\x00\x00\x00\x80"),
				   BYTES("\x80\x00\x00\x00\x00\x00\x00\x00"),
				   BYTES("\x00\x00\x00\x00\x00\x00\x00\x00"),
				   BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"),
				   BYTES("\x00\x00\x00\x00\x00\x00\xf0\x3f"),
				   BYTES("\x3f\xf0\x00\x00\x00\x00\x00\x00"),
				   BYTES("\x01\x00\x00\x00\x00\x00\x00\x00")};

uint64
random_bits(Mutations *m)
{
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return m->random * UINT64CONST(2685821657736338717);
}

static double
chance(Mutations *m)
{
	return (double) (random_bits(m) >> 11) / (double) (UINT64CONST(1) << 53);
}

/* True if these bytes were not tried before. */
static bool
is_new(Mutations *m)
{
	uint64 hash = hash_bytes_extended(m->mutant, m->size, 1) | 1;

	for (uint64 i = hash & m->tried_mask;; i = (i + 1) & m->tried_mask)
	{
		if (m->tried[i] == hash)
			return false;
		if (m->tried[i] == 0)
		{
			m->tried[i] = hash;
			return true;
		}
	}
}

static void
set_entry(Mutations *m, int n, const uint8 *bytes, int size)
{
	Entry *entry = &m->pool[n];

	if (n < m->n_entries)
	{
		pfree(entry->bytes);
		pfree(entry->soft);
	}
	else
		m->n_entries = n + 1;
	entry->size = size;
	entry->bytes = MemoryContextAlloc(m->context, size + 1);
	entry->soft = MemoryContextAllocZero(m->context, size + 1);
	entry->n_soft = 0;
	memcpy(entry->bytes, bytes, size);
}

Mutations *
new_mutations(Datum *seeds, int n_seeds, bool is_text, int64 n, int64 random_seed)
{
	Mutations *m = palloc0(sizeof(Mutations));
	uint64 slots = 1024;

	while (slots < 2 * (uint64) (n + n_seeds))
		slots *= 2;
	m->context = CurrentMemoryContext;
	m->tried = MemoryContextAllocExtended(m->context, slots * sizeof(uint64),
										  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	m->tried_mask = slots - 1;
	m->is_text = is_text;
	m->random = (uint64) random_seed * 2 + 1;
	m->soft_share = 0.5;
	for (int i = 0; i < n_seeds && m->n_seeds < POOL_SIZE / 2; i++)
	{
		bytea *seed = DatumGetByteaPP(seeds[i]);
		int size = VARSIZE_ANY_EXHDR(seed);

		if (size > MUTANT_LIMIT / 2)
			continue;
		memcpy(m->mutant, VARDATA_ANY(seed), size);
		m->size = size;
		if (is_new(m))
			set_entry(m, m->n_seeds++, m->mutant, size);
	}
	if (m->n_seeds == 0)
		elog(ERROR, "no seed");
	return m;
}

/* Take cut bytes away at a place and put some there. */
static void
replace(Mutations *m, int at, int cut, const void *bytes, int size)
{
	if (cut > m->size - at)
		cut = m->size - at;
	if (m->size - cut + size > MUTANT_LIMIT)
		return;
	memmove(m->mutant + at + size, m->mutant + at + cut, m->size - at - cut);
	memcpy(m->mutant + at, bytes, size);
	m->size += size - cut;
	if (size != cut)
		m->same_size = false;
}

static void
note_place(Mutations *m, int at)
{
	if (m->n_places < MUTANT_PLACES)
		m->places[m->n_places++] = at;
}

/* Another byte, most often one like it. */
static void
change_byte(Mutations *m, int at)
{
	uint8 byte = m->mutant[at];
	uint8 other;

	do
	{
		if (m->is_text && isdigit(byte) && below(m, 10) > 0)
			other = '0' + below(m, 10);
		else if (m->is_text && byte < 0x80)
			other = isalpha(byte) && below(m, 2)   ? byte ^ 0x20
					: isalpha(byte) && below(m, 2) ? (uint8) ('a' + below(m, 26))
												   : (uint8) (32 + below(m, 95));
		else
			switch (below(m, 6))
			{
				case 0:
					other = (uint8) random_bits(m);
					break;
				case 1:
					other = byte ^ (1 << below(m, 8));
					break;
				case 2:
					other = byte + 1 + below(m, 4);
					break;
				case 3:
					other = byte - 1 - below(m, 4);
					break;
				case 4: /* varints: as long as before */
					other = (byte & 0x80) | below(m, 128);
					break;
				default:
					other = (byte & 0xf8) | below(m, 8);
			}
	} while (other == byte || (m->is_text && other == 0));
	m->mutant[at] = other;
	note_place(m, at);
}

/* Anything. */
static void
change_anywhere(Mutations *m)
{
	int at = below(m, m->size + 1);
	int run = 1 + below(m, below(m, 4) ? 4 : 24);
	const Entry *other = &m->pool[below(m, m->n_entries)];
	uint8 some[64];

	switch (below(m, m->is_text ? 14 : 12))
	{
		case 0:
		case 1:
		case 2:
		case 3:
			if (m->size > 0)
				change_byte(m, below(m, m->size));
			break;
		case 4: /* one more */
			some[0] = m->is_text ? (uint8) (32 + below(m, 95)) : (uint8) random_bits(m);
			replace(m, at, 0, some, 1);
			break;
		case 5: /* some fewer */
			replace(m, at, run, some, 0);
			break;
		case 6: /* once more */
			run = Min(run, m->size - at);
			memcpy(some, m->mutant + at, run);
			replace(m, at, 0, some, run);
			break;
		case 7: /* the start of this, the end of another */
			if (other->size > 0)
			{
				int from = below(m, 2) ? Min(at, other->size) : below(m, other->size);

				if (at + other->size - from <= MUTANT_LIMIT)
					replace(m, at, m->size, other->bytes + from, other->size - from);
			}
			break;
		case 8:
			if (below(m, 4) == 0)
				replace(m, at, m->size, some, 0);
			break;
		case 9: /* what another one has there */
			if (at < other->size)
			{
				run = Min(run, Min(other->size - at, m->size - at));
				replace(m, at, run, other->bytes + at, run);
				note_place(m, at);
			}
			break;
		case 10:
		case 11: /* what is on the edge, in place of what is there or between */
			if (m->is_text)
			{
				const char *piece = text_pieces[below(m, lengthof(text_pieces))];

				replace(m, at, below(m, 3), piece, strlen(piece));
			}
			else
			{
				int piece = below(m, lengthof(byte_pieces));

				replace(m, at, below(m, 3) ? byte_pieces[piece].size : below(m, 3),
						byte_pieces[piece].bytes, byte_pieces[piece].size);
				note_place(m, at);
			}
			break;
		default: /* another number */
			for (int i = 0; i < m->size; i++)
			{
				int start = (at + i) % m->size;
				int end = start;
				char number[24];

				while (end < m->size && isdigit(m->mutant[end]))
					end++;
				if (end == start)
					continue;
				snprintf(number, sizeof number, "%d",
						 below(m, below(m, 2)	? 10
								  : below(m, 2) ? 1000
												: 1000000));
				replace(m, start, end - start, number, strlen(number));
				break;
			}
	}
}

static void
make_mutant(Mutations *m)
{
	int n = 1 + (below(m, 3) == 0 ? below(m, 4) : 0);
	const Entry *entry;

	/* the newer half of what was accepted is as likely as the seeds */
	m->of_entry = below(m, 3) == 0 ? below(m, m->n_seeds) : below(m, m->n_entries);
	entry = &m->pool[m->of_entry];
	memcpy(m->mutant, entry->bytes, entry->size);
	m->size = entry->size;
	m->same_size = true;
	m->n_places = 0;
	m->soft_only = entry->n_soft > 0 && chance(m) < m->soft_share;
	if (m->soft_only)
	{
		for (int i = 0; i < n; i++)
		{
			int at = below(m, m->size);

			while (!entry->soft[at])
				at = (at + 1) % m->size;
			change_byte(m, at);
		}
		return;
	}
	for (int i = 0; i < n; i++)
		change_anywhere(m);
}

bool
next_mutant(Mutations *m)
{
	for (int i = 0; i < 10000; i++)
	{
		make_mutant(m);
		if (is_new(m))
			return true;
	}
	return false;
}

static void
soften(Entry *entry, int at)
{
	if (at >= entry->size)
		return;
	if (entry->soft[at] == 0)
		entry->n_soft++;
	entry->soft[at] = Min(entry->soft[at] + 3, SOFTEST);
}

static void
harden(Entry *entry, int at)
{
	if (at >= entry->size || entry->soft[at] == 0)
		return;
	entry->soft[at]--;
	if (entry->soft[at] == 0)
		entry->n_soft--;
}

void
mutant_was(Mutations *m, bool accepted)
{
	Entry *entry = &m->pool[m->of_entry];

	m->soft_share += accepted ? -0.003 : 0.002;
	m->soft_share = Max(0.1, Min(0.97, m->soft_share));
	if (!accepted)
	{
		if (m->soft_only && m->n_places == 1)
			harden(entry, m->places[0]);
		return;
	}
	if (m->same_size)
		for (int i = 0; i < m->n_places; i++)
			soften(entry, m->places[i]);
	/* it is of the pool, too: a bit more likely where it was found without the soft bytes */
	if (m->size > 0 && m->size <= MUTANT_LIMIT / 2 && below(m, m->soft_only ? 64 : 4) == 0)
	{
		int n =
			m->n_entries < POOL_SIZE ? m->n_entries : m->n_seeds + below(m, POOL_SIZE - m->n_seeds);
		bool inherits = m->same_size && n != m->of_entry;

		set_entry(m, n, m->mutant, m->size);
		entry = &m->pool[m->of_entry];
		for (int i = 0; inherits && i < m->size; i++)
			if (entry->soft[i])
				soften(&m->pool[n], i);
	}
}
