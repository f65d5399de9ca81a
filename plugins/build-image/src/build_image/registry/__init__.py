"""A client of container registries (OCI distribution API) on the standard library alone.

A step that has nothing to build asks a registry one question: it must not pay for `requests` first.
"""
