"""What is reckoned over the ledger: Ibis expressions, written once, run by DuckDB and unchanged by Spark.

Each is a function from tables to a table, and money is whole micropounds in all of them: engines differ in the last
place of decimals and agree on integers.
"""
