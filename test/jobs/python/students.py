"""Students: each function writes the file that an experiment names, if it names one, and returns the same network in PyTorch.

A twin is a function of the student's weights {name: tensor}, in the order of axes that Distillery keeps, and of a batch
[batch, ...], channels last, to scores [batch, outputs]. Where the student is a file, weights are found by their values.
"""

import copy
import itertools

import timm
import torch
import torchvision
from networks import Attending, Words, convolutions, export
from teachers.classifiers import bert_classifier
from teachers.pytorch import channels_first
from torch import nn
from torch.fx.experimental.optimization import fuse
from torch.func import functional_call
from torch.nn import functional as F


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
        is_word = (ids != 0).to(weights["scores.kernel"].dtype).unsqueeze(2)
        x = (weights["words.embeddings"][ids.long()] * is_word).sum(1) / is_word.sum(1)
        return x @ weights["scores.kernel"] + weights["scores.bias"]

    return twin


def recurrent(form, gates):
    """Keras's weights of one state, in PyTorch's order of gates; behind the last word, as all padding follows it."""

    def twin(weights, ids):
        x = weights["words.embeddings"][ids.long()]
        kernel, state, bias = (gates(weights[f"state.{name}"]) for name in ("kernel", "recurrentKernel", "bias"))
        biases = bias if bias.ndim == 2 else torch.stack([bias, torch.zeros_like(bias)])
        zeros = x.new_zeros(1, len(x), state.shape[0])
        start, weighed = ((zeros, zeros), torch.lstm) if form == "lstm" else (zeros, torch.gru)
        states = weighed(x, start, [kernel.T, state.T, *biases], True, 1, 0.0, False, False, True)[0]
        last = states[torch.arange(len(x)), (ids != 0).sum(1) - 1]
        return last @ weights["scores.kernel"] + weights["scores.bias"]

    return twin


def word_lstm(folder, data):
    return recurrent("lstm", lambda weights: weights)


def word_gru(folder, data):
    def gates(weights):
        update, reset, new = weights.chunk(3, -1)
        return torch.cat([reset, update, new], -1)

    return recurrent("gru", gates)


def transformer_layers(folder, data):
    """One block of two heads, each on half of the width; padding is left out of attention and of the mean."""

    def twin(weights, ids):
        def dense(x, name, part="kernel", bias="bias"):
            return x @ weights[f"{name}.{part}"] + weights[f"{name}.{bias}"]

        def norm(x, name):
            return F.layer_norm(x, x.shape[2:], weights[f"{name}.gamma"], weights[f"{name}.beta"], 1e-6)

        is_word = ids != 0
        x = weights["words.embeddings"][ids.long()] + weights["positions.embeddings"]
        y, attention = norm(x, "block1.norm1"), "block1.attention"
        q, v = (dense(y, attention, f"{name}Kernel", f"{name}Bias") for name in ("query", "value"))
        k = y @ weights[f"{attention}.keyKernel"]
        q, k, v = (part.unflatten(2, (2, -1)).transpose(1, 2) for part in (q, k, v))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=is_word[:, None, None, :]).transpose(1, 2).flatten(2)
        x = x + dense(mixed, attention, "outputKernel", "outputBias")
        x = x + dense(F.gelu(dense(norm(x, "block1.norm2"), "block1.hidden")), "block1.dense")
        share = is_word.double().unsqueeze(2)
        return dense((norm(x, "norm") * share).sum(1) / share.sum(1), "logits")

    return twin


# Students from files.


def from_file(module, sees):
    """The twin of an exported module: each weight is the parameter of the same values, in some order of its axes."""
    parameters, places = dict(module.named_parameters()), {}

    def twin(weights, x):
        for name in weights.keys() - places.keys():
            places[name] = next(iter(matches(weights[name], parameters)), None)
            if places[name] is None:
                raise ValueError(f"no parameter of the module has the values of {name} {tuple(weights[name].shape)}")
        found = {}
        for name, weight in weights.items():
            own, order = places[name]
            found[own] = weight.permute(order).reshape(parameters[own].shape)
        seen = sees(x)
        return functional_call(module.to(weight.dtype), found, seen if isinstance(seen, tuple) else (seen,))

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


