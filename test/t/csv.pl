# demo/run --csv: the shapes that one file of events may have. All of them hold the same events; what is loaded is held
# against these, or the advice is, and then whether it works.
use strict;
use warnings;
use utf8;
use Cwd qw(getcwd);
use Encode qw(encode);
use IO::Compress::Gzip ();
use IO::Compress::Zip qw(zip $ZipError);
use IPC::Run ();
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{USER_OPS_SKIP_INSTALL} = 1;
delete $ENV{SUDO_USER};

my $source = getcwd();
plan skip_all => 'needs node and DuckDB in demo/csv/node_modules' if !-d "$source/demo/csv/node_modules/\@duckdb" || system('command -v node >/dev/null');

my $dir = PostgreSQL::Test::Utils::tempdir_short();
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
	($status, undef, $err) = run("$clone/demo/run", '--csv', "$clone/test/run", '--user-id', 'u', '--event-time', 't');
	like($err, qr/^demo\/run: files are read with DuckDB, and npm could not fetch it [^\n]*\n\z/, 'without DuckDB a sentence says so') or diag($status);
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
my $truth = join '|', scalar @events, scalar keys %users, sprintf('%.2f', $sum / 100), map { strftime '%Y-%m-%d %H:%M', gmtime $_->{at} } @events[ 0, -1 ];
my ($first_day) = $truth =~ /(2026-\d\d-\d\d)/;
my $days = $truth =~ s/ \d\d:\d\d//gr;

sub at { my $format = shift; return sub { strftime $format, gmtime $_[0]{at} } }
my $iso = at('%Y-%m-%d %H:%M:%S');
my $amount = sub { sprintf '%.2f', $_[0]{cents} / 100 };
my $user = sub { $_[0]{user} };
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

my @plain = (user => $user, time => $iso, amount => $amount);
my $plain = table(\@plain);
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

my $out = do { local $views = 1; right('plain', write_file($plain)) };
like($out, qr/Loaded 60 events of 12 users, 2026-01-02 to 2026-03-\d\d, amounts [\d.]+$/m, 'it says what it loaded');
like($out, qr/Read as UTF-8, columns between commas; user id bigint, time timestamp$/m, '... and as what');
unlike($out, qr/Ambiguous/, '... and nothing is ambiguous');

# --- between values, lines, around the header -------------------------------------

