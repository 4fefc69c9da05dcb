"""Optimisers: from gradients to new parameters.

An optimiser works on flat arrays (``update``), or on a list of Values (``step``), and keeps its
state between calls; it belongs to one model.
"""

from nn.optim.adaptive import Adam, AdamW, RMSprop
from nn.optim.base import Optimizer
from nn.optim.schedules import Cosine, Linear, StepDecay, WarmUp
from nn.optim.settings import Schedule
from nn.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Cosine",
    "Linear",
    "Optimizer",
    "RMSprop",
    "Schedule",
    "StepDecay",
    "WarmUp",
]
