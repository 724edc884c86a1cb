"""The peer: the same distillation steps in PyTorch, as a person would write them.

Reads one JSON command a line, answers one JSON line. Commands:
  {"do": "settings", "workload": W}
      -> {"settings": [what may make its steps faster, the defaults first]}
  {"do": "step", "workload": W, "batch": B, "teacher": "cached"|"loop", "steps": N, "setting": one of these}
      -> {"ms": [wall milliseconds of each step]}
  {"do": "recipe", "images": P, "labels": P, "testImages": P, "testLabels": P, "hidden": H, "epochs": E,
   "seed": S, "teacher": PATH of the teacher's model.json}
      -> {"seconds": training time, "accuracy": test accuracy}
  {"do": "profile", as "step"}
      -> {"steps": [{"ms": wall milliseconds, "ops": {name: {"calls": N, "ms": without the ops that it called}}}]}
  {"do": "memory", as "step"}
      -> {"mb": peak resident memory of the process}
  {"do": "export", "workload": W, "path": P}
      -> {} and the student there, as ONNX with norms that train
  {"do": "images", "folder": P, "batch": B, "steps": N, "workers": W}
      -> {"ms": [wall milliseconds of each step, with what it waits for its images]}
  {"do": "product", "size": N}
      -> {"ms": the fastest product of two N × N matrices}
  {"do": "scale", "mb": M}
      -> {"ms": the fastest scaling in place of so many MiB of numbers}
"""
import bisect
import functools
import gzip
import json
import math
import os
import resource
import struct
import sys
import time
import warnings

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # its profiler tells of each start and stop

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.utils.data
from PIL import Image

TEMPERATURE, ALPHA = 3.0, 0.7


def mlp(*hidden):
    layers, inside = [nn.Flatten()], 784
    for units in hidden:
        layers += [nn.Linear(inside, units), nn.ReLU()]
        inside = units
    return nn.Sequential(*layers, nn.Linear(inside, 10))


def conv(first, second):
    return nn.Sequential(
        nn.Conv2d(1, first, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(25 * second, 10))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


class Block(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outside)
        self.shortcut = nn.Identity()
        if stride != 1 or inside != outside:
            self.shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def resnet(depth):
    blocks = (depth - 2) // 6
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    inside = 16
    for outside, stride in ((16, 1), (32, 2), (64, 2)):
        for index in range(blocks):
            layers.append(Block(inside, outside, stride if index == 0 else 1))
            inside = outside
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def normed(convolution, activated=True):
    layers = [convolution, nn.BatchNorm2d(convolution.out_channels)]
    return layers + [nn.ReLU()] if activated else layers


def resnet18():
    layers = [*normed(nn.Conv2d(3, 64, 7, 2, 3, bias=False)), nn.MaxPool2d(3, 2, 1)]
    inside = 64
    for stage, outside in enumerate((64, 128, 256, 512)):
        for index in range(2):
            layers.append(Block(inside, outside, 2 if stage > 0 and index == 0 else 1))
            inside = outside
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def depthwise():
    layers, inside = normed(nn.Conv2d(3, 32, 3, 1, 1, bias=False)), 32
    for outside, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        layers += normed(nn.Conv2d(inside, inside, 3, stride, 1, groups=inside, bias=False))
        layers += normed(nn.Conv2d(inside, outside, 1, bias=False))
        inside = outside
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.all, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, places, width = x.shape
        q, k, v = self.all(x).view(batch, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, places, width))


class ViT(nn.Module):
    def __init__(self, width=64, depth=4, heads=4):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.places = nn.Parameter(torch.randn(64, width) * 0.05)
        self.norms = nn.ModuleList(nn.LayerNorm(width, 1e-6) for _ in range(2 * depth + 1))
        self.mixers = nn.ModuleList(Attention(width, heads) for _ in range(depth))
        self.dense = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)) for _ in range(depth))
        self.logits = nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.places
        for index, (mixer, dense) in enumerate(zip(self.mixers, self.dense)):
            x = x + mixer(self.norms[2 * index](x))
            x = x + dense(self.norms[2 * index + 1](x))
        return self.logits(self.norms[-1](x).mean(1))


STUDENTS = {"mlp16": lambda: mlp(16), "mlp64": lambda: mlp(64), "lenet": lenet, "mlp1200": lambda: mlp(1200, 1200), "conv8-16": lambda: conv(8, 16), "conv32-64": lambda: conv(32, 64),
            "resnet20": lambda: resnet(20), "resnet18": resnet18, "depthwise": depthwise, "vit": ViT}
