"""The delivery appliance: pulls files of releases from the object store, keeps them on disk, sends them to players.

It holds no secret and calls no room: a token in the path says what may be read, and the release's index, named by its
own digest, says what every file must be.
"""
