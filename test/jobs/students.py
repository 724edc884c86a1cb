"""Students: each function writes the file that an experiment names, if it names one, and returns the same network in PyTorch.

A twin is a function of the student's weights {name: tensor}, in the order of axes that Distillery keeps, and of a batch
[batch, ...], channels last, to scores [batch, outputs]. Where the student is a file, weights are found by their values.
"""

import itertools

import timm
import torch
import torchvision
from teachers import Attending, Words, convolutions, export
from torch import nn
from torch.fx.experimental.optimization import fuse
from torch.func import functional_call
from torch.nn import functional as F


def none(folder, data):
    return None


# Students of layers.


def dense(activation):
    def twin(weights, x):
        x = x.reshape(len(x), -1)
        names = [name.removesuffix(".kernel") for name in weights if name.endswith(".kernel")]
        for name in sorted(names, key=lambda name: (name == "logits", name)):
            x = x @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]
            x = x if name == "logits" else activation(x)
        return x

    return twin


def relu_layers(folder, data):
    return dense(F.relu)


def tanh_layers(folder, data):
    return dense(torch.tanh)


def convolution(weights, name, x, padding):
    return F.conv2d(x, weights[f"{name}.kernel"].permute(3, 2, 0, 1), weights[f"{name}.bias"], padding=padding)


def two_convolutions(folder, data):
    def twin(weights, x):
        x = F.max_pool2d(F.relu(convolution(weights, "first", x.permute(0, 3, 1, 2), "same")), 2)
        x = F.relu(convolution(weights, "second", x, 0)).permute(0, 2, 3, 1).flatten(1)
        return x @ weights["scores.kernel"] + weights["scores.bias"]

    return twin


def word_vectors(folder, data):
    def twin(weights, ids):
        is_word = (ids != 0).double().unsqueeze(2)
        x = (weights["words.embeddings"][ids.long()] * is_word).sum(1) / is_word.sum(1)
        return x @ weights["scores.kernel"] + weights["scores.bias"]

    return twin


# Students from files.


def from_file(module, sees):
    """The twin of an exported module: each weight is the parameter of the same values, in some order of its axes."""
    parameters = dict(module.named_parameters())

    def twin(weights, x):
        found = {}
        for name, weight in weights.items():
            match = next(iter(matches(weight, parameters)), None)
            if match is None:
                raise ValueError(f"no parameter of the module has the values of {name} {tuple(weight.shape)}")
            found[match[0]] = weight.permute(match[1]).reshape(parameters[match[0]].shape)
        return functional_call(module.double(), found, (sees(x),))

    twin.parameters = len(parameters)
    return twin


def matches(weight, parameters):
    values = weight.detach().float()
    for name, parameter in parameters.items():
        if parameter.numel() != weight.numel():
            continue
        for order in itertools.permutations(range(weight.ndim)):
            turned = values.permute(order)
            if turned.shape == parameter.shape or tuple(s for s in turned.shape if s > 1) == tuple(s for s in parameter.shape if s > 1):
                # A norm that is folded into a convolution is multiplied in another order there.
                if torch.allclose(turned.reshape(parameter.shape), parameter.detach().float(), rtol=1e-4, atol=1e-6):
                    yield name, order


def shaken(module):
    """No two weights are alike, so that each is known by its values."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += torch.randn_like(parameter) * 0.02
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer.uniform_(-0.2, 0.2)
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
    return module


def first(x):
    return x.permute(0, 3, 1, 2)


def file_student(folder, data, module, how="torchscript", sees=first):
    shaken(module)
    image = torch.zeros(data.x["train"][:2].shape)
    seen = sees(image.long() if sees is integers else image)
    if how == "training":
        module.train()
        axes = {"input": {0: "batch"}, "output": {0: "batch"}}
        torch.onnx.export(
            module, (seen,), folder / "student.onnx", dynamo=False, dynamic_axes=axes, input_names=["input"],
            output_names=["output"], training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False,
        )  # fmt: skip
        return from_file(module, sees)
    module.eval()
    export(module, seen, folder / "student.onnx", how)
    folds = any(isinstance(part, nn.BatchNorm2d) for part in module.modules())
    return from_file(fuse(module) if folds else module, sees)


def same(x):
    return x


def integers(x):
    return x.long()


def torch_dense(folder, data):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(data.x["train"].shape[1], 16), nn.Tanh(), nn.Linear(16, data.outputs))
    return file_student(folder, data, module, "dynamo", same)


def torch_convolutions(folder, data):
    torch.manual_seed(0)
    return file_student(folder, data, convolutions(data), "training")


def torch_convolutions_folded(folder, data):
    torch.manual_seed(0)
    return file_student(folder, data, convolutions(data), "dynamo")


def torchvision_resnet18(folder, data):
    torch.manual_seed(0)
    return file_student(folder, data, torchvision.models.resnet18(num_classes=data.outputs), "training")


def torchvision_of_imagenet(folder, data):
    """With the thousand classes of its pretraining; the new head begins elsewhere in PyTorch, so it has no twin."""
    torch.manual_seed(0)
    file_student(folder, data, torchvision.models.resnet18(), "training")


def torchvision_mobilenet(folder, data):
    torch.manual_seed(0)
    return file_student(folder, data, torchvision.models.mobilenet_v2(num_classes=data.outputs, dropout=0.0), "training")


def timm_convnext(folder, data):
    torch.manual_seed(0)
    module = timm.create_model("convnext_atto", num_classes=data.outputs, depths=(1, 1, 1, 1), dims=(16, 24, 32, 48), patch_size=2)
    return file_student(folder, data, module, "dynamo")


def timm_vit(folder, data):
    torch.manual_seed(0)
    module = timm.create_model(
        "vit_tiny_patch16_224", img_size=data.x["train"].shape[1], patch_size=8, depth=2, embed_dim=48, num_classes=data.outputs
    )
    return file_student(folder, data, module, "dynamo")


def torch_words(folder, data):
    torch.manual_seed(0)
    return file_student(folder, data, Words(data.outputs, width=6), "dynamo", integers)


def torch_attention(folder, data):
    torch.manual_seed(0)
    return file_student(folder, data, Attending(data.outputs, width=16), "torchscript", integers)
