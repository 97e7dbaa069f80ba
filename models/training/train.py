"""
Trains the multi-head model on the rows that `attune models train` exported, and writes model.onnx and card-parts.json.
Usage: train.py FOLDER PART..., each part a folder with rows.f32 and rows.json. The same rows give the same bytes.
"""

import json
import sys
from pathlib import Path

import numpy as np

from graph import Network, onnx_bytes, side_by_side, to_float32
from measure import auc, calibration_by_age, calibration_table, correlation, fit_calibration, log_loss, ranks, rounded
from tower import Training, sigmoid, train_tower

HEADS = ["p0", "engage", "unsubscribe"]
LABELS = {"p0": "bought", "engage": "engaged", "unsubscribe": "unsubscribed"}
# Of the customers, by hash: whoever is in one part is in no other.
TRAIN, CALIBRATE = 0.7, 0.85
# What we sent and how it was answered. Untouched customers have none of it, so p0 must not look at it: it would
# have learned nothing about what it does with other values than theirs.
CONTACT = {
    *("messages_1d", "messages_14d", "opens_14d", "clicks_14d"),
    *("engagement", "click_rate", "sends", "days_since_open", "presence"),
}
# What tells the shop that says too much, which is a short one, from the others, and nothing about who unsubscribes.
SHOP = {"days_known"}
# Chosen by the loss over customers left out, four parts in turn; a thousand people's habits bear no less decay.
P0 = Training(epochs=10, batch=512, rate=2e-3, decay=3.0, seed=1)
ENGAGE = Training(epochs=12, batch=512, rate=2e-3, decay=1.0, seed=2)
UNSUBSCRIBE = Training(epochs=40, batch=512, rate=2e-3, decay=1.0, seed=3)
HIDDEN = [32, 16]
# Of the unsubscribe tower: of a few hundred positives no more can be learned.
HIDDEN_FEW = [8, 8]
# Base rates of a channel with few rows lean on those of all: the mean counts as this many rows.
RATE_ROWS = {"p0": 0, "engage": 50, "unsubscribe": 2_000}
# With this many positives half of what a head says about a row is believed, the rest stays at the base rate.
POSITIVES_HALF = 100
# Ranges of days of silence, by feature. 365 days stand for "never", since recencies are cut there.
AGES = {
    "days_since_seen": [0, 1, 3, 7, 14, 30, 60],
    "days_since_order": [0, 7, 30, 60, 90, 364],
}
GOLDEN_ROWS = 12
GOLDEN_SEED = 7


class Rows:
    """The exported rows of all parts by the names of their columns."""

    def __init__(self, parts):
        heads = [json.loads((part / "rows.json").read_text()) for part in parts]
        self.names = heads[0]["features"]
        self.channels = heads[0]["channels"]
        columns = heads[0]["columns"]
        data = np.concatenate([np.fromfile(part / "rows.f32", dtype="<f4") for part in parts])
        data = data.reshape(-1, len(columns))
        self.features = data[:, : len(self.names)]
        self.column = {name: data[:, i].astype(np.float64) for i, name in enumerate(columns)}
        self.part = self.column["customer"] / 10_000.0

    def weights(self, head, part):
        return self.column[f"weight_{head}"] * part

    def labels(self, head):
        return self.column[LABELS[head]]

    @property
    def training(self):
        return self.part < TRAIN

    @property
    def calibrating(self):
        return (self.part >= TRAIN) & (self.part < CALIBRATE)

    @property
    def testing(self):
        return self.part >= CALIBRATE


def main(folder, parts):
    rows = Rows(parts)
    network = to_float32(fit(rows))
    logits = network.logits(rows.features).astype(np.float64)
    calibration = [calibrate(rows, logits, i) for i in range(len(HEADS))]
    rates = base_rates(rows)
    measured = [measure(rows, logits, calibration, rates, i) for i in range(len(HEADS))]
    (folder / "model.onnx").write_bytes(onnx_bytes(network, "attune_heads"))
    card = {
        "heads": HEADS,
        "calibration": [{"a": a, "b": b} for a, b in calibration],
        "baseRates": rates,
        "metrics": {head: metrics for head, (metrics, _, _) in zip(HEADS, measured)},
        "calibrationTable": {head: table for head, (_, table, _) in zip(HEADS, measured)},
        "calibrationByAge": {head: by_age for head, (_, _, by_age) in zip(HEADS, measured)},
        "goldenRows": golden_rows(network),
    }
    (folder / "card-parts.json").write_text(json.dumps(card))


