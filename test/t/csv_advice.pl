# demo/run --csv: what is ambiguous is said, what cannot be read ends with one sentence of advice, and the advice works.
# And what the demo prints of users at risk, whatever the file.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use FindBin;
use IO::Compress::Gzip ();
use IO::Compress::Zip qw(zip $ZipError);
use lib "$FindBin::RealBin/../lib";
use OwnFile;
use POSIX qw(strftime);
use Test::More;

my $out;

# --- what is ambiguous is said, and the advice works -------------------------------------------

my @early = grep { (gmtime $_->{at})[3] <= 12 } @events;
{
	local @OwnFile::events = @early;
	($out) = (load(write_file(table([ user => $user, time => at('%d/%m/%Y'), amount => $amount ]))))[1];
	like($out, qr/Ambiguous: no day in "time" is above 12; "02\/01\/2026" was read as month, day, year\. If it is day, month, year, say --date-order dmy/, 'no day above 12');
	($out) = (load(write_file(table([ user => $user, time => at('%d/%m/%Y'), amount => $amount ])), '--date-order', 'dmy'))[1];
	like($out, qr/, 2026-01-02 to 2026-03-02/, '... and with the advice they are right');
	unlike($out, qr/Ambiguous/, '... and nothing is ambiguous');
}
{
	my $thousands = write_file(table([ user => $user, time => $iso, amount => sub { '1,' . (100 + $_[0]{user}) } ]));
	($out) = (load($thousands))[1];
	like($out, qr/amounts \d{5,}.*Ambiguous: every number in "amount" is like "1,201", which was read as 1201; .* --decimal ,/s, 'a comma that may be either');
	($out) = (load($thousands, '--decimal', ','))[1];
	like($out, qr/amounts 7\d\.\d{3}\n(?!.*Ambiguous)/s, '... and with the advice it is the other');
}

# --- what cannot be read gets a sentence with its line --------------------------------------------

