# Turns the parts of the install script into what updates a database that has most of it
# already.  Functions, aggregates and procedures are replaced, and keep what depends on
# them; a type, operator, cast or operator class that is there stays as it is.  What stands
# in the way, and what has to change of these, is in the folder of the version that is left.

{
	gsub(/CREATE (FUNCTION|AGGREGATE|PROCEDURE) /, "&\001")
	gsub(/CREATE FUNCTION \001/, "CREATE OR REPLACE FUNCTION ")
	gsub(/CREATE AGGREGATE \001/, "CREATE OR REPLACE AGGREGATE ")
	gsub(/CREATE PROCEDURE \001/, "CREATE OR REPLACE PROCEDURE ")
}

# Such a statement begins its line, and the line that ends with ; is its last.
!within && /^\t*CREATE (TYPE|OPERATOR|CAST) / {
	within = 1
	print "DO $update$ BEGIN"
}

{ print }

within && /;$/ {
	within = 0
	print "EXCEPTION WHEN duplicate_object OR duplicate_function THEN NULL; END $update$;"
}
