# A session that stays: psql, asked and answering line by line.
package Session;

use strict;
use warnings;
use IPC::Open2 qw(open2);

# Session->new(PSQL, SOCKET FOLDER, PORT, NAME): the name is its application_name.
sub new
{
	my ($class, $psql, $host, $port, $name) = @_;
	my $self = bless { number => 0 }, $class;

	$self->{pid} = open2($self->{out}, $self->{in}, "exec $psql -XqAt -h $host -p $port -U postgres -d soak 2>&1");
	$self->ask("SET application_name = '$name'");
	return $self;
}

# What a statement prints, messages too.
sub ask
{
	my ($self, $sql) = @_;
	my $end = 'end of answer ' . ++$self->{number};
	my $answer = '';

	print { $self->{in} } "$sql;\n\\echo $end\n";
	$self->{in}->flush;
	while (defined(my $line = readline $self->{out}))
	{
		if ($line eq "$end\n")
		{
			chomp $answer;
			return $answer;
		}
		$answer .= $line;
	}
	return "$answer(the session has ended)";
}

1;
