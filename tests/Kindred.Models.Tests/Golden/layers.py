"""The layers of a BERT for one text, worked out with NumPy from the weights of its ONNX file: the first three values of each of the last four layers' means over the tokens.
Usage: /usr/bin/python3 layers.py model.onnx [--shift LAYER] ID...; the ids with the special ones around them. Shifted, each kind of weight of a layer has 1/1024, 2/1024, ... added to all its values. Needs python3-onnx, python3-numpy and python3-scipy."""
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from scipy.special import erf

graph = onnx.load(sys.argv[1]).graph
weights = {w.name: numpy_helper.to_array(w).astype(np.float64) for w in graph.initializer}
made_by = {node.output[0]: node for node in graph.node}


def matrix(bias):
    """The matrix in front of a bias."""
    add = next(node for node in graph.node if node.op_type == "Add" and bias in node.input)
    product = made_by[next(name for name in add.input if name != bias)]
    return weights[product.input[1]]


def linear(x, name):
    return x @ matrix(name + ".bias") + weights[name + ".bias"]


def normalise(x, name):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
    return x * weights[name + ".weight"] + weights[name + ".bias"]


arguments = sys.argv[2:]
if arguments[0] == "--shift":
    kinds = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"]
    for place, kind in enumerate(kinds):
        name = f"encoder.layer.{arguments[1]}.{kind}"
        gain = weights[name + ".weight"] if kind.endswith("LayerNorm") else matrix(name + ".bias")
        gain += (2 * place + 1) / 1024
        weights[name + ".bias"] += (2 * place + 2) / 1024
    arguments = arguments[2:]
ids = [int(i) for i in arguments]
x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][: len(ids)] + weights["embeddings.token_type_embeddings.weight"][0]
x = normalise(x, "embeddings.LayerNorm")
for number in range(6):
    layer = f"encoder.layer.{number}."
    query, key, value = (linear(x, f"{layer}attention.self.{part}").reshape(len(ids), 12, 32).transpose(1, 0, 2) for part in ("query", "key", "value"))
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(32)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    mixed = (shares @ value).transpose(1, 0, 2).reshape(len(ids), 384)
    x = normalise(x + linear(mixed, layer + "attention.output.dense"), layer + "attention.output.LayerNorm")
    inner = linear(x, layer + "intermediate.dense")
    inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2)))
    x = normalise(x + linear(inner, layer + "output.dense"), layer + "output.LayerNorm")
    if number >= 2:
        print(number, *np.round(x.mean(0)[:3], 5))