TEACHERS = {"resnet20": lambda: resnet(56), "resnet18": resnet18, "depthwise": lambda: resnet(20), "vit": lambda: resnet(20)}
INPUTS = {"resnet18": (3, 64, 64), "resnet20": (3, 32, 32), "depthwise": (3, 32, 32), "vit": (3, 32, 32)}
DEFAULTS = "defaults"
loaded = {}


def settings(workload):
    """Every way to update the weights, and for convolutions every layout. torch.compile only where it works."""
    updates = ["foreach", "fused"]
    layouts = ["channels_last"] if any(isinstance(it, nn.Conv2d) for it in STUDENTS[workload]().modules()) else []
    compiled = ["compiled"] if compiles() else []
    best = "+".join([*layouts, "fused"])
    every = [DEFAULTS, *updates, *layouts, best, *(f"{best}+{it}" for it in compiled)]
    return {"settings": list(dict.fromkeys(every))}


@functools.cache
def compiles():
    try:
        torch.compile(lambda x: x * 2)(torch.ones(2))
        return True
    except Exception:  # whatever its compiler lacks here
        return False


def distill_loss(student, teacher, labels):
    soft = F.kl_div(F.log_softmax(student / TEMPERATURE, 1), F.softmax(teacher / TEMPERATURE, 1), reduction="batchmean")
    return ALPHA * TEMPERATURE**2 * soft + (1 - ALPHA) * F.cross_entropy(student, labels)


def step_setup(workload, batch, teacher, setting):
    """Student, optimizer, inputs and teacher of one workload, made once."""
    key = (workload, batch, teacher, setting)
    parts = setting.split("+")
    if any(other != workload for other, *_ in loaded):
        loaded.clear()
        torch._dynamo.reset()  # else it compiles nothing more after a few nets (recompile_limit)
    if key not in loaded:
        torch.manual_seed(0)
        images = torch.rand(batch, *INPUTS.get(workload, (1, 28, 28)))
        student = STUDENTS[workload]()
        frozen = TEACHERS.get(workload, lambda: conv(32, 64))().eval()
        if "channels_last" in parts:
            images, student, frozen = (it.to(memory_format=torch.channels_last) for it in (images, student, frozen))
        with torch.no_grad():
            cached = frozen(images)
        update = {it: True for it in ("foreach", "fused") if it in parts}
        optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, **update)
        if "compiled" in parts:
            student, frozen = torch.compile(student), torch.compile(frozen)
        loaded[key] = (student, optimizer, images, torch.randint(0, 10, (batch,)), frozen, cached)
    return loaded[key]