right('a byte order mark and CRLF', write_file("\x{feff}" . table(\@plain, end => "\r\n")));
right('CR alone', write_file(table(\@plain, end => "\r")));
right('tabs', write_file(table(\@plain, between => "\t")));
right('bars', write_file(table(\@plain, between => '|')));
right('a delimiter that has to be said', write_file(table(\@plain, between => '~')), '--delimiter', '~');
right('semicolons and decimal commas', write_file(table([ user => $user, time => $iso, amount => sub { grouped(',', '', $_[0]) } ], between => ';')));
right('a line sep=;', write_file("sep=;\r\n" . table(\@plain, between => ';', end => "\r\n")));
right('blank lines at the end and within, a line of blanks', write_file($plain =~ s/\n(10[1-6].*)\n/\n$1\n\n/r . "   \n\n\n"));
right('no end of the last line', write_file($plain =~ s/\n\z//r));
right('a title above the header, a total below', write_file("Sales, all shops\n\n$plain,,99999\n"));
right('blanks around the names, and capitals', write_file(table([ ' User ' => $user, '  TIME' => $iso, "Amount\t" => $amount ])), '--user-id', 'USER');
right('blanks around the values', write_file(table([ user => sub { " $_[0]{user} " }, time => sub { ' ' . $iso->($_[0]) }, amount => sub { $amount->($_[0]) . ' ' } ])));
right('a delimiter behind each line', write_file($plain =~ s/$/,/gmr =~ s/,\z//r));
right('an index without a name before', write_file(table([ '' => sub { 7 }, @plain ])));
right('quotes, line ends and delimiters in values', write_file(table([ note => sub { qq{"so", $_[0]{name}\nsaid} }, @plain ])));
right('quotes escaped with a backslash', write_file(table([ note => sub { qq{"said \\"so\\", $_[0]{name}"} }, @plain ], raw => 1)));
right('quotes after blanks', write_file(table([ note => sub { qq{ "a, b" } }, map({ my $c = $_; ref $c ? sub { ' "' . $c->($_[0]) . '" ' } : $c } @plain) ], raw => 1)));

# --- encodings ---------------------------------------------------------------------

my @chinese = (客户 => $user, 时间 => at('%Y/%m/%d %H:%M'), 金额 => $amount, 城市 => sub { '北京' });
my @in_chinese = ('--user-id', '客户', '--event-time', '时间', '--amount', '金额');
$out = right('GBK', write_file(encode('cp936', table(\@chinese))), @in_chinese);
like($out, qr/Read as GB18030/, '... which is found out');
is(ask('SELECT DISTINCT "城市" FROM public.events'), '北京', '... and right for the other columns');
right('Big5, by the names', write_file(encode('big5', table([ 客戶 => $user, 時間 => $iso, 金額 => $amount ]))), '--user-id', '客戶', '--event-time', '時間', '--amount', '金額');
right('UTF-16 with a mark, tabs', write_file(encode('UTF-16LE', "\x{feff}" . table(\@chinese, between => "\t", end => "\r\n"))), @in_chinese);
right('UTF-16 without a mark', write_file(encode('UTF-16LE', $plain)));
right('UTF-16, the large end first', write_file(encode('UTF-16', table(\@chinese))), @in_chinese);
my $western = write_file(encode('cp1252', table([ @plain, name => sub { "$_[0]{name} €" } ])));
right('CP1252', $western, '--encoding', 'CP1252');
is(ask('SELECT string_agg(DISTINCT name, \',\' ORDER BY name) FROM public.events'), 'Paul €,Zoë €', '... with its letters');

$out = right('CP1252, not said', $western);
like($out, qr/The encoding \S+ is a guess; .*--encoding NAME/, '... is said to be a guess');

# --- numbers -------------------------------------------------------------------------

my %amounts = (
	'$1,234.50 and (378)' => sub { my $s = '$' . grouped('.', ',', { cents => abs $_[0]{cents} }) =~ s/[.]00$//r; $_[0]{cents} < 0 ? "($s)" : $s },
	'-$1,234.50' => sub { grouped('.', ',', $_[0]) =~ s/^(-?)/$1\$/r },
	'1.234,50 €' => sub { grouped(',', '.', $_[0]) . ' €' },
	'1 234,50 with a narrow blank' => sub { grouped(',', "\x{202f}", $_[0]) },
	'1\'234.50 CHF and a minus behind' => sub { 'CHF ' . grouped('.', '\'', { cents => abs $_[0]{cents} }) . ($_[0]{cents} < 0 ? '-' : '') },
	'a sign of minus' => sub { $amount->($_[0]) =~ s/-/\x{2212}/r },
	'1,234.50 and 567,00 in one column' => sub { $_[0]{cents} > 100_000 ? grouped('.', ',', $_[0]) : grouped(',', '', $_[0]) },
	'12.5 and 1.25e+01' => sub { sprintf '%.6e', $_[0]{cents} / 100 });
right("amounts such as $_", write_file(table([ user => $user, time => $iso, amount => $amounts{$_} ]))) for sort keys %amounts;
right('numbers in cents, divided', write_file(table([ user => $user, time => $iso, cents => sub { $_[0]{cents} } ])), '--amount', 'cents/100');
$out = right('an amount to be computed, of names with capitals and blanks',
	write_file(table([ CustomerID => $user, InvoiceDate => at('%m/%d/%Y %H:%M'), Quantity => sub { $_[0]{quantity} }, 'Unit Price' => sub { sprintf '%.9f', $_[0]{cents} / 100 / $_[0]{quantity} } ])),
	'--user-id', 'CustomerID', '--event-time', 'InvoiceDate', '--amount', 'round(quantity * unit price, 2)');
like($out, qr/CREATE VIEW public\.chosen_events AS\n.*"Quantity" \* events\."Unit Price"/s, '... by a view, which is shown');
right('no amount where nothing is bought', write_file($plain . "101,2026-02-01 00:00,NA\n102,2026-02-01 00:00,\n103,2026-02-01 00:00,-\n"), '--where', 'amount IS NOT NULL');

# --- times -----------------------------------------------------------------------------

my %times = (
	'2026-01-02T03:04:05Z' => at('%Y-%m-%dT%H:%M:%SZ'),
	'2026-01-02 03:04:05.123456+08:00' => sub { strftime('%Y-%m-%d %H:%M:%S.000001+08:00', gmtime $_[0]{at} + 8 * 3600) },
	'2026-01-02 03:04:05 UTC' => at('%Y-%m-%d %H:%M:%S UTC'),
	'2026/1/2 3:04' => at('%Y/%m/%d %H:%M'),
	'01/02/2026 3:04 PM' => at('%m/%d/%Y %I:%M %p'),
	'02/01/2026 15:04' => at('%d/%m/%Y %H:%M'),
	'02.01.26 15:04' => at('%d.%m.%y %H:%M'),
	'January 2, 2026 03:04 pm' => at('%B %d, %Y %I:%M %p'),
	'02-Jan-26' => at('%d-%b-%y'),
	'2026年01月02日 下午03:04' => sub { my $s = strftime '%Y年%m月%d日 %p%I:%M', gmtime $_[0]{at}; $s = Encode::decode('UTF-8', $s) if !utf8::is_utf8($s); $s =~ s/AM/上午/r =~ s/PM/下午/r },
	'20260102030405' => at('%Y%m%d%H%M%S'),
	'20260102' => at('%Y%m%d'),
	'seconds' => sub { $_[0]{at} },
	'milliseconds' => sub { $_[0]{at} . '000' },
	'a spreadsheet\'s day numbers' => sub { sprintf '%.9f', $_[0]{at} / 86_400 + 25_569 });
right("times such as $_", write_file(table([ user => $user, time => $times{$_}, amount => $amount ]))) for sort keys %times;

# --- ids, columns, rows -------------------------------------------------------------------

$out = right('ids such as ="00101"', write_file(table([ user => sub { qq{="00$_[0]{user}"} }, time => $iso, amount => $amount ], raw => 1)));
is(ask('SELECT min("user") FROM public.events'), '00101', '... keep their zeros');
$out = right('ids such as 101.0', write_file(table([ user => sub { "$_[0]{user}.0" }, time => $iso, amount => $amount ])));
like($out, qr/user id bigint/, '... are whole numbers');
$out = right('rows without a user, columns with gaps', write_file(table([ @plain, seen => sub { $_[0]{user} % 2 ? $iso->($_[0]) : '' }, born => sub { $_[0]{user} % 2 ? '2000-02-01' : 'NULL' }, score => sub { $_[0]{user} % 2 ? '1.5' : 'n/a' } ]) . ",2026-01-09,5,,,\nNULL,2026-01-09,5,,,\n"));
like($out, qr/user id bigint.*Rows without a user or a time, and so left out: 2\./s, '... which are counted');
is(ask(q{SELECT string_agg(format_type(atttypid, NULL), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'public.events'::regclass AND attnum > 3}), 'timestamp without time zone,date,numeric', '... have their types all the same');
my $long = 'x' x 70;
right('names too long, twice and none', write_file(table([ @plain, $long => $user, "${long}y" => $user, '' => $user, note => $user, note => $user, ctid => $user ])));
is(ask(q{SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.events'::regclass AND attnum > 0}), '9', '... and all columns are there');
my $log = write_file(table([ @plain, event_type => sub { 'purchase' }, Country => sub { $_[0]{user} % 2 ? 'FR' : 'DE' } ]) . "101,2027-01-01,5,view,FR\n");
$views = 1;
$out = right('only some rows', $log, '--where', q{Event_Type = 'purchase' -- no views}, '--breakdown', 'country');
like($out, qr/Rows not chosen by --where: 1\./, '... and the others are counted');
is(ask('SELECT sum(cohort_size) FROM retention_month_by_country WHERE period_number = 0'), '12', '... with a breakdown');
like($out, qr/^ {4}\S*\/dashboard\/run --serve --csv$/m, '... and it says how to open the dashboard on them');

$views = 0;

# --- other kinds of files --------------------------------------------------------------------

IO::Compress::Gzip::gzip(\encode('UTF-8', $plain), \my $gz) or die;
right('gzip', write_file($gz, '.csv.gz'));
right('JSON lines', write_file(join '', map { sprintf qq({"user": %d, "time": "%s", "amount": %s, "more": {"a": [1]}}\n), $_->{user}, $iso->($_), $amount->($_) } @events));
right('a JSON array', write_file('[' . join(",\n", map { sprintf qq({"user": "%d", "time": %d, "amount": "%s"}), $_->{user}, $_->{at}, $amount->($_) } @events) . ']'));
my $parquet = "$dir/events.parquet";
run('node', '--input-type=module', '-e', qq{import(process.argv[1] + '/demo/csv/node_modules/\@duckdb/node-api/lib/index.js').then(async (m) => {
	const c = await (await (m.DuckDBInstance ?? m.default.DuckDBInstance).create(':memory:')).connect();
	await c.run("COPY (SELECT * REPLACE (amount::DECIMAL(9,2) AS amount) FROM read_csv('" + process.argv[2] + "')) TO '$parquet' (FORMAT parquet)"); })}, $source, write_file($plain));
right('Parquet', $parquet);

# A workbook as spreadsheets write it: days as numbers with a format, no cell where there is no value.
SKIP:
{
	skip 'needs xlsx2csv', 2 if system('command -v xlsx2csv >/dev/null') != 0;
	my $main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
	my $office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
	my $package = 'http://schemas.openxmlformats.org/package/2006';
	my $type = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
	my $rows = '<row r="1">' . join('', map { "<c t=\"inlineStr\"><is><t>$_</t></is></c>" } qw(user time amount note)) . '</row>';
	my $n = 1;
	$rows .= sprintf '<row r="%d"><c r="A%1$d"><v>%d</v></c><c r="B%1$d" s="1"><v>%.10f</v></c><c r="C%1$d"><v>%s</v></c></row>', ++$n, $_->{user}, $_->{at} / 86_400 + 25_569, $amount->($_) for @events;
	my %part = (
		'[Content_Types].xml' => qq{<Types xmlns="$package/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="$type.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="$type.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="$type.styles+xml"/></Types>},
		'_rels/.rels' => qq{<Relationships xmlns="$package/relationships"><Relationship Id="rId1" Type="$office/officeDocument" Target="xl/workbook.xml"/></Relationships>},
		'xl/workbook.xml' => qq{<workbook xmlns="$main" xmlns:r="$office"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>},
		'xl/_rels/workbook.xml.rels' => qq{<Relationships xmlns="$package/relationships"><Relationship Id="rId1" Type="$office/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="$office/styles" Target="styles.xml"/></Relationships>},
		'xl/styles.xml' => qq{<styleSheet xmlns="$main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>},
		'xl/worksheets/sheet1.xml' => qq{<worksheet xmlns="$main"><sheetData>$rows</sheetData></worksheet>});
	my $workbook = "$dir/book.xlsx";
	my $zip = IO::Compress::Zip->new($workbook, Name => '[Content_Types].xml') or die $ZipError;
	my $first = 1;
	for my $name (sort { ($b eq '[Content_Types].xml') <=> ($a eq '[Content_Types].xml') || $a cmp $b } keys %part)
	{
		$zip->newStream(Name => $name) if !$first;
		$first = 0;
		$zip->print($part{$name});
	}
	$zip->close;
	right('a workbook', $workbook);
}

# --- what is ambiguous is said, and the advice works -------------------------------------------

my @early = grep { (gmtime $_->{at})[3] <= 12 } @events;
{
	local @events = @early;
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
advice('half a gzip file', 'damaged or not complete', write_file(substr($gz, 0, 200), '.csv.gz'));
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
