"""What is known of a head's quality: calibration, rank, loss. All over rows with weights."""

import numpy as np

from tower import sigmoid

# Spread of the calibration's prior: what a handful of positives says moves it little.
PRIOR_A, PRIOR_B = 0.25, 1.0


def fit_calibration(logits, labels, weights, prior=(1.0, 0.0)):
    """(a, b) of sigmoid(a·logit + b), by Newton's method on the posterior (Platt scaling with a prior)."""
    a, b = prior
    for _ in range(50):
        p = sigmoid(a * logits + b)
        error, curve = weights * (p - labels), weights * p * (1.0 - p)
        of_a = (error * logits).sum() + (a - prior[0]) / PRIOR_A**2
        gradient = np.array([of_a, error.sum() + (b - prior[1]) / PRIOR_B**2])
        cross = (curve * logits).sum()
        hessian = np.array(
            [[(curve * logits**2).sum() + 1.0 / PRIOR_A**2, cross], [cross, curve.sum() + 1.0 / PRIOR_B**2]]
        )
        step = np.linalg.solve(hessian, gradient)
        a, b = a - step[0], b - step[1]
        if np.abs(step).max() < 1e-12:
            break
    return float(a), float(b)


def log_loss(p, labels, weights):
    p = np.clip(p, 1e-7, 1.0 - 1e-7)
    losses = -(labels * np.log(p) + (1.0 - labels) * np.log(1.0 - p))
    return float((losses * weights).sum() / weights.sum())


def auc(score, labels, weights):
    """P(a positive row ranks above a negative one), ties half; None when there is only one kind."""
    positive, negative = weights * labels, weights * (1.0 - labels)
    if positive.sum() == 0.0 or negative.sum() == 0.0:
        return None
    _, group = np.unique(score, return_inverse=True)
    by_positive = np.bincount(group, positive)
    by_negative = np.bincount(group, negative)
    below = np.concatenate([[0.0], np.cumsum(by_negative)[:-1]])
    return float((by_positive * (below + by_negative / 2.0)).sum() / positive.sum() / negative.sum())


def calibration_table(p, labels, weights, bins=10):
    """Rows in order of p, cut into parts of equal number: what was predicted and what came."""
    table = []
    for part in np.array_split(np.argsort(p, kind="stable"), bins):
        if len(part) == 0 or weights[part].sum() == 0.0:
            continue
        share = weights[part] / weights[part].sum()
        table.append(
            {
                "rows": len(part),
                "predicted": rounded((p[part] * share).sum()),
                "observed": rounded((labels[part] * share).sum()),
            }
        )
    return table


def calibration_by_age(p, labels, weights, days, bounds):
    """By days since something: what was predicted and what came in each of the ranges between `bounds`, in order; empty ones are left out."""
    table = []
    for begin, end in zip(bounds, [*bounds[1:], np.inf]):
        part = (days >= begin) & (days < end)
        if weights[part].sum() == 0.0:
            continue
        share = weights[part] / weights[part].sum()
        table.append(
            {
                "fromDays": begin,
                "toDays": None if end == np.inf else end,
                "rows": int(part.sum()),
                "positives": int(labels[part].sum()),
                "predicted": rounded((p[part] * share).sum()),
                "observed": rounded((labels[part] * share).sum()),
            }
        )
    return table


def correlation(x, y):
    if len(x) < 2 or x.std() == 0.0 or y.std() == 0.0:
        return None
    return float(((x - x.mean()) * (y - y.mean())).mean() / (x.std() * y.std()))


def ranks(x):
    """Ties share their mean rank."""
    _, group, count = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2.0)[group]


def rounded(value, digits=6):
    return None if value is None else round(float(value), digits)
