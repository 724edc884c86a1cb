"""Python's side of the jobs: answers each command, a line of JSON on its input, with a line of JSON.

    {"make": {"folder", "data", "rows", "teacher", "student"}}   writes the files of a job by functions of these names, or null where an experiment
                                                         makes its own; answers what the teacher says of the test samples
    {"teacher": {"outputs"}}    measures stored outputs, and compares them with the teacher's own
    {"step": {"weights", "outputs", "normalize", "whole"}}   loss and gradients of the student's twin, written to step.safetensors
    {"exported": {"path"}}      measures an exported student on the raw test samples

torch, scikit-learn and ONNX Runtime compute everything; nothing of Distillery is read but these files.
"""

import json
import os
import sys
import traceback
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
sys.path.insert(0, str(Path(__file__).parent))

import onnxruntime  # noqa: E402
import students  # noqa: E402
import torch  # noqa: E402
from data import images, numbers, tables, texts  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402
from sklearn import metrics  # noqa: E402
from teachers import classifiers, estimators, pytorch, stored  # noqa: E402
from torch.nn import functional as F  # noqa: E402

TEMPERATURE, ALPHA = 3.0, 0.7
# Of the largest gradient: a smooth one changes less by a rounding of the weights.
KINK = 2e-6
DATA = (numbers, tables, images, texts)
TEACHERS = (estimators, pytorch, classifiers, stored)
torch.set_num_threads(1)  # as many jobs run side by side as the machine has cores
job = {}


def metric(task, scores, y):
    """Of scores or probabilities: neither metric changes by a softmax."""
    if task == "regression":
        return float(np.sqrt(np.mean((scores - y.reshape(scores.shape)) ** 2)))
    if task == "multiLabel":
        return float(metrics.average_precision_score(y, scores, average="macro"))
    if scores.shape[1] == 1:
        scores = np.concatenate([1 - scores, scores], 1)
    return float(np.mean(scores.argmax(1) == y))


def as_logits(scores, form, task):
    scores = np.asarray(scores, np.float64)
    if form != "probabilities":
        return scores
    logs = np.log(np.maximum(scores, 1e-30))
    return logs - np.log(np.maximum(1 - scores, 1e-30)) if task == "multiLabel" else logs


def raw(part):
    """What a teacher is asked about: rows of a table of mixed columns, or arrays."""
    given = job["data"]
    return given.x[part] if given.x[part] is not None else given.tables[part]


def function_of(modules, name):
    return next(getattr(module, name) for module in modules if hasattr(module, name))


def make(folder, data, rows, teacher, student):
    folder = Path(folder)
    given = function_of(DATA, data)(folder)
    given.rows = rows
    job.update(folder=folder, data=given)
    job["teacher"] = None if teacher is None else function_of(TEACHERS, teacher)(folder, given)
    job["twin"] = None if student is None else function_of((students,), student)(folder, given)
    scores = job["teacher"]
    said = None if scores is None else metric(given.task, np.asarray(scores(raw("test"))), given.y["test"])
    return {"teacher": said, "hasTwin": job["twin"] is not None, "hasArrays": given.x["test"] is not None}


def of_part(path, part):
    stored = np.load(path)
    return stored[part] if part in stored.files else stored[stored.files[0]]


def teacher(outputs):
    """How far stored outputs for the test samples are from the teacher's own: the largest difference of probabilities or numbers."""
    given, stored = job["data"], of_part(outputs, "test").astype(np.float64)
    measured = metric(given.task, stored, given.y["test"])
    if job["teacher"] is None:
        return {"metric": measured, "difference": 0}
    own = as_logits(job["teacher"](raw("test")), job["teacher"].form, given.task)

    def shares(z):
        if given.task == "regression":
            return z
        z = torch.from_numpy(np.ascontiguousarray(z))
        return (z.sigmoid() if given.task == "multiLabel" else z.softmax(1)).numpy()

    return {"metric": measured, "difference": float(np.abs(shares(stored) - shares(own)).max())}


def distillation(task, z, teacher, y):
    if task == "regression":
        return ALPHA * F.mse_loss(z, teacher) + (1 - ALPHA) * F.mse_loss(z, y)
    if task == "multiLabel":
        s, t = z / TEMPERATURE, teacher / TEMPERATURE
        kl = (t.sigmoid() * (t - s) + F.softplus(s) - F.softplus(t)).mean() * TEMPERATURE**2
        return ALPHA * kl + (1 - ALPHA) * F.binary_cross_entropy_with_logits(z, y)
    s, t = F.log_softmax(z / TEMPERATURE, 1), F.log_softmax(teacher / TEMPERATURE, 1)
    kl = F.kl_div(s, t, reduction="batchmean", log_target=True) * TEMPERATURE**2
    return ALPHA * kl + (1 - ALPHA) * F.cross_entropy(z, y)


