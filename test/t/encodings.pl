# Labels in databases of other encodings: Chinese where the encoding has it, English
# where it has not, and never an error that a reader of a view would meet.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('encodings');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;

my $make = q{SELECT count(*) > 20 FROM user_ops.create_views('visits', 'who', 'day', 'paid', 'shop', as_of => '2024-07-01'%s)};
my $eight = q{SELECT string_agg(DISTINCT segment8, ',' ORDER BY segment8) FROM shop.users};
my $english = 'general_develop,general_high_value,general_keep,general_win_back,important_develop,important_high_value,important_keep,important_win_back';

# one of the words in the bytes of each encoding
my %chinese = (UTF8 => "\xe9\x87\x8d\xe8\xa6\x81\xe4\xbb\xb7\xe5\x80\xbc", EUC_CN => "\xd6\xd8\xd2\xaa\xbc\xdb\xd6\xb5", SQL_ASCII => "\xe9\x87\x8d\xe8\xa6\x81\xe4\xbb\xb7\xe5\x80\xbc");

for my $encoding (qw(UTF8 EUC_CN SQL_ASCII LATIN1 EUC_JP WIN1252 KOI8R))
{
	$node->safe_psql('postgres', "CREATE DATABASE in_$encoding TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	my $sql = sub { local $ENV{PGCLIENTENCODING} = $encoding; return $node->psql(lc "in_$encoding", "SET client_encoding = '$encoding'; $_[0]") };
	my ($status, $out, $err) = $sql->(q{
		CREATE EXTENSION user_ops;
		CREATE TABLE visits AS
		SELECT i AS who, date '2024-01-01' + i % 150 + n * 3 AS day, i * 37 % 101 AS paid
		FROM generate_series(1, 200) AS i, generate_series(0, i % 7) AS n});
	is($status, 0, "$encoding: installed") or diag $err;

	($status, $out, $err) = $sql->(sprintf($make, ''));
	is("$status $out", '0 t', "$encoding: views are made") or diag $err;
	if (my $word = $chinese{$encoding})
	{
		unlike($err, qr/segment8 has English labels/, "$encoding: there is nothing to say of labels");
		($status, $out, $err) = $sql->($eight);
		like($out, qr/\Q$word\E/, "$encoding: segment8 is Chinese, in the bytes of that encoding");
		($status, $out, $err) = $sql->(sprintf($make, q{, labels => 'chinese'}));
		is("$status $out", '0 t', "$encoding: all labels can be Chinese") or diag $err;
		is(($sql->(q{SELECT count(*) FROM shop.users WHERE segment8 !~ '^[a-z_]+$' AND segment !~ '^[a-z_]+$' AND life_stage !~ '^[a-z_]+$' AND lifecycle_state !~ '^[a-z_]+$'}))[1],
		   200, "$encoding: they are, for every user");
		next;
	}
	like($err, qr/NOTICE:  segment8 has English labels: the encoding of this database, $encoding, has no Chinese/, "$encoding: a notice");
	($status, $out, $err) = $sql->($eight);
	is("$status $out", "0 $english", "$encoding: segment8 is English") or diag $err;
	($status, $out, $err) = $sql->(sprintf($make, q{, labels => 'english'}));
	is("$status $err", '0 ', "$encoding: nothing to say where English is asked for");
	($status, $out, $err) = $sql->(sprintf($make, q{, labels => 'chinese'}));
	like($err, qr/ERROR:  the encoding of this database, $encoding, has no Chinese.*HINT:  Use english/s, "$encoding: Chinese is a clear error");
	($status, $out, $err) = $sql->(q{SELECT user_ops.translate_label('lost', 'english'), user_ops.segment8('111')});
	is($out, 'lost|important_high_value', "$encoding: the functions speak English") or diag $err;
}
done_testing();
