"""A small multi-layer perceptron with one or more logits, trained by Adam. Same input and seed, same weights."""

from dataclasses import dataclass

import numpy as np


def sigmoid(logit):
    return 1.0 / (1.0 + np.exp(-np.clip(logit, -60.0, 60.0)))


@dataclass
class Tower:
    """Weights as [inputs, outputs] and biases of each layer; ReLU between the layers, logits at the end."""

    weights: list
    biases: list

    def logits(self, x):
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            x = np.maximum(x @ weight + bias, 0.0)
        return x @ self.weights[-1] + self.biases[-1]


@dataclass(frozen=True)
class Training:
    epochs: int
    batch: int
    rate: float
    # Of each weight per step, times the learning rate (AdamW: Loshchilov and Hutter 2019).
    decay: float
    seed: int


def train_tower(x, labels, weights, hidden, training):
    """
    Fits logits of `labels` [rows, heads] to standardised `x` [rows, inputs]. `weights` [rows, heads] is each row's part
    in each head's loss; 0 leaves it out. Every head counts the same, however many rows speak of it.
    """
    rng = np.random.default_rng(training.seed)
    tower = _begin(rng, [x.shape[1], *hidden, labels.shape[1]], labels, weights)
    parameters = [*tower.weights, *tower.biases]
    decays = [training.decay] * len(tower.weights) + [0.0] * len(tower.biases)
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    scaled = weights / np.maximum(weights.sum(axis=0), 1e-9) * len(x)
    steps = training.epochs * -(-len(x) // training.batch)
    step = 0
    for _ in range(training.epochs):
        order = rng.permutation(len(x))
        for begin in range(0, len(x), training.batch):
            rows = order[begin : begin + training.batch]
            step += 1
            rate = training.rate * 0.5 * (1.0 + np.cos(np.pi * step / steps))
            gradients = _gradients(tower, x[rows], labels[rows], scaled[rows])
            for i, gradient in enumerate(gradients):
                first[i] = 0.9 * first[i] + 0.1 * gradient
                second[i] = 0.999 * second[i] + 0.001 * gradient * gradient
                ahead = first[i] / (1.0 - 0.9**step)
                spread = np.sqrt(second[i] / (1.0 - 0.999**step)) + 1e-8
                parameters[i] -= rate * (ahead / spread + decays[i] * parameters[i])
    return tower


def _begin(rng, sizes, labels, weights):
    """He's initialisation; the last layer starts at the base rates."""
    tower = Tower([], [])
    for inputs, outputs in zip(sizes, sizes[1:]):
        tower.weights.append(rng.normal(0.0, np.sqrt(2.0 / inputs), (inputs, outputs)))
        tower.biases.append(np.zeros(outputs))
    rate = ((labels * weights).sum(axis=0) + 0.5) / (weights.sum(axis=0) + 1.0)
    tower.weights[-1] *= 0.1
    tower.biases[-1] += np.log(rate / (1.0 - rate))
    return tower


def _gradients(tower, x, labels, weights):
    """Of the mean weighted log loss, in the order of the parameters."""
    inputs = [x]
    for weight, bias in zip(tower.weights[:-1], tower.biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ weight + bias, 0.0))
    error = (sigmoid(inputs[-1] @ tower.weights[-1] + tower.biases[-1]) - labels) * weights / len(x)
    of_weights, of_biases = [], []
    for layer in range(len(tower.weights) - 1, -1, -1):
        of_weights.insert(0, inputs[layer].T @ error)
        of_biases.insert(0, error.sum(axis=0))
        if layer > 0:
            error = (error @ tower.weights[layer].T) * (inputs[layer] > 0.0)
    return [*of_weights, *of_biases]
