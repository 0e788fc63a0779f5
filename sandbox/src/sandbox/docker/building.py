"""`docker buildx build`: one layer and a configuration, from the files that a stage copies.

It builds no Linux file system: of the asked target's stage it takes WORKDIR, ENV, USER, ENTRYPOINT, CMD and
`COPY src... dest` from the context; RUN and `COPY --from` are skipped, because Python packages are those of
the interpreter that the sandbox runs in. The same inputs give the same digest.
`.dockerignore` is read as plain shell patterns, matched against the path and each of its parents.
"""

import gzip
import json
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sandbox.docker.options import Refused, image, options
from sandbox.docker.pushing import digest, send
from sandbox.tarball import archive


def build(words: list[str]) -> None:
    """`docker buildx build --target T --platform P --provenance=false --sbom=false --tag URI:TAG [--load]
    [--output type=image,push=true,oci-mediatypes=false] [--file F] [--build-arg A=B] CONTEXT`.
    """
    named = ("--target", "--tag", "--platform", "--provenance", "--sbom", "--output", "--file", "--build-arg")
    given = options("build", ("context",), named, words, ("--load",))
    context = Path(given.context)
    dockerfile = Path(given.file) if given.file else context / "Dockerfile"
    if not given.tag:
        raise Refused("a build without --tag could not be pushed: add --tag URI:TAG")
    output = _output(given.output)
    stage = _stage(dockerfile.read_text(), given.target)
    layer, config = _image(stage, context, given.platform or "linux/amd64")
    folder = image(given.tag)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "layer").write_bytes(layer)
    (folder / "config").write_bytes(config)
    attested = given.provenance != "false" or given.sbom not in (None, "false")
    form = {"oci": attested or output.get("oci-mediatypes") != "false", "attested": attested}
    (folder / "form").write_text(json.dumps(form))
    print(f"sandbox: built {given.tag} from {dockerfile}")
    if output.get("push") == "true":
        send(given.tag)


def _output(text: str | None) -> dict[str, str]:
    """The members of `--output`; only an image is in the sandbox."""
    given = dict(part.partition("=")[::2] for part in text.split(",")) if text else {}
    if given.get("type", "image") != "image" or given.keys() - {"type", "push", "oci-mediatypes"}:
        raise Refused(f"--output {text} is not in the sandbox's docker: write type=image,push=…,oci-mediatypes=…")
    return given


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
        "rootfs": {"type": "layers", "diff_ids": [digest(tar)]},
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
