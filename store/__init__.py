"""The patient's records: what they are, where they rest and how they travel.

Both faces (`portal_cli` and `tui`) stand on this package and call it through `store.client.Client`. It never
prints, prompts or draws. The words it uses, each with one meaning:

record      one FHIR R4 resource of a patient, as served, with the columns that lists need
vault       the encrypted SQLite file in which records rest
portal      the remote server: a FHIR base URL and the sign-in service that guards it
connection  one user's access to one patient at one portal: address, client, user, patient and tokens
person      whom records are about, at however many portals; one is shown, or everybody
pull        reading from the portal into the vault
push        sending what the outbox holds to the portal
outbox      what the patient asked for and the portal has not yet answered
conflict    two changes to one record that cannot both stand

Inside, dependencies point down: client, services, sync, then vault, remote and export side by side, then
records, events, config, failpoints and errors.
"""
