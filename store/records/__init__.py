"""What a record is: FHIR R4 JSON on one side, typed and safe values on the other; pure functions only.

`catalog.RECORD_TYPES` is the explicit table of the types that have words of their own. Every other type is kept,
listed and shown by the general rules of `envelope` and `details`, so nothing a portal serves is ever dropped.
"""
