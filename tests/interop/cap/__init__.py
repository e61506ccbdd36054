"""A small service on CAP, SAP's OData V4 server: the model, its handlers, what starts it."""
