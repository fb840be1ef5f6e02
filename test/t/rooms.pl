# Who may know whom: the rooms of src by rank, as their includes show them.
use strict;
use warnings;
use File::Basename;
use File::Find;
use FindBin;
use Test::More;

my $root = "$FindBin::RealBin/../../src";

# A room knows those of a lower rank and itself; glue also the kernel's room of its name.
my %kernel = (base => 0, math => 1, grouping => 1, activity => 2, journey => 2, points => 2, value => 2, population => 3, graph => 3, metrics => 4, rfm => 4, models => 4,
	funnel => 4, sequence => 4, paths => 4, attribution => 4, experiment => 4, tiers => 4, referral => 4, survey => 4, alerts => 4, items => 4, identity => 4,
	privacy => 4);
my %glue = (server => 0, '' => 1, scan => 1, grouping => 1, activity => 1, population => 2, journey => 2, points => 2, value => 2, metrics => 3, rfm => 3, models => 3,
	funnel => 3, sequence => 3, paths => 3, attribution => 3, experiment => 3, tiers => 3, referral => 3, survey => 3, alerts => 3, items => 3, identity => 3,
	privacy => 3, pictures => 4);
# The highest rank of the kernel that the glue above a room's own name may know.
my %below = (server => 0, '' => 0, scan => 0, grouping => 1, activity => 2, journey => 3, points => 3, value => 3, population => 3, metrics => 4, rfm => 4, models => 4,
	funnel => 4, sequence => 4, paths => 4, attribution => 4, experiment => 4, tiers => 4, referral => 4, survey => 4, alerts => 4, items => 4, identity => 4,
	privacy => 4, pictures => 4);

my $executor_headers = qr{^(?:executor/|nodes/(?:execnodes|nodeFuncs)\.h|access/(?:heapam\w*|relscan|tableam|tupmacs)\.h|storage/buf\w*\.h)};
my $executor_words = qr/\b(?:\w*(?:Agg|Plan|Scan|Gather|GatherMerge|E|Expr)State|ExprContext|TupleTableSlot|QueryDesc|(?:Heap|Table|Index)ScanDesc)\b/;

# Narrow uses outside of scan, with their reasons.
my %allowed = map { $_ => 1 } (
	'grouping/grouped.c: executor/nodeHash.h',           # get_hash_memory_limit() alone
	'grouping/hand_over.c: executor/execParallel.h',     # finds the memory that the query's workers share,
	'grouping/hand_over.c: nodes/execnodes.h',           # ... from the node of the aggregate that calls
	'grouping/hand_over.c: nodes/nodeFuncs.h',
	'grouping/hand_over.c: AggState',
	'grouping/hand_over.c: GatherMergeState',
	'grouping/hand_over.c: GatherState',
	'grouping/hand_over.c: PlanState');

# What is wrong with a file, by its path in src and its text.
sub breaches
{
	my ($file, $text) = @_;
	my ($in_kernel, $room) = $file =~ m{^(kernel/)?(?:([^/]+)/)?};
	my $ranks = $in_kernel ? \%kernel : \%glue;
	my @found;

	$room //= '';
	return ("$file: a room without a rank") unless exists $ranks->{$room};
	for my $header ($text =~ /^\s*#\s*include\s*"([^"]+)"/mg)
	{
		my ($to_kernel, $to) = $header =~ m{^(kernel/)?([^/]+)/};
		my $ours = -e "$root/$header" || $to_kernel;

		if (!$ours)
		{
			push @found, "$file: $header" if $in_kernel || ($room ne 'scan' && $header =~ $executor_headers);
		}
		elsif ($in_kernel || !$to_kernel)
		{
			push @found, "$file: $header" unless !!$to_kernel eq !!$in_kernel && ($to eq $room || ($ranks->{$to} // 9) < $ranks->{$room});
		}
		elsif ($to ne $room)
		{
			push @found, "$file: $header" unless ($kernel{$to} // 9) <= $below{$room} - exists $kernel{$room};
		}
	}
	if ($in_kernel)
	{
		push @found, map { "$file: $_" } grep { !/^(?:float|inttypes|math|std\w+|string)\.h$/ } $text =~ /^\s*#\s*include\s*<([^>]+)>/mg;
	}
	elsif ($room ne 'scan')
	{
		my %words = map { $_ => 1 } ($text =~ s{/\*.*?\*/}{}gsr) =~ /($executor_words)/g;

		push @found, map { "$file: $_" } sort keys %words;
	}
	return @found;
}

# Every file, and which topics each topic includes.  A private header is part of its topic.
my (%text, %topics, %width);
find({ no_chdir => 1, wanted => sub {
	return unless /\.[ch]$/;
	open my $in, '<', $_ or die "$_: $!";
	local $/;
	$text{ substr $_, 1 + length $root } = readline $in;
} }, $root);
sub topic { return $_[0] =~ s/(?:_private)?\.[ch]$//r }
for my $file (sort keys %text)
{
	$width{ dirname $file }++;
	$topics{ topic($file) }{ topic($_) } = 1 for grep { $text{$_} && topic($_) ne topic($file) } $text{$file} =~ /^\s*#\s*include\s*"([^"]+)"/mg;
}

sub in_circle
{
	my ($topic) = @_;
	my @next = keys %{ $topics{$topic} };
	my %seen;

	while (defined(my $known = shift @next))
	{
		return 1 if $known eq $topic;
		push @next, keys %{ $topics{$known} } unless $seen{$known}++;
	}
	return 0;
}

my @breaches = ((map { breaches($_, $text{$_}) } sort keys %text), map { "$_: in a circle" } grep { in_circle($_) } sort keys %topics);
my %seen = map { $_ => 1 } @breaches;
cmp_ok(scalar keys %text, '>', 100, 'the sources were found');
is_deeply([ grep { !$allowed{$_} } @breaches ], [], 'rooms and topics know only what is below them');
is_deeply([ grep { !$seen{$_} } sort keys %allowed ], [], 'each exception is made use of');
is_deeply([ grep { $width{$_} > 20 } sort keys %width ], [], 'no folder has more than 20 files');

# What would be found.
my %bad = (
	'kernel/base/civil.c' => '#include "kernel/activity/activity.h"',
	'kernel/math/linear.c' => '#include "kernel/grouping/grouping.h"',
	'kernel/rfm/rfm.c' => '#include "kernel/metrics/retention.h"',
	'kernel/rfm/rfm_text.c' => '#include "postgres.h"',
	'kernel/metrics/lifecycle.c' => '#include "server/compat.h"',
	'kernel/models/purchase/purchase.c' => '#include <pthread.h>',
	'kernel/new/new.c' => '',
	'new/new.c' => '',
	'user_ops.c' => '#include "scan/agg_input.h"',
	'server/decimal.c' => '#include "kernel/activity/activity.h"',
	'activity/activity.c' => '#include "population/population.h"',
	'activity/labels.c' => '#include "kernel/metrics/lifecycle.h"',
	'scan/heap_rows.c' => '#include "activity/activity.h"',
	'rfm/rfm.c' => '#include "kernel/models/model.h"',
	'models/model.c' => '#include "metrics/retention_options.h"',
	'metrics/retention.c' => '#include "executor/executor.h"',
	'pictures/heatmap.c' => '/* EState */ static PlanState *node;');
is_deeply([ grep { (() = breaches($_, $bad{$_})) != 1 } sort keys %bad ], [], 'an include that is forbidden is found');
done_testing();
