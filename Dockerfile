# user_ops in the official image of PostgreSQL.
#   docker build -t user_ops .                              PostgreSQL 17
#   docker build -t user_ops:16 --build-arg PG_MAJOR=16 .   another one, from 15 on
ARG PG_MAJOR=17

FROM postgres:${PG_MAJOR} AS build
# the image says its own PG_MAJOR; headers of the same major, from where its server came
RUN apt-get update \
	&& apt-get install -y --no-install-recommends gcc libc6-dev make "postgresql-server-dev-$PG_MAJOR" \
	&& rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Makefile META.json user_ops.control ./
COPY src src
COPY sql sql
RUN make -j"$(nproc)" with_llvm=no PG_CONFIG="/usr/lib/postgresql/$PG_MAJOR/bin/pg_config" \
	&& make install with_llvm=no PG_CONFIG="/usr/lib/postgresql/$PG_MAJOR/bin/pg_config" DESTDIR=/installed

FROM postgres:${PG_MAJOR}
LABEL org.opencontainers.image.title="user_ops" \
	org.opencontainers.image.description="User value analytics from an event table, inside PostgreSQL" \
	org.opencontainers.image.licenses="PostgreSQL"
COPY --from=build /installed/ /
