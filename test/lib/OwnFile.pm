# For the tests of demo/run --csv: a clone of the project with its server, one set of events as a file of any shape, and
# whether what was loaded is these events, or what was advised instead.
package OwnFile;

use strict;
use warnings;
use utf8;
use Cwd qw(getcwd);
use Encode qw(encode);
use Exporter qw(import);
use IPC::Run ();
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(run at grouped table write_file ask load right advice $source $dir @events $truth $days $first_day $iso $amount $user @plain $plain $views);

$ENV{USER_OPS_SKIP_INSTALL} = 1;
delete $ENV{SUDO_USER};

our $source = getcwd();
plan skip_all => 'needs node and DuckDB in demo/csv/node_modules' if !-d "$source/demo/csv/node_modules/\@duckdb" || system('command -v node >/dev/null');

our $dir = PostgreSQL::Test::Utils::tempdir_short();
my $clone = "$dir/c";

sub run
{
	my ($out, $err);
	local $ENV{LC_ALL} = 'C.UTF-8';
	IPC::Run::run([ map { encode('UTF-8', $_) } @_ ], '<', \'', '>', \$out, '2>', \$err);
	my $status = $? >> 8;
	utf8::decode($_) for $out, $err;
	return ($status, $out, $err);
}

END
{
	my $status = $?;
	run("$clone/demo/stop", '--purge') if $clone && -d $clone;
	$? = $status;
}

{
	my ($status, undef, $err) = run('bash', '-c', '. scripts/common.sh; copy_tree "$1"', "$source/test/run", $clone);
	is($status, 0, 'the tree is copied') or BAIL_OUT($err);
	symlink "$source/demo/csv/node_modules", "$clone/demo/csv/node_modules" or die $!;
}

# --- the events ----------------------------------------------------------------

# Twelve users, about two months, an amount of four digits, refunds; days above 12 and not.
our @events;
for my $n (0 .. 59)
{
	my $seconds = 1_767_312_000 + $n * 86_400 + ($n * 7919) % 86_400;        # from 2026-01-02 on
	$seconds -= $seconds % 60;
	push @events, { user => 101 + ($n * 5) % 12, at => $seconds, cents => $n % 10 == 9 ? -37_800 : 100 * ($n * 37 % 90) + $n + ($n == 4 ? 123_400 : 0), quantity => 1 + $n % 3, name => $n % 2 ? 'Zoë' : 'Paul' };
}
my ($sum, %users) = (0);
for (@events) { $sum += $_->{cents}; $users{ $_->{user} }++ }
our $truth = join '|', scalar @events, scalar keys %users, sprintf('%.2f', $sum / 100), map { strftime '%Y-%m-%d %H:%M', gmtime $_->{at} } @events[ 0, -1 ];
our ($first_day) = $truth =~ /(2026-\d\d-\d\d)/;
our $days = $truth =~ s/ \d\d:\d\d//gr;

sub at { my $format = shift; return sub { strftime $format, gmtime $_[0]{at} } }
our $iso = at('%Y-%m-%d %H:%M:%S');
our $amount = sub { sprintf '%.2f', $_[0]{cents} / 100 };
our $user = sub { $_[0]{user} };
sub grouped { my ($mark, $group, $e) = @_; my $s = sprintf '%.2f', $e->{cents} / 100; $s =~ s/[.]/$mark/; $s =~ s/(\d)(\d{3})(?=\Q$mark\E)/$1$group$2/; return $s }

