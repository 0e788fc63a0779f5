"""XGBoost's trees as an ONNX graph.

Forty lines instead of a converter library, which would bring scikit-learn: 200 MB more to install, and
seconds of import in every training job. Training checks each graph against the booster it came from.
"""

import json
import math
from collections.abc import Callable
from typing import Any

import onnx
import xgboost
from onnx import TensorProto, helper

LEAF = -1  # XGBoost's mark for "no child"
LINKS: dict[str, tuple[str, Callable[[float], float]]] = {  # of an objective: from the trees' sum, and to it
    "binary:logistic": ("Sigmoid", lambda mean: math.log(mean / (1 - mean))),
    "reg:squarederror": ("Identity", lambda mean: mean),
    "count:poisson": ("Exp", math.log),
    "reg:gamma": ("Exp", math.log),
}


def to_onnx(booster: xgboost.Booster, width: int, source: str, target: str) -> onnx.ModelProto:
    """The graph from `source` [n, width] float32 to `target` [n, 1], what `booster` predicts.

    The same booster gives the same bytes: names and versions are fixed. Raises ValueError when LINKS does not
    have its objective.
    """
    learner = _learner(booster)
    objective = learner["objective"]["name"]
    if objective not in LINKS:
        raise ValueError(f"objective {objective} has no ONNX graph: take one of {', '.join(LINKS)}")
    link, margin = LINKS[objective]
    base = float(learner["learner_model_param"]["base_score"].strip("[]"))  # on the scale of the answer
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        [source],
        ["margin"],
        domain="ai.onnx.ml",
        n_targets=1,
        base_values=[margin(base)],
        **attributes(trees(booster)),
    )
    graph = helper.make_graph(
        [ensemble, helper.make_node(link, ["margin"], [target])],
        "model",
        [helper.make_tensor_value_info(source, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(target, TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="model")


def trees(booster: xgboost.Booster) -> list[dict[str, Any]]:
    """Its trees, each of parallel lists with one entry per node."""
    found: list[dict[str, Any]] = _learner(booster)["gradient_booster"]["model"]["trees"]
    return found


def _learner(booster: xgboost.Booster) -> dict[str, Any]:
    learner: dict[str, Any] = json.loads(booster.save_raw("json"))["learner"]
    return learner


def attributes(trees: list[dict[str, Any]]) -> dict[str, Any]:
    """The parallel lists that ONNX wants: one entry per node, and one per leaf."""
    nodes = [
        (number, node, tree)
        for number, tree in enumerate(trees)
        for node in range(len(tree["left_children"]))
    ]
    leaves = [(number, node, tree) for number, node, tree in nodes if tree["left_children"][node] == LEAF]
    modes = ["LEAF" if tree["left_children"][node] == LEAF else "BRANCH_LT" for _, node, tree in nodes]
    return {
        "nodes_treeids": [number for number, _, _ in nodes],
        "nodes_nodeids": [node for _, node, _ in nodes],
        "nodes_modes": modes,
        "nodes_featureids": [tree["split_indices"][node] for _, node, tree in nodes],
        "nodes_values": [float(tree["split_conditions"][node]) for _, node, tree in nodes],
        "nodes_truenodeids": [max(tree["left_children"][node], 0) for _, node, tree in nodes],
        "nodes_falsenodeids": [max(tree["right_children"][node], 0) for _, node, tree in nodes],
        "nodes_missing_value_tracks_true": [int(tree["default_left"][node]) for _, node, tree in nodes],
        "target_treeids": [number for number, _, _ in leaves],
        "target_nodeids": [node for _, node, _ in leaves],
        "target_ids": [0] * len(leaves),
        "target_weights": [float(tree["split_conditions"][node]) for _, node, tree in leaves],
    }
