"""Turns an accepted source into a published release: chunks encoded in parallel, stitched, packaged, verified.

Any process may be killed at any instant. Orders are rows, chunk tasks are events, results are blobs named by what they
were made from; a restart continues with what is missing.
"""