def one_step(setup, teacher):
    student, optimizer, images, labels, frozen, cached = setup
    if teacher == "loop":
        with torch.no_grad():
            targets = frozen(images)
    else:
        targets = cached
    loss = distill_loss(student(images), targets, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss.item()


def run_steps(workload, batch=128, teacher="cached", steps=20, setting=DEFAULTS):
    setup = step_setup(workload, batch, teacher, setting)
    times = []
    for index in range(steps + 1):
        start = time.perf_counter()
        one_step(setup, teacher)
        if index > 0:  # the first step warms up
            times.append((time.perf_counter() - start) * 1e3)
    return {"ms": times}


def run_memory(**command):
    """Of a process that has done nothing else."""
    run_steps(**command)
    return {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def run_profile(workload, batch=128, teacher="cached", steps=20, setting=DEFAULTS):
    """Ops are what the dispatcher calls. Ranges of autograd and the optimizer are overhead, as is Python itself."""
    setup = step_setup(workload, batch, teacher, setting)
    times = []
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
        for _ in range(steps + 1):
            start = time.perf_counter()
            with torch.profiler.record_function("one step"):
                one_step(setup, teacher)
            times.append((time.perf_counter() - start) * 1e3)
    events = profiler.events()
    ranges = sorted((event.time_range.start, event.time_range.end) for event in events if event.name == "one step")
    answer = [{"ms": ms, "ops": {}} for ms in times]
    starts = [start for start, _ in ranges]
    for event in events:
        at = bisect.bisect_right(starts, event.time_range.start) - 1
        if at < 0 or "::" not in event.name or event.name.startswith("autograd::"):
            continue
        op = answer[at]["ops"].setdefault(event.name, {"calls": 0, "ms": 0.0})
        op["calls"] += 1
        op["ms"] += event.self_cpu_time_total / 1e3
    return {"steps": answer[1:]}  # the first step warms up


def idx(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    extents = struct.unpack(">" + "I" * data[3], data[4:4 + 4 * data[3]])
    return torch.frombuffer(bytearray(data[4 + 4 * data[3]:]), dtype=torch.uint8).reshape(extents)


def load_teacher(path):
    """conv32-64 from a tfjs layers model: kernels HWIO, dense rows in the order height, width, channel."""
    with open(path) as file:
        (group,) = json.load(file)["weightsManifest"]
    values = b"".join(open(os.path.join(os.path.dirname(path), name), "rb").read() for name in group["paths"])
    tensors, offset = [], 0
    for spec in group["weights"]:
        count = math.prod(spec["shape"])
        tensors.append(torch.frombuffer(bytearray(values[offset:offset + 4 * count]), dtype=torch.float32)
                       .reshape(spec["shape"]))
        offset += 4 * count
    net = conv(32, 64).eval()
    kernel1, bias1, kernel2, bias2, dense, bias3 = tensors
    rows = dense.reshape(5, 5, 64, 10).permute(3, 2, 0, 1).reshape(10, -1)
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), (kernel1.permute(3, 2, 0, 1), bias1, kernel2.permute(3, 2, 0, 1),
                                                       bias2, rows, bias3)):
            parameter.copy_(value)
    return net


def run_recipe(images, labels, testImages, testLabels, hidden, epochs, seed, teacher):
    """The usual loop: teacher in the loop, a DataLoader-free shuffle, batch 128, test once at the end."""
    start = time.perf_counter()
    torch.manual_seed(seed)
    x, y = idx(images).float().div(255).unsqueeze(1), idx(labels).long()
    frozen = load_teacher(teacher)
    student = mlp(hidden)
    for layer in student:  # Keras's initial weights, so that both sides start alike and accuracies can be compared
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(128):
            with torch.no_grad():
                targets = frozen(x[rows])
            loss = distill_loss(student(x[rows]), targets, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
    with torch.no_grad():
        guesses = student.eval()(idx(testImages).float().div(255).unsqueeze(1)).argmax(1)
    accuracy = (guesses == idx(testLabels).long()).float().mean().item()
    return {"seconds": time.perf_counter() - start, "accuracy": accuracy}


def run_export(workload, path):
    torch.manual_seed(0)
    samples, axes = torch.rand(2, *INPUTS.get(workload, (1, 28, 28))), {"input": {0: "batch"}, "output": {0: "batch"}}
    with warnings.catch_warnings(action="ignore"):  # the exporter tells of each norm
        torch.onnx.export(
            STUDENTS[workload](), (samples,), path, dynamo=False, dynamic_axes=axes, input_names=["input"], output_names=["output"],
            training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False)
    return {}


class Photos(torch.utils.data.Dataset):
    """Files in a folder for each class, decoded when they are asked for, as torchvision's ImageFolder does."""

    def __init__(self, folder):
        classes = sorted(os.listdir(folder))
        self.files = [(os.path.join(folder, name, file), label)
                      for label, name in enumerate(classes) for file in sorted(os.listdir(os.path.join(folder, name)))]

    def __len__(self):
        return len(self.files)

    def __getitem__(self, at):
        path, label = self.files[at]
        with Image.open(path) as image:
            pixels = torch.frombuffer(bytearray(image.convert("RGB").tobytes()), dtype=torch.uint8)
            return pixels.view(image.height, image.width, 3).permute(2, 0, 1).float().div(255), label


def run_images(folder, batch, steps, workers):
    torch.manual_seed(1)
    layers, inside = [], 3
    for filters in (16, 32, 32):
        layers += [nn.Conv2d(inside, filters, 3, 2, 1), nn.ReLU()]
        inside = filters
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, 10))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    loader = torch.utils.data.DataLoader(
        Photos(folder), batch_size=batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    times, start = [], time.perf_counter()
    while len(times) < steps:
        for x, y in loader:
            loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
            times.append((time.perf_counter() - start) * 1e3)
            start = time.perf_counter()
    return {"ms": times[:steps]}


def time_product(size):
    a, b = torch.rand(size, size), torch.rand(size, size)
    result, times, end = torch.empty(size, size), [], time.perf_counter() + 0.7
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        torch.mm(a, b, out=result)
        times.append((time.perf_counter() - start) * 1e3)
    return {"ms": min(times)}


def time_scale(mb):
    x, times, end = torch.zeros(mb * 2**18), [], time.perf_counter() + 0.7
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        x.mul_(1.0)
        times.append((time.perf_counter() - start) * 1e3)
    return {"ms": min(times)}


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    commands = {"settings": settings, "step": run_steps, "memory": run_memory, "profile": run_profile, "recipe": run_recipe, "export": run_export, "images": run_images, "product": time_product, "scale": time_scale}
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(commands[command.pop("do")](**command)), flush=True)


if __name__ == "__main__":
    main()
