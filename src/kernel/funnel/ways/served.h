/*
 * served.h: how many steps distinct rows can serve, while rows come and go.
 *
 * A greatest matching of steps and classes of rows, kept up to date by one search for an
 * augmenting path a row: a row that comes can add a step only on a path that begins with
 * it, and one that goes takes a step away unless a path begins with the step it served.
 */
#ifndef USER_OPS_KERNEL_FUNNEL_SERVED_H
#define USER_OPS_KERNEL_FUNNEL_SERVED_H

#include "kernel/funnel/question.h"

typedef struct ServedClass
{
	uint64_t steps; /* that its rows may serve */
	uint32_t n;     /* rows that are there */
	uint32_t used;
	bool seen;      /* by the search that is made */
} ServedClass;

typedef struct Served
{
	ServedClass *classes; /* ascending by steps */
	uint32_t n_classes;
	int n;                /* steps that are served */
	uint64_t free_steps;  /* those that are not */
	uint64_t all_steps;
	uint32_t class_of[FUNNEL_STEPS]; /* of steps that are served */
} Served;

/* Of no row yet; rows may come that serve what one of these does. */
extern void served_open(Served *served, const JourneyRow *rows, uint32_t from, uint32_t to,
						uint64_t all_steps);
extern void served_close(Served *served);
extern void served_clear(Served *served);

/* A row comes; is one more step served?  A row goes. */
extern bool served_add(Served *served, uint64_t steps);
extern void served_remove(Served *served, uint64_t steps);

#endif
