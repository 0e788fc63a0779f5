"""Say what to do next."""

print("""
<< cookiecutter.project >> is yours. Go there, then:

  make setup      its own environment, from the lock file
  make check      style, types, tests
  make rehearse   its whole life on this machine: train, release, roll back, tear down

Then docs/github.md: `pipeline bootstrap` takes it to GitHub and AWS.
""")
