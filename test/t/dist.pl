# What is handed on: META.json against the spec of PGXN, and the distribution that make dist makes.
# That it builds, installs and passes its tests elsewhere is asked by the deep gate packages.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP ();
use PGXN qw(faults);
use PostgreSQL::Test::Utils;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
my ($version) = slurp_file('user_ops.control') =~ /^default_version = '([^']+)'/m;

# --- META.json ---------------------------------------------------------------

my $meta = eval { JSON::PP::decode_json(slurp_file('META.json')) };
ok(defined $meta, 'META.json is valid JSON') or diag $@;
is(join(' ', faults($meta)), '', '... and what the spec of PGXN asks for');
is($meta->{version} =~ s/\.\d+$//r, $version, '... its version is that of the control file, with a third number');
is($meta->{provides}{user_ops}{version}, $meta->{version}, '... everywhere');
is(join(' ', keys %{ $meta->{provides} }), 'user_ops', '... of the one extension');
like(slurp_file('CHANGELOG.md'), qr/^## \Q$version\E\b/m, '... and the changelog knows it');

# What would be found.
my @bad = map { my ($key, $value) = @$_; +{ %$meta, $key => $value } }
	['version', '1.0'], ['version', '01.0.0'], ['license', 'postgres'], ['license', []], ['maintainer', ''], ['abstract', undef], ['name', 'user/ops'],
	['provides', {}], ['provides', { user_ops => { version => '1.0.0' } }], ['provides', { user_ops => { file => 'a', version => 'new' } }],
	['meta-spec', { version => '2.0.0' }], ['tags', ['a/b']], ['release_status', 'done'], ['prereqs', { runtime => { needs => {} } }],
	['prereqs', { runtime => { requires => { PostgreSQL => 'fifteen' } } }], ['homepage', 'here'];
push @bad, map { my %without = %$meta; delete $without{$_}; \%without } qw(name abstract version maintainer license provides meta-spec);
is(scalar(grep { (() = faults($_)) != 1 } @bad), 0, 'each of ' . @bad . ' faults is found');

# --- the distribution --------------------------------------------------------

SKIP:
{
	skip 'this is a distribution itself', 1 if !-e '.gitattributes';
	skip 'there is no git', 1 if system('git --version >/dev/null 2>&1') != 0;

	# the tree may be a copy without its history
	my $folder = PostgreSQL::Test::Utils::tempdir;
	local %ENV = (%ENV, HOME => $folder, GIT_CONFIG_NOSYSTEM => 1, GIT_AUTHOR_NAME => 'a', GIT_COMMITTER_NAME => 'a', GIT_AUTHOR_EMAIL => 'a@a',
		GIT_COMMITTER_EMAIL => 'a@a', GIT_AUTHOR_DATE => '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE => '2026-01-01T00:00:00Z');
	delete @ENV{qw(MAKEFLAGS MAKELEVEL GIT_DIR GIT_WORK_TREE)};
	my $dist = "user_ops-$meta->{version}";
	my $made = "set -e; git init -q $folder/tree; export GIT_DIR=$folder/tree/.git GIT_WORK_TREE=.; git add -A; git commit -qm all; unset GIT_DIR GIT_WORK_TREE; "
	  . "cd $folder/tree; git reset -q --hard; make -s dist PG_CONFIG='$pg_config'; cp $dist.zip ..; rm $dist.zip; make -s dist PG_CONFIG='$pg_config'; cmp $dist.zip ../$dist.zip";
	is(system("{ $made; } >$folder/log 2>&1"), 0, 'make dist makes it, the same twice') or diag slurp_file("$folder/log");

	is(system("cd $folder && python3 -m zipfile -e $dist.zip out"), 0, 'it can be unpacked');
	is(join(' ', grep { !m{/\Q$dist\E$} } glob "$folder/out/*"), '', '... into a folder of its name');
	my %has = map { s{^\./}{}r => 1 } split /\n/, `cd $folder/out/$dist && find . -type f`;
	my @tracked = split /\n/, `cd $folder/tree && git ls-files`;
	is(join(' ', grep { !$has{$_} } @tracked), '.ci/run .gitattributes .gitignore', 'it holds what is committed, but for what only this place needs');
	is(join(' ', grep { my $file = $_; !grep { $_ eq $file } @tracked } sort keys %has), '', '... and nothing else');
	my $promised = $meta->{provides}{user_ops};
	is(join(' ', grep { !$has{$_} } $promised->{file}, $promised->{docfile}, qw(META.json README.md LICENSE Makefile)), '', 'the files that META.json names are in it');

	# make in there knows the same sources, and makes the same install script
	my $asked = q{--eval='print: ; @echo $(OBJS) $(SCRIPT_PARTS) $(REGRESS)' print};
	my ($here, $there) = map { scalar `make -s -C $_ PG_CONFIG='$pg_config' $asked` } "$folder/tree", "$folder/out/$dist";
	cmp_ok(length $here, '>', 1000, 'make has its lists');
	is($there, $here, '... the same ones there');
	is(system("make -s -C $folder/out/$dist PG_CONFIG='$pg_config' sql/user_ops--$version.sql"), 0, 'the install script can be made there');
	ok(slurp_file("$folder/out/$dist/sql/user_ops--$version.sql") eq join('', map { slurp_file($_) } sort grep { /\.sql$/ } glob 'sql/install/*.sql sql/install/*/*.sql'), '... as it is here');
}
done_testing();
