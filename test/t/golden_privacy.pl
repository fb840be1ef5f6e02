# Pseudonyms and small cells against values worked out elsewhere.  They stand in a folder beside
# the project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Golden qw(golden_server sql row expected_csv expected_json);
use Test::More;

my $node = golden_server('golden_privacy', 'pseudonym.csv', 'suppression.json');
my @ids = expected_csv('pseudonym');
my $lines = expected_json('suppression');

cmp_ok(scalar @ids, '>=', 4, 'ids to hash');
for my $case (@ids)
{
	my ($secret, $id) = map { "'\\x$case->{$_}'::bytea" } qw(secret_hex id_hex);

	is(sql("SELECT encode(hmac_sha256($id, $secret), 'hex')"), $case->{hmac_sha256}, "HMAC, $case->{case}");
	# Of what is no text in UTF-8 there is no pseudonym, and of a short secret neither.
	next if length $case->{secret_hex} < 32 || pack('H*', $case->{id_hex}) =~ /[^ -~]/;
	is(sql("SELECT pseudonym(convert_from($id, 'UTF8'), $secret)"), $case->{uuid}, "pseudonym, $case->{case}");
}

cmp_ok(scalar @$lines, '>=', 11, 'lines to suppress');
for my $case (@$lines)
{
	my $shown = $case->{total_published} ? 'true' : 'false';
	my $row = row("SELECT hide, hide_total FROM suppress('{" . join(',', @{ $case->{counts} }) . "}', $case->{k}, $shown)");

	is_deeply([ map { $_ ? 1 : 0 } @{ $row->{hide} }, $row->{hide_total} ], [ map { $_ ? 1 : 0 } @{ $case->{hide} }, $case->{hide_total} ], "suppress, $case->{id}");
}
$node->stop;
done_testing();
