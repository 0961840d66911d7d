"""How other vendors' portals behave towards a patient's app: the practice portal in their manner.

A `Mode` says in data what one vendor declares, demands, leaves out and answers; there is one file for each, and
`table.MODES` lists them. `gate.Gate` stands in front of the portal and makes it keep to a mode: it refuses what
the vendor refuses, turns addresses into the portal's own, and dresses the answers. Where nothing is known of a
vendor, the portal's own manner stays. Records are served as they are, byte for byte.
"""
