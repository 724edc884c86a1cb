"""Teachers as people have them: each function trains one in Python, writes the file that an experiment names, and returns its
answers: a function of raw samples, as the files have them, to scores [samples, outputs].

`form` of the function tells what the scores are: logits, probabilities, or numbers.
"""

import warnings

import lightgbm
import numpy as np
import onnx
import onnxmltools
import timm
import torch
import torchvision
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
OPSETS = {"": 15, "ai.onnx.ml": 3}


def answers(form, function):
    def scores(x):
        return function(x)

    scores.form = form
    return scores


# scikit-learn and boosted trees: they take raw numbers.


def sklearn_teacher(folder, data, model, **options):
    x, y = data.x["train"], data.y["train"]
    model.fit(x, y)
    converted = to_onnx(model, x[:1], target_opset=OPSETS, options={id(model): options} if options else None)
    (folder / "teacher.onnx").write_bytes(converted.SerializeToString())
    if data.task == "regression":
        return answers("numbers", lambda x: model.predict(x).reshape(len(x), -1))
    return answers("probabilities", model.predict_proba)


def forest(folder, data):
    return sklearn_teacher(folder, data, RandomForestClassifier(40, random_state=0))


def forest_arrays(folder, data):
    return sklearn_teacher(folder, data, RandomForestClassifier(40, max_depth=8, random_state=0), zipmap=False)


def forest_of_numbers(folder, data):
    return sklearn_teacher(folder, data, RandomForestRegressor(6, max_depth=4, random_state=0))


def ridge(folder, data):
    return sklearn_teacher(folder, data, Ridge())


def gradient_boosting(folder, data):
    return sklearn_teacher(folder, data, GradientBoostingClassifier(n_estimators=20, random_state=0))


def logistic(folder, data):
    return sklearn_teacher(folder, data, make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)))


def support_vectors(folder, data):
    return sklearn_teacher(folder, data, make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)))


def sklearn_network(folder, data):
    return sklearn_teacher(folder, data, make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=300, random_state=0)))


def boosted(folder, data, model, convert):
    model.fit(data.x["train"], data.y["train"])
    ports = [("input", FloatTensorType([None, data.x["train"].shape[1]]))]
    (folder / "teacher.onnx").write_bytes(convert(model, initial_types=ports, target_opset=15).SerializeToString())
    if data.task == "regression":
        return answers("numbers", lambda x: model.predict(x).reshape(len(x), -1))
    return answers("probabilities", model.predict_proba)


def xgb(folder, data):
    return boosted(folder, data, xgboost.XGBClassifier(n_estimators=30, max_depth=4), onnxmltools.convert_xgboost)


def xgb_of_numbers(folder, data):
    return boosted(folder, data, xgboost.XGBRegressor(n_estimators=30, max_depth=3), onnxmltools.convert_xgboost)


def lgbm(folder, data):
    return boosted(folder, data, lightgbm.LGBMClassifier(n_estimators=30, verbose=-1), onnxmltools.convert_lightgbm)


def lgbm_of_numbers(folder, data):
    return boosted(folder, data, lightgbm.LGBMRegressor(n_estimators=30, verbose=-1), onnxmltools.convert_lightgbm)


# PyTorch.


def loss_of(task):
    return {"classification": F.cross_entropy, "multiLabel": F.binary_cross_entropy_with_logits, "regression": F.mse_loss}[task]


def target_of(data, rows):
    y = torch.from_numpy(np.asarray(data.y["train"][rows]))
    return y if data.task == "classification" else y.reshape(len(rows), -1).float()


def trained(module, data, steps=150, rate=3e-3, batch=64):
    """Trains it briefly on what it sees: a function of raw samples gives that."""
    random = np.random.default_rng(0)
    optimizer = torch.optim.AdamW(module.parameters(), rate)
    module.train()
    for _ in range(steps):
        rows = random.permutation(len(data.x["train"]))[:batch]
        loss = loss_of(data.task)(module(module.sees(data.x["train"][rows])), target_of(data, rows))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return module.eval()


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


def torch_teacher(folder, data, module, how="dynamo", sees=None, name="teacher.onnx", **options):
    module.sees = sees or (lambda x: torch.from_numpy(np.asarray(x, np.float32)))
    trained(module, data, **options)
    export(module, module.sees(data.x["train"][:2]), folder / name, how)
    numbers = "numbers" if data.task == "regression" else "logits"

    def scores(x):
        with torch.no_grad():
            return torch.cat([module(module.sees(x[start : start + 64])) for start in range(0, len(x), 64)]).numpy()

    return answers(numbers, scores)


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


