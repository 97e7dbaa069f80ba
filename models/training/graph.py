"""The network as an ONNX graph: `features` [n, F] float32 in, `logits` [n, heads] float32 out, standardised inside."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tower import Tower

# What onnxruntime-node takes; onnx's own defaults are newer than it is.
IR_VERSION = 10
OPSET = 17
# Standardised features beyond it count as it: what training never saw must not run away.
BOUND = 4.0


@dataclass
class Network:
    """float32 throughout: logits = tower(clip((features - mean) * scale))."""

    mean: np.ndarray
    scale: np.ndarray
    tower: Tower

    def logits(self, features):
        return self.tower.logits(self.standard(features))

    def standard(self, features):
        x = (features.astype(np.float64) - self.mean) * self.scale
        return np.clip(x, -BOUND, BOUND)


def side_by_side(towers):
    """One tower whose logits are those of all, in order. They share their inputs and nothing else."""
    weights, biases = [], []
    for layer in range(len(towers[0].weights)):
        parts = [tower.weights[layer] for tower in towers]
        weights.append(np.concatenate(parts, axis=1) if layer == 0 else _diagonal(parts))
        biases.append(np.concatenate([tower.biases[layer] for tower in towers]))
    return Tower(weights, biases)


def to_float32(network):
    def rounded(array):
        return array.astype(np.float32)

    tower = Tower([rounded(w) for w in network.tower.weights], [rounded(b) for b in network.tower.biases])
    return Network(rounded(network.mean), rounded(network.scale), tower)


def onnx_bytes(network, name):
    """The same network gives the same bytes."""
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"], name="centre"),
        helper.make_node("Mul", ["centred", "scale"], ["scaled"], name="scale_features"),
        helper.make_node("Clip", ["scaled", "least", "most"], ["layer_0"], name="bound"),
    ]
    constants = [
        ("mean", network.mean),
        ("scale", network.scale),
        ("least", np.float32(-BOUND)),
        ("most", np.float32(BOUND)),
    ]
    layers = len(network.tower.weights)
    for i, (weight, bias) in enumerate(zip(network.tower.weights, network.tower.biases)):
        last = i == layers - 1
        constants += [(f"weight_{i}", weight), (f"bias_{i}", bias)]
        summed = "logits" if last else f"summed_{i}"
        nodes.append(
            helper.make_node("Gemm", [f"layer_{i}", f"weight_{i}", f"bias_{i}"], [summed], name=f"gemm_{i}")
        )
        if not last:
            nodes.append(helper.make_node("Relu", [summed], [f"layer_{i + 1}"], name=f"relu_{i}"))
    inputs, heads = network.tower.weights[0].shape[0], network.tower.weights[-1].shape[1]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", inputs])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", heads])],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants],
    )
    model = helper.make_model(
        graph,
        producer_name="attune-training",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def _diagonal(blocks):
    rows = sum(block.shape[0] for block in blocks)
    columns = sum(block.shape[1] for block in blocks)
    out = np.zeros((rows, columns))
    row = column = 0
    for block in blocks:
        out[row : row + block.shape[0], column : column + block.shape[1]] = block
        row += block.shape[0]
        column += block.shape[1]
    return out
