"""The portal's authorization server: SMART App Launch 2.2 for public clients on this computer.

`tokens` what was granted, `server` the protocol (authlib), `pages` the sign-in
and consent pages, `routes` the addresses.
"""
