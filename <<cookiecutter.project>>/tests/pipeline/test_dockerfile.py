"""A target's inputs are what it copies, itself or through its stages."""

import pytest

from pipeline.dockerfile import inputs
from pipeline.errors import UserError

from .conftest import REPOSITORY

TEXT = """
ARG BASE=python:3.13-slim
FROM ghcr.io/astral-sh/uv AS uv
FROM ${BASE} AS base
COPY --chown=1:1 pyproject.toml \\
     uv.lock ./
FROM base AS train
RUN --mount=from=uv,source=/uv,target=/bin/uv --mount=type=bind,source=wheels,target=/w uv sync
COPY model/ model/
FROM base AS serve
COPY --from=train /app/x x
# COPY data/ data/
COPY serving/ serving/
"""


def test_own_and_inherited_copies_count() -> None:
    """A stage inherits what its base copied; what is mounted from the context counts as well."""
    assert inputs(TEXT, "train") == ["Dockerfile", "model", "pyproject.toml", "uv.lock", "wheels"]


def test_a_stage_that_is_copied_from_counts() -> None:
    """Its inputs end up in the target."""
    assert "model" in inputs(TEXT, "serve")


def test_comments_and_images_of_others_do_not_count() -> None:
    """Only the build context is hashed here; the base image is part of the Dockerfile's text."""
    assert not {"data", "/uv", "/app/x"} & set(inputs(TEXT, "serve"))


def test_an_unknown_target_is_named() -> None:
    """The sentence says what to write."""
    with pytest.raises(UserError, match="no stage shadow"):
        inputs(TEXT, "shadow")


def test_the_serving_image_does_not_contain_training() -> None:
    """In the project's own Dockerfile a change of the training code does not change the serving image."""
    found = inputs((REPOSITORY / "Dockerfile").read_text(), "serve")
    assert "model/features.py" in found
    assert not {"model", "model/train.py"} & set(found)
