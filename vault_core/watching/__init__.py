"""What a running server tells those who look after it: figures, request ids, traces.

Never a name, a path, an address or an id of a person, a vault or a document.
"""
