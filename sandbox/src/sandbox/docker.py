"""A stand-in for the `docker` command: build, login, push, info, version.

It builds no Linux file system: of the asked target's stage it takes WORKDIR, ENV, USER, ENTRYPOINT, CMD and
`COPY src... dest` from the context; RUN and `COPY --from` are skipped, because Python packages are those of
the interpreter that the sandbox runs in. The image is one layer and a manifest that ECR takes
(https://distribution.github.io/distribution/spec/manifest-v2-2/). The same inputs give the same digest.
`.dockerignore` is read as plain shell patterns, matched against the path and each of its parents.
"""

import argparse
import gzip
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sandbox.tarball import archive

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Refused(Exception):
    """A sentence for the person."""


def main() -> None:
    """Run one command; exit 1 with a sentence when it cannot be done here."""
    commands = {"build": build, "login": login, "push": push, "info": info, "version": info}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        if name not in commands:
            raise Refused(f"`docker {name}` is not in the sandbox's docker, which has {', '.join(commands)}")
        commands[name](sys.argv[2:])
    except (Refused, OSError) as error:
        print(f"docker: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def build(words: list[str]) -> None:
    """`docker build --target T --platform P --provenance=false --tag URI:TAG [--file F] [--build-arg A=B] CONTEXT`."""
    named = ("--target", "--tag", "--platform", "--provenance", "--file", "--build-arg")
    options = _options("build", "context", named, words)
    context = Path(options.context)
    dockerfile = Path(options.file) if options.file else context / "Dockerfile"
    if not options.tag:
        raise Refused("a build without --tag could not be pushed: add --tag URI:TAG")
    stage = _stage(dockerfile.read_text(), options.target)
    layer, config = _image(stage, context, options.platform or "linux/amd64")
    image = _folder(options.tag)
    image.mkdir(parents=True, exist_ok=True)
    (image / "layer").write_bytes(layer)
    (image / "config").write_bytes(config)
    print(f"sandbox: built {options.tag} from {dockerfile}")


def login(words: list[str]) -> None:
    """`docker login --username U --password-stdin REGISTRY`."""
    _options("login", "registry", ("--username",), words, ("--password-stdin",))
    sys.stdin.read()
    print("Login Succeeded")


def push(words: list[str]) -> None:
    """`docker push URI:TAG`, through ECR's layer operations."""
    uri = _options("push", "uri", (), words).uri
    image = _folder(uri)
    if not image.is_dir():
        raise Refused(f"there is no image {uri}: build it with --tag {uri}")
    import boto3  # here, as it takes longer to import than a build takes
    from botocore.exceptions import BotoCoreError, ClientError

    registry, _, path = uri.partition("/")
    repository, _, tag = path.rpartition(":")
    place = {"repositoryName": repository, "registryId": registry.partition(".")[0]}
    layer, config = (image / "layer").read_bytes(), (image / "config").read_bytes()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, config),
            "layers": [_descriptor(LAYER, layer)],
        },
        indent=3,
    )
    try:
        ecr = boto3.client("ecr")
        for blob in (layer, config):
            _upload(ecr, place, blob)
        ecr.put_image(
            **place,
            imageManifest=manifest,
            imageManifestMediaType=MANIFEST,
            imageTag=tag,
            imageDigest=_digest(manifest.encode()),  # moto would hash the layers alone
        )
    except (BotoCoreError, ClientError) as error:
        raise Refused(str(error)) from error
    print(f"{tag}: digest: {_digest(manifest.encode())} size: {len(manifest)}")


def info(words: list[str]) -> None:
    """`docker info` and `docker version`, whatever their options."""
    print("Server: the sandbox's stand-in for Docker (build, login and push only)")


def _options(
    command: str, positional: str, named: tuple[str, ...], words: list[str], flags: tuple[str, ...] = ()
) -> argparse.Namespace:
    parser = argparse.ArgumentParser(f"docker {command}", exit_on_error=False)
    parser.add_argument(positional)
    for name in named:
        parser.add_argument(name, *({"--tag": ("-t",), "--file": ("-f",), "--username": ("-u",)}.get(name, ())))
    for name in flags:
        parser.add_argument(name, action="store_true")
    options, unknown = parser.parse_known_args(words)
    if unknown:
        raise Refused(f"`docker {command} {unknown[0]}` is not in the sandbox's docker")
    return options


def _folder(uri: str) -> Path:
    state = os.environ.get("SANDBOX_STATE")
    if not state:
        raise Refused("SANDBOX_STATE is not set: use the exports that `sandbox start` printed")
    return Path(state) / "docker" / hashlib.sha256(uri.encode()).hexdigest()


