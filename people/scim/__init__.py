"""SCIM 2.0 (RFC 7643, 7644): a directory keeps people and teams here. Groups are teams; a person is in one."""
