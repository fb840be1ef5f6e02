# What the meta spec of PGXN, version 1.0.0, asks of a META.json.
package PGXN;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(faults);

my $semantic = qr/^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-?[A-Za-z][0-9A-Za-z-]*)?$/;
my $range = qr/^(?:(?:[<>]=?|[=!]=)?\s*\d+(?:\.\d+){0,2}(?:\s*,\s*(?=.))?)+$/;
my %licenses = map { $_ => 1 } qw(agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd gfdl_1_2 gfdl_1_3 gpl_1 gpl_2 gpl_3
	lgpl_2_1 lgpl_3_0 mit mozilla_1_0 mozilla_1_1 openssl perl_5 postgresql qpl_1_0 ssleay sun zlib open_source restricted unrestricted unknown);

sub is_text { return defined $_[0] && !ref $_[0] && length $_[0] }
sub is_term { return is_text($_[0]) && length $_[0] > 1 && $_[0] !~ m{[/\\\s[:cntrl:]]} }
sub is_url { return is_text($_[0]) && $_[0] =~ m{^[a-z][a-z0-9+.-]*://\S+$} }
sub is_tag { return is_text($_[0]) && length $_[0] <= 255 && $_[0] !~ m{[/\\[:cntrl:]]} }
sub is_texts { return is_text($_[0]) || ref $_[0] eq 'ARRAY' && @{ $_[0] } > 0 && !grep { !is_text($_) } @{ $_[0] } }

sub is_license
{
	my ($license) = @_;
	return ref $license eq 'HASH' ? keys %$license > 0 && !grep { !is_url($_) } values %$license
	  : is_texts($license) && !grep { !$licenses{$_} } ref $license ? @$license : $license;
}

sub is_provides
{
	my ($provides) = @_;
	return ref $provides eq 'HASH' && keys %$provides > 0 && !grep {
		my $what = $provides->{$_};
		!is_term($_) || ref $what ne 'HASH' || !is_text($what->{file}) || !is_text($what->{version}) || $what->{version} !~ $semantic
		  || grep { !/^(?:[xX]_.*|file|version|abstract|docfile)$/ || !is_text($what->{$_}) } keys %$what
	} keys %$provides;
}

sub is_prereqs
{
	my ($prereqs) = @_;
	return 0 if ref $prereqs ne 'HASH';
	for my $phase (grep { !/^[xX]_/ } keys %$prereqs)
	{
		return 0 if $phase !~ /^(?:configure|build|test|runtime|develop)$/ || ref $prereqs->{$phase} ne 'HASH';
		for my $relation (grep { !/^[xX]_/ } keys %{ $prereqs->{$phase} })
		{
			my $names = $prereqs->{$phase}{$relation};
			return 0 if $relation !~ /^(?:requires|recommends|suggests|conflicts)$/ || ref $names ne 'HASH'
			  || grep { !is_term($_) || $names->{$_} !~ $range } keys %$names;
		}
	}
	return 1;
}

my %required = (
	name => \&is_term,
	abstract => \&is_text,
	version => sub { is_text($_[0]) && $_[0] =~ $semantic },
	maintainer => \&is_texts,
	license => \&is_license,
	provides => \&is_provides,
	'meta-spec' => sub { ref $_[0] eq 'HASH' && ($_[0]{version} // '') eq '1.0.0' && (!exists $_[0]{url} || is_url($_[0]{url})) });
my %optional = (
	description => \&is_text,
	generated_by => \&is_text,
	tags => sub { ref $_[0] eq 'ARRAY' && @{ $_[0] } > 0 && !grep { !is_tag($_) } @{ $_[0] } },
	no_index => sub { ref $_[0] eq 'HASH' && !grep { !/^(?:[xX]_.*|file|directory)$/ || !is_texts($_[0]{$_}) } keys %{ $_[0] } },
	prereqs => \&is_prereqs,
	release_status => sub { is_text($_[0]) && $_[0] =~ /^(?:stable|testing|unstable)$/ },
	resources => sub { ref $_[0] eq 'HASH' });

# faults(META): the keys that are not as they should be, in order.
sub faults
{
	my ($meta) = @_;
	return sort((grep { !exists $meta->{$_} } keys %required),
		grep { my $check = $required{$_} // $optional{$_}; !($check ? $check->($meta->{$_}) : /^[xX]_./) } keys %$meta);
}

1;
