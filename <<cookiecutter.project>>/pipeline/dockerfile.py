"""Which files of the project an image target is made of, read from the Dockerfile. Pure."""

import re

from pipeline.errors import UserError

ALWAYS = ("Dockerfile", "uv.lock")


def inputs(text: str, target: str) -> list[str]:
    """The files and folders that `target` copies or mounts, itself or through the stages it is built from.

    Raises UserError when the Dockerfile has no such stage.
    """
    stages = _stages(text)
    if target not in stages:
        raise UserError(f"the Dockerfile has no stage {target}: write `FROM … AS {target}`")
    found, waiting, seen = set(ALWAYS), [target], set()
    while waiting:
        stage = waiting.pop()
        if stage in seen or stage not in stages:  # an image of somebody else
            continue
        seen.add(stage)
        for line in stages[stage]:
            waiting += re.findall(r"(?:^FROM\s+(?:--\S+\s+)?|--from=|\bfrom=)([\w.-]+)", line)
            found.update(_sources(line))
    return sorted(found)


def _stages(text: str) -> dict[str, list[str]]:
    """The instructions of each stage, FROM included, with continued lines joined."""
    stages: dict[str, list[str]] = {}
    name = ""
    lines = (line.strip() for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if head := re.match(r"FROM\s+(?:--\S+\s+)?\S+(?:\s+AS\s+(\S+))?", line, re.IGNORECASE):
            name = head[1] or f"stage {len(stages)}"
            stages[name] = []
        if name:
            stages[name].append(line)
    return stages


def _sources(line: str) -> list[str]:
    """What an instruction takes from the build context."""
    words = line.split()
    if words[:1] == ["RUN"]:
        mounts = [word for word in words if word.startswith("--mount=type=bind") and "from=" not in word]
        return [source.rstrip("/") for mount in mounts for source in re.findall(r"source=([^,]+)", mount)]
    if words[:1] not in (["COPY"], ["ADD"]) or "--from=" in line:
        return []
    paths = [word for word in words[1:] if not word.startswith("--")]
    return [path.rstrip("/") for path in paths[:-1]]
