"""The portal over HTTPS: discovery, sign-in, searching, reading and writing FHIR R4; it knows no SQL.

All HTTP of the program is in this package, and `http` is its only user of the HTTP library: it alone decides which
address a request may go to, which answers may be trusted to be small enough, and when to try again.
"""