def _stage(dockerfile: str, target: str | None) -> list[tuple[str, str]]:
    """The instructions of the stage `target` (default: the last) and, first, of the stages it is built on."""
    stages: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for instruction, rest in _instructions(dockerfile):
        if instruction == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            name = words[2] if len(words) == 3 and words[1].upper() == "AS" else f"stage {len(stages)}"
            stages[name] = list(stages.get(words[0], ()))
        elif name:
            stages[name].append((instruction, rest))
    wanted = target or name
    if wanted not in stages:
        raise Refused(f"the Dockerfile has no stage {wanted!r}, it has {', '.join(stages) or 'none'}")
    return stages[wanted]


def _instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    lines = (line for line in dockerfile.splitlines() if not line.lstrip().startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction:
            yield instruction.upper(), rest.strip()


def _image(stage: list[tuple[str, str]], context: Path, platform: str) -> tuple[bytes, bytes]:
    """Layer and configuration."""
    files: dict[str, Path] = {}
    config: dict[str, Any] = {"WorkingDir": "/", "Env": []}
    ignored = _ignored(context)
    for instruction, rest in stage:
        if instruction == "WORKDIR":
            config["WorkingDir"] = os.path.normpath(Path(config["WorkingDir"]) / rest)
        elif instruction == "ENV":
            config["Env"] += _variables(rest)
        elif instruction == "USER":
            config["User"] = rest
        elif instruction in ("ENTRYPOINT", "CMD"):
            config[instruction.capitalize()] = _words(instruction, rest)
        elif instruction == "COPY" and not any(word.startswith("--from") for word in rest.split()):
            files |= _copied(rest, context, config["WorkingDir"], ignored)
    tar = archive((path, name) for name, path in files.items())
    architecture = platform.partition("/")[2]
    described = {
        "architecture": architecture,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [_digest(tar)]},
    }
    return gzip.compress(tar, mtime=0), json.dumps(described, sort_keys=True).encode()


def _words(instruction: str, rest: str) -> list[str]:
    try:
        words: list[str] = json.loads(rest)
    except ValueError:
        raise Refused(f'{instruction} {rest}: write it as a JSON list, such as ["python", "-m", "serving"]') from None
    return words


def _variables(rest: str) -> list[str]:
    import shlex

    words = shlex.split(rest)
    return words if "=" in words[0] else [f"{words[0]}={rest.partition(' ')[2].strip()}"]


def _copied(rest: str, context: Path, workdir: str, ignored: list[str]) -> dict[str, Path]:
    """Name in the archive → file, of one COPY."""
    *sources, to = (word for word in rest.split() if not word.startswith("--"))
    into = to.endswith("/") or len(sources) > 1
    base = Path(os.path.normpath(Path(workdir) / to))
    files: dict[str, Path] = {}
    for source in sources:
        found = sorted(context.glob(source.strip("/"))) if source.strip("./") else [context]
        if not found:
            raise Refused(f"COPY {rest}: {source} is not in {context.resolve()}")
        for path in found:
            into_base = into or base == Path(workdir) or len(found) > 1
            for file in (path,) if path.is_file() else (each for each in path.rglob("*") if each.is_file()):
                relative = file.relative_to(context).as_posix()
                if not _matches(relative, ignored):
                    inside = Path(path.name) if path.is_file() and into_base else file.relative_to(path)
                    files[(base / inside).as_posix().lstrip("/")] = file
    return files


def _ignored(context: Path) -> list[str]:
    file = context / ".dockerignore"
    lines = file.read_text().splitlines() if file.is_file() else []
    return [line.strip().removeprefix("/").rstrip("/") for line in lines if line.strip() and line[0] != "#"]


def _matches(path: str, patterns: list[str]) -> bool:
    """Whether .dockerignore leaves `path` out; the last pattern that fits decides, `!` takes back."""
    parents = [path, *(parent.as_posix() for parent in Path(path).parents)]
    out = "__pycache__" in Path(path).parts  # whatever ran before the build is no part of the image
    for pattern in patterns:
        bare = pattern.removeprefix("!").removeprefix("**/")
        if any(
            fnmatch(parent, bare) or (pattern.startswith("**/") and fnmatch(parent, f"*/{bare}")) for parent in parents
        ):
            out = not pattern.startswith("!")
    return out


def _upload(ecr: Any, place: dict[str, str], blob: bytes) -> None:
    digest = _digest(blob)
    asked = ecr.batch_check_layer_availability(**place, layerDigests=[digest])
    if asked["layers"]:
        return
    begun = ecr.initiate_layer_upload(**place)
    for first in range(0, len(blob), begun["partSize"]):
        part = blob[first : first + begun["partSize"]]
        ecr.upload_layer_part(
            **place,
            uploadId=begun["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    ecr.complete_layer_upload(**place, uploadId=begun["uploadId"], layerDigests=[digest])


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(blob), "digest": _digest(blob)}


def _digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()


if __name__ == "__main__":
    main()