REACH = 0.1


def clear_of_kinks(module, seen):
    """Moves the biases of norms so that behind none of them a ReLU sees a number near its kink, beside which float32 may be on either side.

    One number of millions that crosses it changes gradients a thousand times as much as roundings do: those of an untrained MobileNetV2 in
    PyTorch's own float32 differ from float64 by 5e-3 of the largest, and by 1e-5 where GELU stands for ReLU6.
    """
    moved, norms = copy.deepcopy(module).double(), []

    def behind(norm, given, output):
        norms[:] = [norm]

    def before(relu, given):
        if not norms:
            return None
        kinks = (0, 6) if isinstance(relu, nn.ReLU6) else (0,)
        # What brings a number to a kink, by channel: the bias moves into the middle of the widest gap.
        values = given[0].transpose(0, 1).flatten(1)
        taken = torch.cat([kink - values for kink in kinks], 1).clamp(-REACH, REACH)
        ends = values.new_tensor([[-REACH, REACH]]).expand(len(values), 2)
        taken = torch.cat([taken, ends], 1).sort(1).values
        gaps = taken.diff(dim=1)
        widest = gaps.argmax(1, keepdim=True)
        shift = (taken.gather(1, widest) + gaps.gather(1, widest) / 2).squeeze(1)
        norms.pop().bias += shift
        return given[0] + shift[:, None, None]

    for part in moved.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.register_forward_hook(behind)
        if isinstance(part, (nn.ReLU, nn.ReLU6)):
            part.register_forward_pre_hook(before)
    with torch.no_grad():
        moved(seen.double())
        for own, other in zip(module.parameters(), moved.parameters(), strict=True):
            own.copy_(other)


def first(x):
    return x.permute(0, 3, 1, 2)


def file_student(folder, data, module, how="torchscript", sees=first):
    shaken(module)
    image = torch.zeros(data.x["train"][:2].shape)
    seen = sees(image.long() if sees is integers else image)
    module.train(how == "training")
    if any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
        clear_of_kinks(module, channels_first(data)(data.x["train"][: data.rows]))
    if how == "training":
        axes = {"input": {0: "batch"}, "output": {0: "batch"}}
        torch.onnx.export(
            module, (seen,), folder / "student.onnx", dynamo=False, dynamic_axes=axes, input_names=["input"],
            output_names=["output"], training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False,
        )  # fmt: skip
        return from_file(module, sees)
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
    """Of eight blocks: through the 52 norms of all 17, PyTorch's own float32 gradients are off by 1e-4 of the largest, whichever the samples,
    the seed and the width, and with GELU for ReLU6."""
    torch.manual_seed(0)
    blocks = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 2, 2]]  # expansion, channels, how many, stride
    module = torchvision.models.mobilenet_v2(num_classes=data.outputs, dropout=0.0, inverted_residual_setting=blocks)
    return file_student(folder, data, module, "training")


def small_convnext(data):
    return timm.create_model("convnext_atto", num_classes=data.outputs, depths=(1, 1, 1, 1), dims=(16, 24, 32, 48), patch_size=2)


def timm_convnext(folder, data):
    torch.manual_seed(0)
    return file_student(folder, data, small_convnext(data), "dynamo")


def timm_convnext_one(folder, data):
    """Exported for one sample, as it is written most often."""
    torch.manual_seed(0)
    return file_student(folder, data, small_convnext(data), "one")


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


def small_bert(folder, data):
    """With three inputs, all of which are worked out of the tokens."""
    module = shaken(bert_classifier(data.outputs, width=16)).eval()
    module.export(data.x["train"][:2], folder / "student.onnx")
    return from_file(module, module.sees)
