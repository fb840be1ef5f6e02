# user_ops: user value analytics inside PostgreSQL (PGXS build)
EXTENSION = user_ops
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'$$/\1/p" $(EXTENSION).control)

# The same with a third number, for those who hand it on.
DISTVERSION := $(shell sed -n '/"version"/{s/.*: *"\(.*\)".*/\1/p;q;}' META.json)
DISTRIBUTION = $(EXTENSION)-$(DISTVERSION)

MODULE_big = user_ops
ROOMS = src src/* src/kernel/* src/kernel/*/*
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard $(addsuffix /*.c,$(ROOMS)))))
OWN_HEADERS = $(wildcard $(addsuffix /*.h,$(ROOMS)))
PG_CFLAGS = -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
PG_CPPFLAGS = -I$(srcdir)/src
# Names that only we use bind to our own library, whatever else is loaded.
SHLIB_LINK = -Wl,-Bsymbolic

SCRIPT = sql/$(EXTENSION)--$(EXTVERSION).sql
SCRIPT_PARTS = $(sort $(wildcard sql/install/*.sql sql/install/*/*.sql))
# From each version that was released to this one: what changed by hand, and the install
# script as something that replaces what is there.
UPDATES = $(patsubst sql/update/%,sql/$(EXTENSION)--%--$(EXTVERSION).sql,$(wildcard sql/update/[0-9]*))
UPDATE_PARTS = $(sort $(wildcard sql/update/*.awk sql/update/*/*.sql))
DATA_built = $(SCRIPT) $(UPDATES)
EXTRA_CLEAN = sql/$(EXTENSION)--*.sql .test .packages output_iso $(DISTRIBUTION).zip

# One test per topic; its input stands in test/sql, its output in expected.
REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test
# installcheck is for who installs, and takes less than a minute: those that take longer than
# the others are for test/run, as are the TAP tests.
LONG = addons content_views day_sums experiment_views forget funnel_views goal_views history identity_views item_views \
	journey_views keep_history left_out made net_value plain_types points_views public_views refresh_reads survey_views \
	swapped_source tenants tier_views views
installcheck: REGRESS := $(filter-out $(LONG),$(REGRESS))
# Sessions beside each other, of the same form.
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Readers of events are inlined where they are named, which gcc does from -O2 on; a server may have been built with less.
ifeq ($(filter -O2 -O3,$(CFLAGS)),)
override CFLAGS += -O2
endif

# pg_regress looks for expected/ beside the inputs; from 16 on it can be told.
ifneq ($(filter-out 15 14 13,$(MAJORVERSION)),)
REGRESS_OPTS += --expecteddir=.
ISOLATION_OPTS += --expecteddir=test/isolation
endif

$(OBJS): $(OWN_HEADERS)
$(OBJS:.o=.bc): $(OWN_HEADERS)

all: $(SCRIPT)
$(SCRIPT): $(SCRIPT_PARTS)
	cat $^ > $@

all: $(UPDATES)
$(UPDATES): sql/$(EXTENSION)--%--$(EXTVERSION).sql: $(SCRIPT_PARTS) $(UPDATE_PARTS)
	cat sql/update/$*/[0-4]*.sql > $@
	awk -f sql/update/replacing.awk $(filter-out %/00-schema.sql,$(SCRIPT_PARTS)) >> $@
	cat sql/update/$*/[5-9]*.sql >> $@

# The pages of docs/reference, from a database that has the extension.
.PHONY: reference
reference:
	$(bindir)/psql -X -q -v dir=docs/reference -f scripts/reference.sql

# What is handed on: the distribution of PGXN, which is made of what is committed, and packages.
.PHONY: dist deb rpm
dist:
	git archive --format=zip --prefix=$(DISTRIBUTION)/ --output=$(DISTRIBUTION).zip HEAD
deb:
	packaging/deb
rpm:
	packaging/rpm

# What takes longer than the tests of every day: GATES names some, DEEP_OPTIONS are --again and --planted.
.PHONY: check-deep
check-deep:
	$(srcdir)/test/deep/run $(GATES) $(DEEP_OPTIONS)

# The tests on each other major that Debian has.
.PHONY: check-majors
check-majors:
	test/run --majors
