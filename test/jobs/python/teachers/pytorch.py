"""Networks of PyTorch, briefly trained."""

import numpy as np
import onnx
import timm
import torch
import torchvision
from torch.nn import functional as F

from networks import Attending, OwnScale, Words, convolutions, export
from teachers.answers import answers


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


def torch_teacher(folder, data, module, how="dynamo", sees=None, name="teacher.onnx", **options):
    module.sees = sees or (lambda x: torch.from_numpy(np.asarray(x, np.float32)))
    trained(module, data, **options)
    export(module, module.sees(data.x["train"][:2]), folder / name, how)
    numbers = "numbers" if data.task == "regression" else "logits"

    def scores(x):
        with torch.no_grad():
            return torch.cat([module(module.sees(x[start : start + 64])) for start in range(0, len(x), 64)]).numpy()

    return answers(numbers, scores)


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


def torch_convolutions(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, convolutions(data), sees=channels_first(data))


def torch_convolutions_script(folder, data):
    torch.manual_seed(0)
    return torch_teacher(folder, data, convolutions(data), "torchscript", channels_first(data))


def torchvision_resnet18(folder, data):
    torch.manual_seed(0)
    module = torchvision.models.resnet18(num_classes=data.outputs)
    # One at chance may be right more often of raw samples, and then is fed these.
    return torch_teacher(folder, data, module, "torchscript", channels_first(data), steps=40, rate=1e-3, batch=32)


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
