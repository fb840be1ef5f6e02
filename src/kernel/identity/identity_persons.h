/*
 * identity_persons.h: which ids are one person, as of a day.
 *
 *	1. Logins before as_of count, and ids that are in one.
 *	2. A device with more than max_users users is shared: it is nobody's, and unites nobody.
 *	   This comes before all else: its logins are as if they were not there.
 *	3. Each other device has an owner: by 'last' the user of its latest login, by 'first' of
 *	   its earliest, of one day the one with more logins, then the smaller one.
 *	4. By both each user is a person, with the devices that he owns.
 *	5. By 'components' all that hangs together is one person, known by the user with the
 *	   earliest login, of one day the smaller one; but a component of more than max_ids ids is
 *	   not united: there it goes as by 'last'.
 *
 * Linear in logins, with 12 bytes for each while it is made; a device takes 20, a user 36.
 */
#ifndef USER_OPS_KERNEL_IDENTITY_PERSONS_H
#define USER_OPS_KERNEL_IDENTITY_PERSONS_H

#include "kernel/identity/identity_graph.h"

#define IDENTITY_NOBODY UINT32_MAX

/* In the order of the labels of the enum. */
typedef enum IdentityMode
{
	IDENTITY_LAST,
	IDENTITY_FIRST,
	IDENTITY_COMPONENTS
} IdentityMode;

typedef enum IdentityStatus
{
	IDENTITY_OK,
	IDENTITY_SHARED_DEVICE,
	IDENTITY_OVER_MERGED
} IdentityStatus;

typedef struct IdentityQuestion
{
	int32_t as_of;
	IdentityMode mode;
	uint32_t max_users; /* of a device, 1 or more */
	uint32_t max_ids;   /* of a component, 2 or more */
} IdentityQuestion;

typedef struct IdentityDevice
{
	uint64_t logins;  /* before as_of */
	uint32_t n_users; /* 0: it was not met */
	uint32_t owner;   /* of a shared one IDENTITY_NOBODY */
} IdentityDevice;

typedef struct IdentityUser
{
	uint32_t up;    /* towards the root of the component */
	uint32_t owned; /* devices */
	int32_t first_day;
	bool met;
	/* of the component; these are the root's */
	uint32_t n_users;
	uint32_t n_devices;
	uint32_t canonical;
	uint64_t logins;
} IdentityUser;

/* Users are told by their places in the order of ids, devices as they were met. */
typedef struct IdentityPersons
{
	IdentityQuestion question;
	IdentityDevice *devices;
	IdentityUser *users;
	uint32_t *user_ids; /* places in the graph, ascending */
	uint32_t n_devices; /* with those that were not met */
	uint32_t n_users;
	uint64_t logins;
	uint32_t devices_met;
	uint32_t users_met;
	uint32_t persons;
	uint32_t shared_devices;
	uint32_t over_merged; /* components */
	uint32_t largest;     /* ids of a person, or of a component that is not united */
} IdentityPersons;

/* What an id is. */
typedef struct Identity
{
	uint32_t canonical; /* a user, or IDENTITY_NOBODY */
	IdentityStatus status;
	uint32_t ids; /* of the person, or of the component that is not united */
	uint32_t users;
} Identity;

extern IdentityPersons *identity_persons(const IdentityGraph *graph,
										 const IdentityQuestion *question);
extern void identity_persons_free(IdentityPersons *persons);

/* Of one that was met. */
extern Identity identity_of_device(const IdentityPersons *persons, uint32_t device);
extern Identity identity_of_user(const IdentityPersons *persons, uint32_t user);

/* Is the component that this is the root of too large to be united? */
static inline bool
identity_over_merged(const IdentityPersons *persons, const IdentityUser *root)
{
	return (uint64_t) root->n_users + root->n_devices > persons->question.max_ids;
}

/* Shared devices, and components that are too large, whatever the mode is. */
typedef struct IdentitySuspect
{
	IdentityStatus status;
	uint32_t place; /* the device, or the user by which the component would be known */
	uint32_t ids;   /* a shared device and its users */
	uint32_t users;
	uint64_t logins;
} IdentitySuspect;

/* The largest first, then devices, then by place in the order of ids; device_ranks has those of
 * devices. */
extern IdentitySuspect *identity_suspects(const IdentityPersons *persons,
										  const uint32_t *device_ranks, uint32_t *n);

#endif
