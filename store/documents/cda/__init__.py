"""C-CDA documents (HL7 CDA R2, C-CDA R2.1): read with care, shown by their sections, and taken apart into records."""