def torch_dense(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, OwnScale(data))


def torch_dense_script(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, OwnScale(data), "torchscript")


def torch_dense_one(folder, data):
    """Exported for one sample, as it is written most often."""
    torch.manual_seed(0)
    return torch_teacher(folder, data, OwnScale(data), "one")


def channels_first(data):
    scale = 1 / 16 if data.x["train"].max() <= 16 else 1 / 255
    return lambda x: torch.from_numpy(np.asarray(x, np.float32)).permute(0, 3, 1, 2).contiguous() * scale


def convolutions(data):
    channels = data.x["train"].shape[3]
    return nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(32, data.outputs),
    )  # fmt: skip


def torch_convolutions(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, convolutions(data), sees=channels_first(data))


def torch_convolutions_script(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, convolutions(data), "torchscript", channels_first(data))


def torchvision_resnet18(folder, data):
    torch.manual_seed(0)
    module = torchvision.models.resnet18(num_classes=data.outputs)
    return torch_teacher(folder, data, module, "torchscript", channels_first(data), steps=12, rate=1e-3, batch=32)


def timm_mobilenet(folder, data):
    torch.manual_seed(0)
    module = timm.create_model("mobilenetv3_small_050", num_classes=data.outputs)
    return torch_teacher(folder, data, module, "dynamo", channels_first(data), steps=12, rate=1e-3, batch=32)


def timm_vit(folder, data):
    torch.manual_seed(0)
    module = timm.create_model(
        "vit_tiny_patch16_224", img_size=data.x["train"].shape[1], patch_size=4, depth=2, num_classes=data.outputs
    )
    return torch_teacher(folder, data, module, "dynamo", channels_first(data), steps=20, rate=5e-4, batch=32)


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


def torch_words(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, Words(data.outputs), sees=torch.from_numpy, rate=2e-2)


def torch_attention(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, Attending(data.outputs), "torchscript", torch.from_numpy)


def torch_half(folder, data):
    """Weights in half precision, as models are made smaller; inputs and outputs stay float32."""
    from onnxconverter_common import float16

    torch.manual_seed(0)
    scores = torch_teacher(folder, data, OwnScale(data), "torchscript")
    onnx.save(float16.convert_float_to_float16(onnx.load(folder / "teacher.onnx"), keep_io_types=True), folder / "teacher.onnx")
    return scores


def torch_quantised(folder, data):
    """Weights and activations of 8 bits, as QuantizeLinear and DequantizeLinear; what ONNX Runtime makes of it is what it says."""
    from onnxruntime import InferenceSession, quantization

    torch_dense_script(folder, data)
    (folder / "teacher.onnx").rename(folder / "float.onnx")
    x = data.x["train"]

    class Reader(quantization.CalibrationDataReader):
        batches = iter([{"input": x[start : start + 64]} for start in range(0, len(x), 64)])

        def get_next(self):
            return next(self.batches, None)

    quantization.quantize_static(folder / "float.onnx", folder / "teacher.onnx", Reader())
    (folder / "float.onnx").unlink()
    session = InferenceSession(folder / "teacher.onnx")
    return answers("logits", lambda x: session.run(None, {"input": x})[0])


def torch_larger(folder, data):
    """It takes images of 64 × 64, whatever the size of the samples."""
    torch.manual_seed(0)
    smaller = channels_first(data)

    def sees(x):
        return F.interpolate(smaller(x), size=(64, 64), mode="bilinear", align_corners=False)

    return torch_teacher(folder, data, convolutions(data), "torchscript", sees, steps=30, batch=32)


# Transformers, with inputs beside the tokens.

SMALL = {"vocab_size": 200, "num_labels": 3, "max_position_embeddings": 32, "attn_implementation": "eager"}


