"""The account pages of the practice portal: what a patient does in a browser, without needing a script.

`desk` knows the browser (cookies, the secret of its forms, who is signed in), `wording` turns refusals into sentences
beside fields, `steps` is the second step of a sign-in, wherever it happens; the other modules are the pages by subject,
and `routes` gives them their addresses.
"""
