"""Losses that PyTorch does not have, or has in another form."""

import torch
import torch.nn.functional as F


def focal(alpha, gamma, by_positives):
    def loss(x, y):
        p = torch.sigmoid(x)
        right = p * y + (1 - p) * (1 - y)
        each = (alpha * y + (1 - alpha) * (1 - y)) * (1 - right) ** gamma * F.binary_cross_entropy_with_logits(x, y, reduction="none")
        return each.sum() / max(1, float(y.sum())) if by_positives else each.mean()
    return loss


def dice(smooth, softmax):
    def loss(x, y):
        classes = x.shape[1]
        p = torch.softmax(x, 1) if softmax else torch.sigmoid(x)
        y = F.one_hot(y.long(), classes).movedim(-1, 1).double() if softmax else y
        dims = tuple(range(2, x.dim()))
        return (1 - (2 * (p * y).sum(dims) + smooth) / (p.sum(dims) + y.sum(dims) + smooth)).mean()
    return loss


def ctc(blank, axis, timed=False):
    """`timed`: how many times count stands before each text."""
    def loss(x, y):
        lasts, y = (y[:, 0].long(), y[:, 1:]) if timed else (None, y)
        lengths = (y >= 0).sum(1)
        logs = F.log_softmax(x.movedim(axis, -1).movedim(1, 0), -1)
        times = lasts if timed else torch.full((x.shape[0],), logs.shape[0], dtype=torch.long)
        each = F.ctc_loss(logs, y.long().clamp(min=0), times, lengths, blank=blank, reduction="none", zero_infinity=True)
        return (each / lengths.clamp(min=1)).mean()
    return loss