my @lines = split /^/, $plain;
my $total = join '', @lines[ 0 .. 3 ], "\n", @lines[ 4 .. $#lines ], "Total: 60\n";
advice('a line with too few columns', 'line 63 has one column, the header 3: "Total: 60"; .*--skip-bad-rows', write_file($total));
$out = right('... and with the advice', write_file($total), '--skip-bad-rows');
like($out, qr/Left out: 1 rows that could not be read/, '... it is counted');
advice('a value that lacks its quotes', 'line 3 has 4 columns, the header 3', write_file(join '', @lines[ 0, 1 ], "101,2026-01-01,1,5\n", @lines[ 2 .. 9 ]));
advice('a quote that does not end', 'line 3: a quoted value does not end', write_file(join '', @lines[ 0, 1 ], qq{101,"2026-01-01,1\n}, @lines[ 2 .. 9 ]));
my $word = join '', @lines[ 0 .. 2 ], qq{105,"2026-01-09\n",much\n}, @lines[ 3 .. $#lines ];
advice('an amount that is none', 'line 4: "much" is not a number \(--amount\); .*--skip-bad-rows', write_file($word));
right('... and with the advice', write_file($word), '--skip-bad-rows');
advice('one in an expression', 'operator does not exist: text \* integer; "amount" is text, for line 4: "much" is no number', write_file($word), '--amount', 'amount * 1');
right('... and with the advice', write_file($word), '--amount', 'amount * 1', '--skip-bad-rows');
my $day = $plain . "105,2026-02-30,5\n";
advice('a day that is none', 'line 62: "2026-02-30" is not a date or a time \(--event-time\)', write_file($day));
right('... and with the advice', write_file($day), '--skip-bad-rows');
advice('orders that contradict', 'line 2 has the month first|line \d+ has the day first \("13/01/2026"\) and line \d+ the month \("01/13/2026"\)', write_file("user,time,amount\n1,13/01/2026,5\n1,01/13/2026,5\n"));
advice('an order that is not so', 'line 2: "13/01/2026" is no date in the order month, day, year; try --date-order dmy', write_file("user,time,amount\n1,13/01/2026,5\n"), '--date-order', 'mdy');
advice('marks that contradict', 'behind a point \(line 2: "1.5"\) and behind a comma \(line 3: "2,5"\): say which is meant with --decimal', write_file("user,time,amount\n1,2026-01-01,1.5\n1,2026-01-02,\"2,5\"\n1,2026-01-02,\"1,234\"\n"));
my $cst = write_file(table([ user => $user, time => sub { strftime '%Y-%m-%d %H:%M:%S CST', gmtime $_[0]{at} + 8 * 3600 }, amount => $amount ]));
advice('a zone of several meanings', 'line 2: "2026.* CST": several zones are called CST; say which .*--source-time-zone', $cst);
like((load($cst, '--source-time-zone', 'Asia/Shanghai', '--time-zone', 'UTC'))[1], qr/Loaded 60 events of 12 users, $first_day to/, '... and with the advice');
advice('days of a zone that times do not have', 'its times carry no zone: say with --source-time-zone', write_file($plain), '--time-zone', 'Asia/Shanghai');
advice('a zone that is none', '--time-zone: there is no zone UTC\+8; .*Asia/Shanghai', write_file($plain), '--time-zone', 'UTC+8');
advice('no header', 'its first line has values and no names .*: put a line with the columns\' names on top', write_file(join '', @lines[ 1 .. 9 ]));
advice('another name', 'there is no column "customer" \(--user-id\); the file has: "user", "time", "amount"', write_file($plain), '--user-id', 'customer');
advice('a name that stands twice', 'the column "amount" \(--amount\) stands 2 times in the header', write_file(table([ @plain, amount => $amount ])));
advice('an expression of another name', '--amount price \* 2: column "price" does not exist; the file has: "user"', write_file($plain), '--amount', 'price * 2');
advice('an expression that is none', '--where amount >: syntax error', write_file($plain), '--where', 'amount >');
advice('no row left', 'no row is left by --where', write_file($plain), '--where', 'amount > 1e6');
advice('nothing but a header', 'there is a header but no row under it', write_file($lines[0]));
advice('no user at all', 'no row has both a user and a time', write_file("user,time,amount\n,2026-01-01,5\n"));
advice('an empty column of amounts', 'the column "amount" \(--amount\) is empty', write_file("user,time,amount\n1,2026-01-01,\n"));
advice('amounts beyond all measure', 'more than 12 digits', write_file("user,time,amount\n1,2026-01-01,1e15\n"));
advice('an as-of before all', '--as-of 2020-01-01: the first event is of 2026-01-02', write_file($plain), '--as-of', '2020-01-01');
advice('bytes that are no text', 'line 5 has bytes that are no UTF-8, so say with --encoding', write_file(join '', map({ encode('UTF-8', $_) } @lines[ 0 .. 3 ]), "1,2026-01-01,5\xe9\n"), '--encoding', 'UTF-8');
advice('an encoding that is none', '--encoding: iconv knows no klingon', write_file($plain), '--encoding', 'klingon');
advice('an encoding that is not so', 'line 2 has bytes that are no GB18030', write_file("user,time,amount\n1,2026-01-01,\xff5\n"), '--encoding', 'GB18030');
IO::Compress::Gzip::gzip(\encode('UTF-8', $plain), \my $gz) or die;
advice('half a gzip file', 'damaged or incomplete', write_file(substr($gz, 0, 200), '.csv.gz'));
zip(\$plain => \my $archive, Name => 'a.csv') or die $ZipError;
advice('an archive', 'unzip it and give the file in it', write_file($archive, '.zip'));
advice('an old workbook', 'save it as .xlsx or CSV', write_file("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" . "\0" x 600, '.xls'));
advice('a page', 'is a page or XML', write_file("<!DOCTYPE html>\n<html><table>$plain</table>", '.csv'));
advice('JSON that is none', 'line 2 is no JSON', write_file(qq({"user": 1, "time": "2026-01-01", "amount": 2}\n{"user": 2 "time": 3}\n)));
advice('Parquet that is none', 'it is no Parquet', write_file("PAR1\0\0\0\0PAR1"));

# --- what is printed after it ------------------------------------------------------------------------

# Ids of 36 characters, millions, and half a year from one purchase to the next.
$views = 1;
my $uuid = sub { sprintf '00000000-0000-4000-8000-%012d', $_[0] };
my $slow = write_file("user,time,amount\n" . join '', map { my $u = $_; map { sprintf "%s,%s,%d\n", $uuid->($u), strftime('%Y-%m-%d', gmtime(1_700_000_000 + 86_400 * ($u % 90 + 170 * $_))), 1_000_000 * $u } 0 .. 2 + $u % 2 } 1 .. 200);
my (undef, $slowly) = load($slow);
my ($risk) = $slowly =~ /^Most at risk among those that matter\n(.*?)^$/ms;
like($risk, qr/^Take the order lightly: put to the test, it ranked [45]\d of 100 pairs right, and chance does 50\.$/m, 'most at risk: where the score hardly ranks, it says so');
my @risky = $risk =~ /^(00000000-.*)$/mg;
is(scalar @risky, 12, '... twelve users');
is((grep { /^00000000-0000-4000-8000-\d{12} +\d{2,3},\d{3},\d{3} +\d +\d{4}-\d\d-\d\d +\d+ +\d+\.\d% / } @risky) + 0, 12, '... ids whole, amounts apart');
my ($risky_user, $last) = $risky[0] =~ /^(\S+).* (\d{4}-\d\d-\d\d) /;
is($last, ask(qq{SELECT max("time") FROM public.events WHERE "user" = '$risky_user'}), '... the day of the last purchase');
# Half of them came once and long ago, the others every hundred days: it ranks, but a purchase is not to be expected so soon.
my $rare = write_file("user,time,amount\n" . join '', map { my $u = $_; map { sprintf "%d,%s,5\n", $u, strftime('%Y-%m-%d', gmtime(1_700_000_000 + 86_400 * ($u % 90 + 100 * $_))) } 0 .. ($u % 2 ? 0 : 6) } 1 .. 200);
(undef, $slowly) = load($rare);
like($slowly, qr/^Take the order lightly: from one purchase to the next 100 days are typical, more than these 90\.$/m, '... and where a purchase takes longer than the score looks ahead');
(undef, $slowly) = load(write_file("user,time,amount\n1,2026-01-01,5\n"));
like($slowly, qr/^Not put to the test: .*Take the order lightly/m, '... and so with one event');

done_testing();
