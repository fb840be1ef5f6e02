# What the tests of populations share: their server, a table of events, the check that
# no temporary file is left, and how much memory a query takes.
package Populations;

use strict;
use warnings;
use Exporter qw(import);
use IPC::Run ();
use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use Test::More;

our @EXPORT_OK = qw(population_server make_big is_clean peak $small $parallel);

# A budget of 64 kB; plans with workers wherever they are possible.
our $small = q{SET work_mem = '64kB'; SET hash_mem_multiplier = 1;};
our $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0.05; SET min_parallel_table_scan_size = 0;';

# population_server(NAME, CONFIGURATION): with the extension, its schema in the path;
# plans have workers only where a test asks for them.
sub population_server
{
	my ($name, $more) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', <<"EOC");
fsync = off
jit = off
autovacuum = off
timezone = 'Asia/Tokyo'
log_statement = none
max_worker_processes = 12
max_parallel_workers = 8
max_parallel_workers_per_gather = 0
search_path = 'user_ops, public'
@{[ $more // '' ]}
EOC
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
	return $node;
}

# make_big(NODE): the table big, 60 000 events in 40 groups of 1 500 users; everyone,
# their activities; digest(population), all of it in one value.  Returns that of
# everyone, and how many users there are.
sub make_big
{
	my ($node) = @_;

	$node->safe_psql('postgres', <<'EOS');
CREATE TABLE big AS
SELECT floor(random() * 1500)::int AS u, n * 7919 % 40 AS g, date '2024-01-01' + (n * 104729::bigint % 400)::int AS day, n % 700 / 10.0 AS amount
FROM (SELECT setseed(0.3)) AS s, generate_series(1, 60000) AS n;
CREATE INDEX ON big (g);
CREATE TABLE everyone AS SELECT u, activity_agg(day, amount) AS activity FROM big GROUP BY u;
-- NULL if there is no population.
CREATE FUNCTION digest(p population) RETURNS text LANGUAGE sql PARALLEL RESTRICTED AS
	$$ SELECT md5(string_agg(user_id || activity::text, ' ' ORDER BY user_id)) FROM users(p, NULL::int) $$;
ANALYZE;
EOS
	return split /\|/, $node->safe_psql('postgres', q{SELECT md5(string_agg(u || activity::text, ' ' ORDER BY u)), count(*) FROM everyone});
}

# is_clean(NODE, NAME, SECONDS): no temporary file is left; so long a session may
# still be ending.
sub is_clean
{
	my ($node, $name, $patience) = @_;
	my $directory = $node->data_dir . '/base/pgsql_tmp';
	my @files;

	for (0 .. 10 * ($patience // 0))
	{
		@files = -d $directory ? map { s/.*\///r } glob("$directory/*") : ();
		last if !@files;
		select undef, undef, undef, 0.1;
	}
	is("@files", '', "$name: no temporary file is left");
}

# What a file of /proc says.
sub said_by
{
	my ($name) = @_;

	open my $file, '<', "/proc/$name" or return '';
	return join('', <$file>);
}

# Private memory of a process, in kB.
sub memory_of
{
	my ($pid) = @_;
	return said_by("$pid/status") =~ /RssAnon:\s+(\d+)/ ? $1 : 0;
}

# The parallel workers of a backend that are running.
sub workers_of
{
	my ($node, $pid) = @_;
	return grep { said_by("$_/cmdline") =~ /parallel worker for PID $pid\b/ } split ' ', said_by("$node->{_pid}/task/$node->{_pid}/children");
}

# peak(NODE, SETTINGS, QUERY): what a query says, the kB of private memory that its backend
# had at most beyond what it had while idle, and the most that any of its workers had:
# sampled every few milliseconds.
sub peak
{
	my ($node, $settings, $query) = @_;
	my $script = "$settings\nSELECT pg_backend_pid();\n\\! sleep 0.3\n$query;\nSELECT 'done';\n";
	my $answer = '';
	my $peak = 0;
	my $peak_of_workers = 0;
	my $idle;
	my $pid;
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-v', 'ON_ERROR_STOP=1' ], '<', \$script, '>', \$answer, '2>', \my $errors);

	for (1 .. 20000)
	{
		$psql->pump_nb;
		($pid) = $answer =~ /^(\d+)\n/ unless $pid;
		if (my $now = $pid && memory_of($pid))
		{
			$idle //= $now;
			$peak = max($peak, $now);
			$peak_of_workers = max($peak_of_workers, map { memory_of($_) } workers_of($node, $pid)) if $settings =~ /gather/;
		}
		last if $answer =~ /done\n/ || !$psql->pumpable;
		select undef, undef, undef, 0.005;
	}
	$psql->finish;
	$answer =~ s/^\d+\n//;
	$answer =~ s/done\n\z//;
	diag($errors) if $errors;
	return ($answer, $peak - $idle, $peak_of_workers);
}

1;
