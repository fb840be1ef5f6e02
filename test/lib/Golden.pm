# What tests against values worked out elsewhere share, where these are CSV or JSON files of
# one folder: the server, the rows of a query, and numbers that must be equal.
package Golden;

use strict;
use warnings;
use Exporter qw(import);
use File::Basename;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(golden_server sql rows row expected_json expected_csv same numbers_compared $shared);

our $shared = $ENV{USER_OPS_SHARED} || dirname(__FILE__) . '/../../../shared';
my $golden = "$shared/golden/growth";
my $compared = 0;
my $node;

# golden_server(NAME, FILE…): with the extension; the test is skipped where a file of the folder is absent.
sub golden_server
{
	my ($name, @files) = @_;

	for my $file (map { m{/} ? "$shared/$_" : "$golden/$_" } @files)
	{
		plan skip_all => "no expected values: $file is absent" unless -r $file;
	}
	$node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\n");
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
	return $node;
}

sub sql { return $node->safe_psql('postgres', $_[0]) }

# The rows of a query, each a hash of its columns.
sub rows { return @{ decode_json(sql("SELECT coalesce(json_agg(r), '[]') FROM ($_[0]) AS r")) } }
sub row { my @rows = rows($_[0]); is(scalar @rows, 1, 'one row'); return $rows[0] }

sub expected_json { return decode_json(slurp_file("$golden/$_[0].json")) }

# The lines of a file as hashes; an empty field is NULL.
sub expected_csv
{
	my ($head, @lines) = split /\n/, slurp_file("$golden/$_[0].csv") =~ s/\r//gr;
	my @names = split /,/, $head;
	my @rows;

	for my $line (@lines)
	{
		my @fields;
		push @fields, defined $1 ? $1 : $2 while $line =~ /\G(?:"([^"]*)"|([^,]*))(?:,|$)/g && @fields < @names;
		my %row;
		@row{@names} = map { $_ eq '' ? undef : $_ } @fields;
		push @rows, \%row;
	}
	return @rows;
}

# Relative 1e-11, or absolute 1e-12 near 0, which a p-value is not.
sub near
{
	my ($name, $got, $expected) = @_;
	return !defined $got && !defined $expected unless defined $got && defined $expected;
	my $off = abs($got - $expected);
	return $off <= 1e-11 * abs($expected) || ($name !~ /p_value/ && $off <= 1e-12);
}

# Those of the expected numbers that have a column of the same name, or of the one given.
sub same
{
	my ($what, $got, $expected, %column_of) = @_;
	my @wrong;

	for my $name (sort keys %$expected)
	{
		my $column = $column_of{$name} // $name;
		next if ref $expected->{$name} || !exists $got->{$column};
		$compared++;
		push @wrong, sprintf '%s: %s, not %s', $name, $got->{$column} // 'NULL', $expected->{$name} // 'NULL'
			unless near($name, $got->{$column}, $expected->{$name});
	}
	is(join('; ', @wrong), '', $what);
	return;
}

sub numbers_compared { return $compared }

1;
