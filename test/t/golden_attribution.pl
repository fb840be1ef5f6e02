# Attribution against expected values worked out elsewhere, and published ones: rules,
# paths, and the models over them.  They stand in a folder beside the project (or where
# USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use List::Util qw(shuffle);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my %file = (
	rules   => "$shared/golden/journeys/attribution.json",
	paths   => "$shared/golden/journeys/attribution_paths.json",
	models  => "$shared/golden/journeys/attribution_models.json",
	issues  => "$shared/golden/journeys/issues.json",
	vectors => "$shared/vectors/vectors.json");
for my $file (sort values %file)
{
	plan skip_all => "no expected values: $file is absent" unless -r $file;
}
my %given = map { $_ => decode_json(slurp_file($file{$_})) } keys %file;

my $node = PostgreSQL::Test::Cluster->new('golden_attribution');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'user_ops, public'\ntimezone = 'UTC'\ndatestyle = 'ISO, YMD'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

my $seed = $ENV{USER_OPS_SEED} // 20240229;
note("seed $seed");
srand($seed);

sub quoted { return defined $_[0] ? "'$_[0]'" : 'NULL' }
sub array { return '{' . join(',', map { qq{"$_"} } @_) . '}' }
sub at { return "timestamptz '2024-01-01' + interval '$_[0] days'" }

