"""The search parameters of FHIR R4 as data: what each is called, its kind, the elements it looks at.

A row is `name kind path`; rows are parted by semicolons, alternative paths by `|`. Kinds are token,
reference, date, string and uri (R4 §3.1.1.4.1); `patient` is a reference to a Patient, and the path `@owner`
means whoever the resource belongs to. The tables are written by hand; `table.parameters_of` reads them.
"""
