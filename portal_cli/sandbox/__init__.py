"""The practice portal: an independent SMART on FHIR R4 server for learning, demonstrations and tests.

It listens on this computer only, keeps everything in memory unless a file is named, and shares no code with
the client, so that the two cannot agree on the same mistake. `server.Sandbox` is the way in; `repository` is
the record, `reading` and `writing` what a patient may do with it, `oauth` the sign-in, `clinic` who answers.
"""
