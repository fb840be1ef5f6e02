"""The parser of Superset. Reads a JSON array of queries; answers for each: its
kinds of statements and its text written anew, or an error."""
import json
import sys

import sqlglot


def answer(query):
    try:
        trees = sqlglot.parse(query, read="postgres")
        return {"kinds": [type(tree).__name__ for tree in trees], "text": "; ".join(tree.sql(dialect="postgres") for tree in trees)}
    except sqlglot.errors.SqlglotError as error:
        return {"error": str(error)}


print(json.dumps([answer(query) for query in json.load(sys.stdin)]))
