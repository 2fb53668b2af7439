"""`/api/docs`: the reference of the HTTP API, from the document that describes it."""
