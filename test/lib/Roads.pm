# What tests of many generated tables share: each table has a number, a script that says
# "begin N", then "rows N", the executed plan of one query as JSON, and a line "table N ...",
# which is how it ended.
package Roads;

use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use List::Util qw(sum0);
use Populations qw(is_clean);
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(along_roads most);

# What an executed plan says: the kinds of its aggregates and of what appends, how many
# workers there were, and how many rows each of them scanned.
sub plan_of_json
{
	my ($json) = @_;
	my %plan = (kinds => '', launched => 0, rows => {});
	my @nodes = $json ? decode_json($json)->[0]{Plan} : ();

	while (my $node = shift @nodes)
	{
		push @nodes, @{ $node->{Plans} // [] };
		$plan{kinds} .= " $node->{'Node Type'}" . (' ' . ($node->{'Partial Mode'} // '') =~ s/ Simple//r);
		$plan{launched} += $node->{'Workers Launched'} // 0;
		next unless $node->{'Node Type'} eq 'Seq Scan';
		$plan{rows}{ $_->{'Worker Number'} } += $_->{'Actual Rows'} * $_->{'Actual Loops'} for @{ $node->{Workers} // [] };
	}
	delete $plan{rows}{$_} for grep { !$plan{rows}{$_} } keys %{ $plan{rows} };
	return \%plan;
}

# What a script says of each table: its plan, its rows, and how the comparison ended.
sub tables_of
{
	my ($said) = @_;
	my %tables;

	for (split /^(?=begin )/m, $said)
	{
		my ($n) = /^begin (\d+)/ or next;
		my ($json) = /^(\[\n.*?^\])/ms;

		$tables{$n} = { plan => plan_of_json($json), rows => /^rows (\d+)/m ? "$1" : undef, said => /^(table .*)/m ? "$1" : "table $n: nothing" };
	}
	return %tables;
}

# files_of_tables(NODE, OFFSET): which processes wrote temporary files while one query of
# each table ran, as the log says from there on: for each table how many files its leader, or
# its only process, and its workers wrote.
sub files_of_tables
{
	my ($node, $offset) = @_;
	my $log = slurp_file($node->logfile, $offset);
	my %files;
	my $table;

	while ($log =~ /^(client backend|parallel worker) LOG:  (?:table (\d+)|temporary file: )/gm)
	{
		if ($2) { $table = $2 }
		else { $files{$table}{$1}++ }
	}
	return %files;
}

# A share of some tables, at least; TEST says of one whether it is so.
sub most
{
	my ($share, $name, $test, @numbers) = @_;
	my @others = grep { !$test->($_) } @numbers;

	cmp_ok(@numbers - @others, '>=', $share * @numbers, $name) or diag("not so: @others");
}

# along_roads(NODE, ROADS, TABLES, SCRIPT, RIGHT, MORE): the tables from 1 on, each along one of
# the roads, which are names with settings. SCRIPT makes the script of a table, RIGHT is how
# the line ends that says it is right. What holds of all that is grouped is tested here; MORE
# tests the rest, by the name of the road, its settings, the plans, rows and files of the
# tables, their numbers, and the numbers of those that are not empty.
sub along_roads
{
	my ($node, $roads, $tables, $script, $right, $more) = @_;
	my $started = time;

	for my $road (0 .. $#$roads)
	{
		my ($name, $settings) = @{ $roads->[$road] };
		my @numbers = grep { $_ % @$roads == $road } 1 .. $tables;
		my $offset = -s $node->logfile;
		my ($code, $said, $errors) = $node->psql('postgres', join('', map { $script->($_) } @numbers), on_error_stop => 0);
		my %table = tables_of($said);
		my %files = files_of_tables($node, $offset);
		my @wrong = grep { !/: \Q$right\E$/ } map { $table{$_}{said} // "table $_: nothing" } @numbers;
		my @some = grep { $table{$_}{rows} } @numbers;

		is(@wrong, 0, "$name: " . @numbers . ' tables') or diag(join "\n", @wrong);
		is(substr($errors, 0, 2000), '', "$name: no error");
		is_clean($node, $name);
		most(0.9, "$name: so are the plans", sub { $table{ $_[0] }{plan}{kinds} =~ /Append/ }, @numbers) if $name =~ /partition/;
		most(1, "$name: no worker", sub { $table{ $_[0] }{plan}{launched} == 0 }, @numbers) if $name !~ /parallel/;
		most(1, "$name: no file", sub { !$files{ $_[0] } }, @some) if $name !~ /spilling/;
		if ($name =~ /parallel/)
		{
			most(0.9, "$name: so are the plans", sub { $table{ $_[0] }{plan}{kinds} =~ /Aggregate Finalize.*Aggregate Partial/ }, @numbers);
			most(1, "$name: the rows are those of the workers", sub { sum0(values %{ $table{ $_[0] }{plan}{rows} }) == $table{ $_[0] }{rows} }, @some) if $settings =~ /leader_participation/;
		}
		$more->($name, $settings, \%table, \%files, \@numbers, \@some);
	}
	note(sprintf '%d tables in %.1f s', $tables, time - $started);
}

1;
