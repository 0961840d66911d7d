"""What the bytes of a document say: text, HTML, RTF, C-CDA and PDF turned into blocks of safe text.

Nothing here asks the network or writes a file, and what is too large, too deep or too clever is refused with a reason.
PDF alone is read in another process, with limits and without a network.
"""