class Logits(nn.Module):
    """A classifier of transformers, whose inputs come in one order and whose logits alone go out."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs, strict=True))).logits


def transformer(folder, data, model, names, how):
    def sees(x):
        ids = torch.from_numpy(x)
        mask = (ids != 0).long()
        before = (ids == 3).long().cumsum(1) - (ids == 3).long()  # [SEP] is 3
        parts = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ((before == 1) & (mask == 1)).long()}
        return tuple(parts[name] for name in names)

    module = Logits(model, names)
    module.sees = sees
    random = np.random.default_rng(0)
    optimizer = torch.optim.AdamW(module.parameters(), 2e-3)
    for _ in range(60):
        rows = random.permutation(len(data.x["train"]))[:32]
        loss = F.cross_entropy(module(*sees(data.x["train"][rows])), target_of(data, rows))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    module.eval()
    seen = sees(data.x["train"][:2])
    if how == "torchscript":
        axes = {name: {0: "batch"} for name in [*names, "logits"]}
        torch.onnx.export(
            module, seen, folder / "teacher.onnx", dynamo=False, dynamic_axes=axes, input_names=names, output_names=["logits"]
        )
    else:
        shapes = (tuple({0: torch.export.Dim("batch")} for _ in names),)
        torch.onnx.export(
            module, seen, folder / "teacher.onnx", dynamo=True, dynamic_shapes=shapes, input_names=names, output_names=["logits"],
            verbose=False, external_data=False,
        )  # fmt: skip

    def scores(x):
        with torch.no_grad():
            return module(*sees(x)).numpy()

    return answers("logits", scores)


def distilbert(folder, data):
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    torch.manual_seed(0)
    config = DistilBertConfig(dim=32, n_layers=2, n_heads=2, hidden_dim=64, **SMALL)
    return transformer(folder, data, DistilBertForSequenceClassification(config), ["input_ids", "attention_mask"], "torchscript")


def bert(folder, data):
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, **{**SMALL, "num_labels": data.outputs}
    )
    names = ["input_ids", "attention_mask", "token_type_ids"]
    return transformer(folder, data, BertForSequenceClassification(config), names, "torchscript")


# Stored outputs: the teacher itself stays in Python.


def said_logits_npz(folder, data):
    torch.manual_seed(0)
    scores = torch_teacher(folder, data, OwnScale(data), name="not-given.onnx")
    (folder / "not-given.onnx").unlink()
    np.savez(folder / "said.npz", **{part: scores(data.x[part]) for part in data.x})
    return scores


def said_probabilities_csv(folder, data):
    """A pipeline over mixed columns, which no ONNX file is made of."""
    pipeline = mixed_columns(data)
    classes = pipeline.classes_
    for part, rows in data.tables.items():
        shares = pipeline.predict_proba(rows)
        np.savetxt(folder / f"said-{part}.csv", shares, delimiter=",", header=",".join(map(str, classes)), comments="")
    return answers("probabilities", pipeline.predict_proba)


def said_logarithms_npy(folder, data):
    pipeline = mixed_columns(data)
    for part, rows in data.tables.items():
        np.save(folder / f"said-{part}.npy", pipeline.predict_log_proba(rows))
    return answers("probabilities", pipeline.predict_proba)


def mixed_columns(data):
    columns = make_column_transformer(
        (SimpleImputer(strategy="median"), ["age", "hours"]),
        (OneHotEncoder(handle_unknown="ignore"), ["work"]),
        ("passthrough", ["married"]),
    )
    pipeline = make_pipeline(columns, RandomForestClassifier(40, max_depth=6, random_state=0))
    return pipeline.fit(data.tables["train"].drop(columns="income"), data.tables["train"].income)


def said_of_sentences(folder, data):
    """What a service has said of each text: the share of each topic, rounded to two digits."""
    torch.manual_seed(0)
    scores = torch_teacher(folder, data, Words(data.outputs), sees=torch.from_numpy, rate=2e-2, name="not-given.onnx")
    (folder / "not-given.onnx").unlink()

    def shares(x):
        said = torch.from_numpy(scores(x)).softmax(1).numpy().astype(np.float64).round(2)
        said[np.arange(len(said)), said.argmax(1)] += 1 - said.sum(1)
        return said

    for part in data.x:
        np.savetxt(folder / f"said-{part}.csv", shares(data.x[part]), delimiter=",", fmt="%.2f", header="cooking,money,sailing", comments="")
    return answers("probabilities", shares)


def three_together(folder, data):
    """A forest, boosted trees and a network: the mean of their probabilities, the network counting twice."""
    members = []
    for name, make in [("forest", forest), ("xgb", xgb), ("network", torch_dense)]:
        members.append(make(folder, data))
        (folder / "teacher.onnx").rename(folder / f"{name}.onnx")

    def shares(x):
        a, b, c = (member(x).astype(np.float64) for member in members)
        return (a + b + 2 * torch.from_numpy(c).softmax(1).numpy()) / 4

    return answers("probabilities", shares)


def none(folder, data):
    """The experiment makes its own teacher; Python measures what it has stored."""
    return None
