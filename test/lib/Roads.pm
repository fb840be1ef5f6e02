# What tests of many generated tables share: each table has a number, a script that says
# "begin N", then "rows N", the executed plan of one query as JSON, and a line "table N ...",
# which is how it ended.
package Roads;

use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(tables_of files_of_tables most);

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

1;
