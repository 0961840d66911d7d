"""Short articles about conditions, medicines and tests, and the HL7 Infobutton address that gives them."""
