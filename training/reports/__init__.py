"""The manager's screens as plain data. Each costs the same number of queries whatever the size of the team, reads no
more rows than it shows, and never touches an answer, a choice, a score or a reflection."""