# What each query of a list returns: a list of rows, a row a list of texts; NULL is undef.
sub answers
{
	my (@queries) = @_;
	my $n = 0;
	my $script = join '', map { sprintf qq{\\echo query %d\n%s;\n}, $n++, $_ } @queries;
	my $out = '';
	my $err = '';

	$node->psql('postgres', $script, stdout => \$out, stderr => \$err, extra_params => [ '-P', 'null=~' ], on_error_stop => 1);
	is($err, '', 'no error');
	my %rows = $out =~ /^query (\d+)\n((?:(?!query ).*\n?)*)/mg;
	return map { [ map { [ map { $_ eq '~' ? undef : $_ } split /\|/, $_, -1 ] } split /\n/, $rows{$_} // '' ] } 0 .. $#queries;
}

# The journey of a user, in two parts that are merged, with rows in any order.
sub journey
{
	my ($touches, $conversions) = @_;
	my @rows = shuffle((map { [ $_->[0], $_->[1], undef ] } @$touches), map { [ $_->[0], 'buy', $_->[1] ] } @$conversions);
	my $values = join ', ', map { sprintf '(%d, %s, %s, %s)', int(rand(2)), at($_->[0]), quoted($_->[1]), quoted($_->[2]) . '::numeric' } @rows;

	return q{(SELECT journey_agg(timestamptz '2024-01-01', 'none', NULL::numeric) FILTER (WHERE false))} unless @rows;
	return "(SELECT merge(journey_agg(at, name, amount) FILTER (WHERE part = 0), journey_agg(at, name, amount) FILTER (WHERE part = 1)) FROM (VALUES $values) AS v (part, at, name, amount))";
}

# The rule of a case as arguments by name.
sub rule
{
	my ($case) = @_;
	my @arguments = ("'$case->{model}'");

	push @arguments, "lookback => '$case->{lookback_days} days'" if defined $case->{lookback_days};
	push @arguments, "half_life => '$case->{half_life_days} days'" if defined $case->{half_life_days};
	push @arguments, "weights => '" . array(@{ $case->{weights} }) . "'" if $case->{weights};
	push @arguments, "$_ => true" for grep { $case->{$_} } qw(non_direct exclusive);
	push @arguments, "which => '$case->{which}'" if $case->{which};
	push @arguments, 'direct => \'{direct}\'';
	push @arguments, 'as_of => ' . at($case->{as_of_days}) if defined $case->{as_of_days};
	return join ', ', @arguments;
}

sub ask_rule
{
	my ($case) = @_;

	return "SELECT extract(day FROM converted_at - timestamptz '2024-01-01'), channel, touches, credit, amount FROM attribution(" . journey($case->{touches}, $case->{conversions}) . ", '{buy}', " . rule($case) . ')';
}

# A credit as a number of 10^-12: of '0.4' or '2/5'.
sub units
{
	my ($credit) = @_;

	return $credit =~ m{^(\d+)/(\d+)$} ? sprintf '%.0f', $1 / $2 * 1e12 : sprintf '%.0f', $credit * 1e12;
}

# Are these the rows?  Credits of time_decay are doubles, and then what is split by them.
sub check_rule
{
	my ($case, $got, $expected, $name) = @_;
	my $decay = $case->{model} eq 'time_decay';
	my @got = map { [ @$_ ] } @$got;
	my @expected = map { [ @$_ ] } @$expected;

	for my $row (@got, @expected)
	{
		$row->[3] = units($row->[3]);
	}
	for my $i ($decay ? (0 .. ($#got < $#expected ? $#got : $#expected)) : ())
	{
		$expected[$i][3] = $got[$i][3] if abs($got[$i][3] - $expected[$i][3]) <= 2;
		next unless defined $got[$i][4] && defined $expected[$i][4];
		my ($decimals) = map { length } $expected[$i][4] =~ /\.(\d*)$/;
		$expected[$i][4] = $got[$i][4] if abs($got[$i][4] - $expected[$i][4]) <= 1.5 * 10**-($decimals // 0);
	}
	is_deeply(\@got, \@expected, $name) or diag(explain(\@got, \@expected));
}

# --- rules --------------------------------------------------------------------

my @rules = @{ $given{rules}{cases} };
my @got = answers(map { ask_rule($_) } @rules);
cmp_ok(scalar @rules, '>=', 100, 'cases of rules');
check_rule($rules[$_], $got[$_], $rules[$_]{rows}, "rule $_: $rules[$_]{model}") for 0 .. $#rules;

# Reports from trackers: one rule, or the same shared and exclusive.
for my $issue (grep { $_->{kind} eq 'attribution' } @{ $given{issues}{cases} })
{
	my %of = ref $issue->{expected} eq 'HASH' ? %{ $issue->{expected} } : (shared => $issue->{expected});

	for my $how (sort keys %of)
	{
		my $case = { %{ $issue->{input} }, exclusive => $how eq 'exclusive' };
		my ($rows) = answers(ask_rule($case));
		check_rule($case, $rows, $of{$how}, "$issue->{source}, $how");
	}
}

# Published weights of n touches, and amounts of whole journeys by channel.
my @vectors = grep { $_->{capability} eq 'attribution' && $_->{evidence} ne 'version-conflict' } @{ $given{vectors} };
cmp_ok(scalar @vectors, '>=', 5, 'published cases');
for my $vector (@vectors)
{
	my $model = $vector->{params}{model} =~ s/_touch$//r;

	if (my $n = $vector->{input}{touches})
	{
		my $journey = journey([ map { [ $_, "c$_" ] } 1 .. $n ], [ [ $n, undef ] ]);
		my ($rows) = answers("SELECT credit FROM attribution($journey, '{buy}', '$model')");
		is_deeply([ map { $_->[0] + 0 } @$rows ], [ map { $_ + 0 } @{ $vector->{expected} } ], $vector->{id});
		next;
	}
	my %journeys = %{ $vector->{input}{journeys} };
	my @users = map { my ($channels, $amount) = @{ $journeys{$_} }; 'SELECT ' . journey([ map { [ $_, $channels->[$_] ] } 0 .. $#$channels ], [ [ scalar @$channels, $amount ] ]) . ' AS j' } sort keys %journeys;
	my ($rows) = answers("SELECT channel, sum(amount) FROM (" . join(' UNION ALL ', @users) . ") AS u, attribution(j, '{buy}', '$model') GROUP BY channel HAVING sum(amount) > 0");
	is_deeply({ map { $_->[0] => $_->[1] + 0 } @$rows }, $vector->{expected}, $vector->{id});
}

# --- paths --------------------------------------------------------------------

my @paths = (@{ $given{paths}{cases} }, map { { %{ $_->{input} }, %{ $_->{expected} } } } grep { $_->{kind} eq 'paths_of_user' } @{ $given{issues}{cases} });
cmp_ok(scalar @paths, '>=', 30, 'cases of paths');
@got = answers(map { 'SELECT array_to_json(channels), converted, open FROM attribution_paths(' . journey($_->{touches}, [ map { [ $_, undef ] } @{ $_->{conversions} } ]) . ", '{buy}', '$_->{lookback} days', " . at($_->{as_of}) . ')' } @paths);
for my $i (0 .. $#paths)
{
	my @closed = map { [ decode_json($_->[0]), $_->[1] eq 't' ? 1 : 0 ] } grep { $_->[2] eq 'f' } @{ $got[$i] };
	my @expected = map { [ $_->[0], $_->[1] ? 1 : 0 ] } @{ $paths[$i]{paths} };

	is_deeply(\@closed, \@expected, "paths $i") or diag(explain($got[$i]));
	is(scalar(grep { $_->[2] eq 't' } @{ $got[$i] }), $paths[$i]{open}, '... and those that are open');
}

# --- models -------------------------------------------------------------------

# Equal but for rounding; of what is all but nothing, absolutely.
sub near
{
	my ($got, $expected) = @_;

	return !defined $got && !defined $expected if !defined $got || !defined $expected;
	return abs($got - $expected) <= 1e-9 * (abs($expected) > 1e-6 ? abs($expected) : 1e-6);
}

sub check_model
{
	my ($rows, $expected, $name) = @_;
	my %got = map { $_->[0] => [ @$_[ 1 .. $#$_ ] ] } @$rows;

	is(join(' ', map { $_->[0] } @$rows), join(' ', sort { ($a eq '(direct)') <=> ($b eq '(direct)') || $a cmp $b } keys %$expected), "$name: the channels");
	my @off = grep {
		my $channel = $_;
		grep { !near($got{$channel}[$_], $expected->{$channel}[$_]) } 0 .. $#{ $expected->{$channel} }
	} grep { $got{$_} } sort keys %$expected;
	is("@off", '', '... with what they get') or diag(explain(\%got, $expected));
}

my @models = @{ $given{models}{cases} };
cmp_ok(scalar @models, '>=', 40, 'cases of models');
sub of_paths
{
	my ($aggregate, $worth, $cells, $paths) = @_;
	my $values = join ', ', map { sprintf "(%d, '%s'::text[], %d, %d)", int(rand(3)), array(@{ $_->[0] }), @$_[ 1, 2 ] } shuffle(@$paths);

	return "SELECT c.* FROM (SELECT rollup(m) AS m FROM (SELECT $aggregate(channels, yes, no$worth) AS m FROM (VALUES $values) AS p (part, channels, yes, no) GROUP BY part) AS parts) AS s, LATERAL (SELECT $cells FROM cells(m)) AS c";
}
my @markov = answers(map { of_paths('markov_attribution', '', 'channel, removal_effect, share, conversions', $_->{paths}) } @models);
my @rate = answers(map { of_paths('shapley_attribution', ", 'rate'", 'channel, conversions', $_->{paths}) } @models);
my @plain = answers(map { of_paths('shapley_attribution', ", 'conversions'", 'channel, conversions', $_->{paths}) } @models);
for my $i (0 .. $#models)
{
	my %markov = %{ $models[$i]{markov} };

	check_model($markov[$i], { map { $_ => [ map { defined $_ ? $_->[1] : undef } @{ $markov{$_} } ] } keys %markov }, "Markov $i");
	check_model($rate[$i], { map { $_ => [ $models[$i]{shapley_rate}{$_}[1] ] } keys %{ $models[$i]{shapley_rate} } }, "Shapley by rate $i");
	check_model($plain[$i], { map { $_ => [ $models[$i]{shapley_conversions}{$_}[1] ] } keys %{ $models[$i]{shapley_conversions} } }, "Shapley by conversions $i");
}

$node->stop;
done_testing();
