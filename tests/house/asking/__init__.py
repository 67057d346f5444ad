"""Random questions of random people at every address that shows somebody's data, each compared with the oracle.

There is a module for each kind of screen, and `session` for what they share. `@asks("team")` puts a question into the
table ASKS under the names of the addresses it goes to. A question picks its reader and its filters with the dice of
`Asking`, and fails with an AssertionError that says what was asked by whom. Addresses that show nobody are in
nobody.txt, each with the reason; tests/house/test_oracle.py holds the two against the resolver.
"""

# Importing a module puts its questions into the table.
from tests.house.asking import certificates, mail, own, proof, results, staff, team  # noqa: F401
from tests.house.asking.session import ASKS, LIBRARIES, MONDAY, OFTEN, Asking, Differs, Question, nobody

__all__ = ["ASKS", "LIBRARIES", "MONDAY", "OFTEN", "Asking", "Differs", "Question", "mail", "nobody"]
