# What the library takes from the server and from the C library, and what it gives: a library
# built for the newest minor of 15 must load in 15.0.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
plan skip_all => 'nm is not installed' if !IPC::Run::run([ 'sh', '-c', 'command -v nm' ], '>', \my $where);
chomp(my $library = `$pg_config --pkglibdir`);
chomp(my $bin = `$pg_config --bindir`);
my ($major) = `$pg_config --version` =~ /(\d+)/;
$library .= '/user_ops.so';

# Each symbol with its kind (U: has to be there, w: may be absent) and its version.
sub symbols
{
	my (@command) = @_;
	my ($text, $complaint);
	IPC::Run::run([ 'nm', '-D', @command ], '>', \$text, '2>', \$complaint) or die $complaint;
	return map { /([A-Za-z]) ([^\s@]+)(?:@+(\S+))?$/ ? { kind => $1, name => $2, version => $3 // '' } : () } split /\n/, $text;
}

# what the C library and the compiler's run time lend
my %lent = map { $_ => 1 } qw(
	__cxa_finalize __gmon_start__ _ITM_deregisterTMCloneTable _ITM_registerTMCloneTable __stack_chk_fail
	memcpy memmove memset memcmp memchr strlen strlcpy strcmp strncmp strchr strspn strtol strtoul __isoc23_strtol __isoc23_strtoul __errno_location strcspn qsort bsearch frexp ldexp madvise statvfs
	__memcpy_chk __memmove_chk __memset_chk __sprintf_chk __snprintf_chk
	sprintf snprintf strtod modf hypot atan2 sin cos sincos fmax fmin fma log log1p exp exp2 expm1 cbrt pow erfc sqrt floor ceil fabs lgamma tgamma rint round trunc fmod isnan isinf);

# --- from this server --------------------------------------------------------

my @needed = symbols('--undefined-only', $library);
my %exported = map { $_->{name} => 1 } symbols('--defined-only', "$bin/postgres");
my @servers = grep { !$lent{ $_->{name} } } @needed;
cmp_ok(scalar @servers, '>', 200, 'the library needs symbols of the server');
is(join(' ', grep { !$exported{$_} } map { $_->{kind} eq 'U' ? $_->{name} : () } @servers), '', '... which it has');

# --- from 15.0 ---------------------------------------------------------------

# Those that a server of 15.0 has, of all that we use.
sub known_in_15_0
{
	open my $list, '<', "$FindBin::RealBin/../lib/symbols_15_0.txt" or die "symbols_15_0.txt: $!";
	return map { $_ => 1 } map { split } grep { !/^#/ } <$list>;
}
my %in_15_0 = known_in_15_0();
sub newer { return join ' ', grep { !$in_15_0{$_} } @_ }

is(newer(qw(palloc DatumGetHeapTupleHeader numeric_in)), 'DatumGetHeapTupleHeader', 'a function that came with 15.20 is newer than 15.0');
SKIP:
{
	skip "built for $major", 1 if $major != 15;
	is(newer(map { $_->{kind} eq 'U' ? $_->{name} : () } @servers), '', 'no symbol that the library must have is newer');
}
is(join(' ', grep { !/^DatumGetHeapTupleHeader$/ } map { $_->{kind} ne 'U' ? $_->{name} : () } @servers), '', 'nor does it do without any but the one');

# --- from the C library ------------------------------------------------------

# The newest version of glibc that a file asks for, as a number that compares.
sub newest_glibc
{
	my ($newest) = sort { $b <=> $a } map { $_->{version} =~ /^GLIBC_(\d+)\.(\d+)/ ? $1 * 1000 + $2 : () } @_;
	return $newest // 0;
}
is(newest_glibc({ version => 'GLIBC_2.9' }, { version => 'GLIBC_2.14' }, { version => '' }), 2014, '2.14 is newer than 2.9');
cmp_ok(newest_glibc(@needed), '<=', newest_glibc(symbols('--undefined-only', "$bin/postgres")), 'the library asks for no newer glibc than the server');

# --- what it gives -----------------------------------------------------------

TODO:
{
	local $TODO = 'before PostgreSQL 16 nothing hides the inner ones' if $major < 16;
	is(join(' ', grep { !/^(pg_finfo_)?user_ops_|^Pg_magic_func$|^_(init|fini|PG_init)$|^(__bss_start|_edata|_end)$/ } map { $_->{name} } symbols('--defined-only', $library)),
		'', 'what it exports is named after it');
}

done_testing();
