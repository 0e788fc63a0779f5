"""The `pulumi` command with the sandbox's provider beside it, which calls AWS with the credentials of the step."""

import os
import subprocess
import sys
from pathlib import Path

QUIET = {"PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}


def main() -> int:
    """`pulumi.py PULUMI SANDBOX WORDS...`: the code of Pulumi's command, after which the provider ends."""
    pulumi, sandbox, *words = sys.argv[1:]
    infra = next(
        folder / "infra" for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "project.toml").is_file()
    )
    with subprocess.Popen([sandbox, "provider", "--kinds", infra], stdout=subprocess.PIPE, text=True) as provider:
        try:
            assert provider.stdout
            port = provider.stdout.readline().strip()
            environment = {**os.environ, **QUIET, "PULUMI_DEBUG_PROVIDERS": f"aws:{port}"}
            return subprocess.run([pulumi, *words], env=environment).returncode
        finally:
            provider.terminate()


if __name__ == "__main__":
    raise SystemExit(main())
