"""A stand-in for the `docker` command: `python -m sandbox.docker`.

It has what an image needs to be built, pushed and tried (`__main__.py` lists it), and refuses everything else, so that
nothing is silently left out. Images and containers lie in the sandbox's state; a container is a process of the
interpreter that the sandbox runs in.
"""
