"""Networks of PyTorch that are teachers and students alike, and how people export them."""

import torch
from torch import nn


class OwnScale(nn.Module):
    """Dense layers on raw numbers, which it brings to mean 0 and deviation 1 itself."""

    def __init__(self, data, width=64):
        super().__init__()
        x = torch.from_numpy(data.x["train"])
        self.register_buffer("mean", x.mean(0))
        self.register_buffer("std", x.std(0) + 1e-3)
        self.body = nn.Sequential(nn.Linear(x.shape[1], width), nn.ReLU(), nn.Linear(width, data.outputs))

    def forward(self, x):
        return self.body((x - self.mean) / self.std)


def convolutions(data):
    channels = data.x["train"].shape[3]
    return nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(32, data.outputs),
    )  # fmt: skip


class Words(nn.Module):
    """The mean of the words' vectors, without padding (number 0), and a dense layer."""

    def __init__(self, outputs, words=200, width=24):
        super().__init__()
        self.vectors, self.head = nn.Embedding(words, width), nn.Linear(width, outputs)

    def forward(self, ids):
        is_word = (ids != 0).float().unsqueeze(2)
        return self.head((self.vectors(ids) * is_word).sum(1) / is_word.sum(1))


class Attending(nn.Module):
    """A small transformer that finds the padding itself."""

    def __init__(self, outputs, words=200, width=32, length=16):
        super().__init__()
        self.vectors, self.places = nn.Embedding(words, width), nn.Parameter(torch.randn(1, length, width) / 8)
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, outputs)

    def forward(self, ids):
        x = self.vectors(ids) + self.places
        q, k, v = self.qkv(x).chunk(3, -1)
        mask = (ids != 0)[:, None, :]
        scores = (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).masked_fill(~mask, -1e9)
        x = self.norm(x + self.mix(scores.softmax(-1) @ v))
        is_word = mask.transpose(1, 2).float()
        return self.head((x * is_word).sum(1) / is_word.sum(1))


def export(module, seen, path, how):
    """As people export: by TorchScript with a named axis for the batch, or by dynamo, with one or without."""
    if how == "torchscript":
        axes = {"input": {0: "batch"}, "output": {0: "batch"}}
        torch.onnx.export(module, (seen[:2],), path, dynamo=False, dynamic_axes=axes, input_names=["input"], output_names=["output"])
    elif how == "dynamo":
        axes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(module, (seen[:2],), path, dynamo=True, dynamic_shapes=axes, verbose=False, external_data=False)
    else:
        torch.onnx.export(module, (seen[:1],), path, dynamo=True, verbose=False, external_data=False)