def fit(rows):
    """Three towers side by side: p0 from what the customer does, the others from that and our contacts with them."""
    train = rows.training
    mean = rows.features[train].astype(np.float64).mean(axis=0).astype(np.float32)
    spread = rows.features[train].astype(np.float64).std(axis=0)
    scale = np.where(spread > 1e-6, 1.0 / np.maximum(spread, 1e-6), 0.0).astype(np.float32)
    own = np.array([name not in CONTACT and not name.startswith("channel_") for name in rows.names])
    standard = Network(mean, scale, None).standard(rows.features)
    p0 = fit_tower(rows, standard * own, "p0", HIDDEN, P0)
    # The weights of features that were always 0 are where they began.
    p0.weights[0] *= own[:, None]
    engage = fit_tower(rows, standard, "engage", HIDDEN, ENGAGE)
    told = np.array([name not in SHOP for name in rows.names])
    unsubscribe = fit_tower(rows, standard * told, "unsubscribe", HIDDEN_FEW, UNSUBSCRIBE)
    unsubscribe.weights[0] *= told[:, None]
    return Network(mean, scale, side_by_side([p0, engage, unsubscribe]))


def fit_tower(rows, standard, head, hidden, training):
    weights, labels = rows.weights(head, rows.training)[:, None], rows.labels(head)[:, None]
    used = weights[:, 0] > 0.0
    return train_tower(standard[used], labels[used], weights[used], hidden, training)


def calibrate(rows, logits, i):
    head = HEADS[i]
    labels = rows.labels(head)
    trained = rows.weights(head, rows.training)
    positives = (labels * (trained > 0.0)).sum()
    trust = positives / (positives + POSITIVES_HALF)
    mean = np.average(logits[trained > 0.0, i], weights=trained[trained > 0.0])
    weights = rows.weights(head, rows.calibrating)
    used = weights > 0.0
    return fit_calibration(logits[used, i], labels[used], weights[used], (trust, (1.0 - trust) * mean))


def base_rates(rows):
    """Per channel, per head; of the rows that were trained and calibrated on."""
    by_head = []
    for head in HEADS:
        weights, labels = rows.weights(head, ~rows.testing), rows.labels(head)
        mean = ((weights * labels).sum() + 0.5) / (weights.sum() + 1.0)
        rates = []
        for channel in range(len(rows.channels)):
            there = weights * (rows.column["channel"] == channel)
            count = (there * labels).sum() + RATE_ROWS[head] * mean
            number = there.sum() + RATE_ROWS[head]
            rates.append(float(mean if number == 0.0 or head == "p0" else count / number))
        by_head.append(rates)
    return [list(rates) for rates in zip(*by_head)]


def measure(rows, logits, calibration, rates, i):
    head = HEADS[i]
    weights = rows.weights(head, rows.testing)
    used = weights > 0.0
    a, b = calibration[i]
    p = sigmoid(a * logits[used, i] + b)
    labels, weights = rows.labels(head)[used], weights[used]
    channel = rows.column["channel"][used].astype(int)
    base = np.array([rate[i] for rate in rates])[np.maximum(channel, 0)]
    metrics = {
        "rows": int(used.sum()),
        "positives": int(labels.sum()),
        "auc": rounded(auc(p, labels, weights)),
        "logLoss": rounded(log_loss(p, labels, weights)),
        "logLossOfBaseRates": rounded(log_loss(base, labels, weights)),
    }
    if head == "p0":
        metrics |= against_truth(p, rows.column["true_p0"][used])
    by_age = {
        name: calibration_by_age(p, labels, weights, np.expm1(rows.column[name][used]), bounds)
        for name, bounds in AGES.items()
    }
    return metrics, calibration_table(p, labels, weights), by_age


def against_truth(p, truth):
    """Where the simulated world says what is true: between visits."""
    known = ~np.isnan(truth)
    p, truth = p[known], truth[known]
    if len(p) == 0:
        return {"truthRows": 0}
    return {
        "truthRows": len(p),
        "truthCorrelation": rounded(correlation(p, truth)),
        "truthRankCorrelation": rounded(correlation(ranks(p), ranks(truth))),
        "truthMean": rounded(truth.mean()),
        "predictedMean": rounded(p.mean()),
    }


def golden_rows(network):
    """Synthetic rows about the middle of what was seen: no row is anybody's."""
    rng = np.random.default_rng(GOLDEN_SEED)
    spread = np.where(network.scale > 0.0, 1.0 / np.maximum(network.scale, 1e-30), 0.0)
    drawn = rng.normal(size=(GOLDEN_ROWS, len(network.mean)))
    features = (network.mean + drawn * spread).astype(np.float32)
    logits = network.logits(features)
    return [
        {"features": [float(f) for f in row], "logits": [float(logit) for logit in answer]}
        for row, answer in zip(features, logits)
    ]


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: train.py FOLDER PART...")
    main(Path(sys.argv[1]), [Path(part) for part in sys.argv[2:]])
