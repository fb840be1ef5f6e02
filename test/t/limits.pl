# The limits that docs/limits.md names, each held by going to it and one beyond: what the page says
# of a limit is its number, and what happens beyond it.  Those that take minutes to reach are asked
# with USER_OPS_LIMITS=all, as the deep gate limits does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Limits qw(%within);
use Math::BigInt;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $all = ($ENV{USER_OPS_LIMITS} // '') eq 'all';
my $node = PostgreSQL::Test::Cluster->new('limits');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nmax_wal_size = 4GB\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
$node->safe_psql('postgres', $Limits::setup);

# The rows of the page's tables: what, the number, what happens, and whether that takes minutes.
sub rows_of
{
	my ($page) = @_;
	my (@rows, $slow);
	for (split /\n/, slurp_file($page))
	{
		$slow = /minutes/ if /^## /;
		my ($what, $limit, $says) = /^\| ([^|]+?) \| ([\d,]+) \| (.+) \|$/ or next;
		push @rows, { what => $what, limit => $limit =~ s/,//gr, says => $says, slow => $slow };
	}
	return @rows;
}
my @rows = rows_of('docs/limits.md');
cmp_ok(scalar @rows, '>=', 60, 'the page has its tables: ' . @rows . ' limits');
my %named = map { $_->{what} => 1 } @rows;
is(scalar keys %named, scalar @rows, '... none twice');
is(join("\n", grep { !$within{$_} } sort keys %named), '', 'each limit of the page is asked');
is(join("\n", grep { !$named{$_} } sort keys %within), '', 'each that is asked stands on the page');

is_deeply([ map { "$_->{limit} $_->{says}" } rows_of('docs/zh/limits.md') ], [ map { "$_->{limit} $_->{says}" } @rows ], 'the Chinese page says the same of as many');

# What one statement answers: '' or the error, as SQLSTATE: message.
sub asked
{
	my ($query, $n) = @_;
	my (undef, undef, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET search_path = user_ops, public; SET client_min_messages = error; SET work_mem = '64MB';\n"
		. $query =~ s/\{n\}/$n/gr, on_error_stop => 1);
	return $err =~ /(?:ERROR|FATAL|PANIC):  (\w{5}: .*)/ ? $1 : $err;
}

for my $row (@rows)
{
	next if $row->{slow} && !$all;
	my ($what, $limit, $says) = @$row{qw(what limit says)};
	my $query = $within{$what} or next;
	my $further = Math::BigInt->new($limit)->badd(1)->bstr;
	my ($code, $message) = $says =~ /^(\w{5}), (.*)/ or die "$what: what happens?";
	my $answer = asked($query, $further);

	is(asked($query, $limit), '', "$what: $limit is within");
	like($answer, qr/^$code: /, "... $further is $code");
	like($answer, qr/\Q$message\E/, '... with the words of the page');
}
# the one limit that is a least length
my $secret = q{SELECT pseudonym(1, convert_to(repeat('s', {n}), 'UTF8'))};
is(asked($secret, 16), '', 'a secret of 16 bytes is enough');
is(asked($secret, 15), '22023: the secret of pseudonyms must have 16 bytes or more', '... and one of 15 is not');
is($node->safe_psql('postgres', 'SELECT 1'), 1, 'the server is as well as before');
$node->stop;
done_testing();
