"""What goes wrong on the way between an app and a portal, on purpose and repeatably.

`kinds.KINDS` lists the faults, `spec` reads which are wanted and how often, and `faults.Faults` decides request by
request and counts. Three places put them into effect: `front.Front` answers in the portal's stead, `turning.Turning`
spoils the turning of pages, and `proxy.Proxy` stands before the portal's port and breaks connections, which a WSGI
application cannot.
"""
