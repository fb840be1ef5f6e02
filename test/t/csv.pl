# demo/run --csv: the shapes that one file of events may have. All of them hold the same events, and what is loaded is
# held against these.
#
# Takes minutes.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use FindBin;
use IO::Compress::Gzip ();
use IO::Compress::Zip qw($ZipError);
use lib "$FindBin::RealBin/../lib";
use OwnFile;
use POSIX qw(strftime);
use Test::More;

my $out = do { local $OwnFile::views = 1; right('plain', write_file($plain)) };
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
like($out, qr/CREATE VIEW public\.chosen_events AS\n.*"Quantity" \* (events\.)?"Unit Price"/s, '... by a view, which is shown');
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

done_testing();