def step(weights, outputs, normalize, whole):
    """One step of kd and the loss of labels on the first training samples, in float64 from float32 weights.

    Beside a kink, where a ReLU's input is zero but for rounding, float32 may be on either side of it. So gradients are also computed with
    weights that float32 hardly tells from these; where they are others, least/NAME and most/NAME say from where to where they reach.
    Of a file's student, which may be deep, it also says how far PyTorch's own float32 is beyond that, as a share of the largest gradient.
    """
    given = job["data"]
    rows = given.rows
    x, y = given.x["train"][:rows], torch.from_numpy(np.asarray(given.y["train"][:rows]))
    if np.issubdtype(x.dtype, np.integer) and x.ndim == 2:
        seen = torch.from_numpy(x)
    else:
        values = x.astype(np.float64) * normalize["scale"]
        seen = torch.from_numpy((values - np.asarray(normalize["mean"])) / np.asarray(normalize["std"]))
    if outputs is not None:
        said = of_part(outputs, "train")[:rows].astype(np.float64)
    else:
        said = as_logits(job["teacher"](raw("train")[:rows]), job["teacher"].form, given.task)
    start = {name: torch.from_numpy(values.astype(np.float64)) for name, values in load_file(weights).items()}
    if whole and hasattr(job["twin"], "parameters") and len(start) != job["twin"].parameters:
        raise ValueError(f"{len(start)} weights of the student are trained; PyTorch trains {job['twin'].parameters}")

    def gradients(moved=None, kind=torch.float64):
        leaves = {name: (weight + moved[name] if moved else weight).to(kind, copy=True).requires_grad_() for name, weight in start.items()}
        z = job["twin"](leaves, seen.to(kind) if seen.is_floating_point() else seen)
        labels = y if given.task == "classification" else y.reshape(z.shape).to(kind)
        loss = distillation(given.task, z, torch.from_numpy(said).reshape(z.shape).to(kind), labels)
        loss.backward()
        return loss.item(), {name: weight.grad.float().numpy() for name, weight in leaves.items()}

    loss, found = gradients()
    written = dict(found)
    largest = max(np.abs(values).max() for values in found.values())
    beside = [gradients(moved)[1] for moved in roundings(start)]
    single = gradients(kind=torch.float32)[1] if hasattr(job["twin"], "parameters") else found
    own = 0.0
    for name, values in found.items():
        all_of_it = np.stack([values, *(other[name] for other in beside)])
        least, most = all_of_it.min(0), all_of_it.max(0)
        if (most - least).max() > KINK * largest:
            written |= {f"least/{name}": least, f"most/{name}": most}
        own = max(own, float(np.abs(single[name] - single[name].clip(least, most)).max() / largest))
    save_file(written, job["folder"] / "step.safetensors", {"loss": repr(loss), "float32": repr(own)})
    return {"loss": loss}


def roundings(weights):
    """Weights moved by two units of float32's last place, this way and then the opposite one: what is beside a kink crosses it in one."""
    draw = torch.Generator().manual_seed(1)
    for _ in range(4):
        moved = {name: w * 2.0**-22 * torch.randn(w.shape, generator=draw, dtype=w.dtype) for name, w in weights.items()}
        yield moved
        yield {name: -values for name, values in moved.items()}


def exported(path):
    given = job["data"]
    session = onnxruntime.InferenceSession(path)
    port = session.get_inputs()[0]
    kind = {"tensor(float)": np.float32, "tensor(int32)": np.int32, "tensor(int64)": np.int64}[port.type]
    x = given.x["test"].astype(kind)
    if x.ndim == 4 and port.shape[1] == x.shape[3] and port.shape[3] != x.shape[3]:
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    scores = session.run(None, {port.name: x})[0]
    return {"metric": metric(given.task, np.asarray(scores, np.float64), given.y["test"])}


commands = {"make": make, "teacher": teacher, "step": step, "exported": exported}
# What libraries print is no answer, from Rust and C++ neither.
answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    (name, given), = json.loads(line).items()
    try:
        said = commands[name](**given)
    except Exception as error:  # the job fails with it, the next goes on
        traceback.print_exc()
        said = {"error": f"{type(error).__name__}: {error}"}
    answer.write(json.dumps(said) + "\n")
    answer.flush()