# A file of columns: name, then what stands in it; options: between, end.
sub table
{
	my ($columns, %option) = @_;
	my ($between, $end) = ($option{between} // ',', $option{end} // "\n");
	my $quoted = sub { my $v = shift; $v =~ /[\Q$between\E"\r\n]/ && !$option{raw} ? '"' . $v =~ s/"/""/gr . '"' : $v };
	my @columns = @$columns;
	my (@names, @cells);
	while (my ($name, $cell) = splice @columns, 0, 2) { push @names, $name; push @cells, $cell }
	return join '', map { "$_$end" } join($between, map { $quoted->($_) } @names),
	  map { my $e = $_; join $between, map { $quoted->($_->($e)) } @cells } @events;
}

our @plain = (user => $user, time => $iso, amount => $amount);
our $plain = table(\@plain);
my $files = 0;

sub write_file
{
	my ($content, $ending) = @_;
	my $name = "$dir/f" . ++$files . ($ending // '.csv');
	open my $file, '>:raw', $name or die "$name: $!";
	print $file utf8::is_utf8($content) ? encode('UTF-8', $content) : $content;
	close $file or die "$name: $!";
	return $name;
}

our $views = 0;       # or what is loaded only
my $psql;
sub ask
{
	my (undef, $answer) = run('bash', '-c', qq{$psql -XAt -f <(printf %s "\$1")}, 'bash', $_[0]);
	chomp $answer;
	return $answer;
}

sub load
{
	my ($file, @arguments) = @_;
	push @arguments, '--user-id', 'user' if !grep { $_ eq '--user-id' } @arguments;
	push @arguments, '--event-time', 'time' if !grep { $_ eq '--event-time' } @arguments;
	push @arguments, '--amount', 'amount' if !grep { $_ eq '--amount' } @arguments;
	push @arguments, '--load-only' if !$views;
	my ($status, $out, $err) = run("$clone/demo/run", '--csv', $file, @arguments);
	($psql) = $out =~ /^ {4}(\S*psql -h .* -d csv)$/m if $status == 0;
	return ($status, $out, $err);
}

# right NAME, FILE, ARGUMENTS…: it is loaded, and the views hold what the events are. Returns what was printed.
sub right
{
	my ($name, $file, @arguments) = @_;
	my ($status, $out, $err) = load($file, @arguments);
	utf8::encode($name);    # newer versions of Test::More die of a wide character
	if ($status != 0) { fail("$name: $err"); return $out }
	my ($from) = $out =~ /(public\.\w*events)/;
	my %columns = map { split /\|/ } split /\n/, ask("SELECT CASE WHEN t ~ '^(time|date)' THEN 'time' WHEN n ~* 'user|客|customer' THEN 'user' ELSE 'amount' END, n
		FROM (SELECT attname AS n, format_type(atttypid, NULL) AS t, attnum FROM pg_attribute WHERE attrelid = '$from'::regclass AND attnum > 0) AS a
		WHERE t ~ '^(time|date)' OR n ~* '^\\s*(user|客|customer|amount|金)' ORDER BY attnum DESC");
	my $found = ask(qq{SELECT count(*), count(DISTINCT "$columns{user}"), sum("$columns{amount}")::numeric(9,2), to_char(min("$columns{time}"), 'YYYY-MM-DD HH24:MI'), to_char(max("$columns{time}"), 'YYYY-MM-DD HH24:MI')
		FROM $from WHERE "$columns{user}" IS NOT NULL AND "$columns{time}" IS NOT NULL});
	my $days_only = $found =~ / 00:00\|.* 00:00$/;
	is($days_only ? $found =~ s/ 00:00//gr : $found, $days_only ? $days : $truth, $name);
	is(ask("SELECT sum(events), count(*), sum(monetary)::numeric(9,2) FROM users"), $truth =~ s/^((?:[^|]*\|){2}[^|]*).*/$1/r, '... in the views as well') if $views;
	is($err, '', '... and nothing is complained of');
	return $out;
}

# advice NAME, MESSAGE, FILE, ARGUMENTS…: it ends with this one sentence.
sub advice
{
	my ($name, $message, $file, @arguments) = @_;
	my ($status, undef, $err) = load($file, @arguments);
	is($status, 1, "$name: it ends");
	like($err, qr/^demo\/run: [^\n]*$message[^\n]*\n\z/, '... with a sentence');
	unlike($err, qr/ERROR|psql|DuckDB|Error:|    at /, '... of its own');
}

1;
